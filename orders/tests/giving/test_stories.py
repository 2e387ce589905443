"""Whoever takes, leaves, refunds or disputes in whichever order: grants are the copies taken of what is paid.

Hypothesis thinks up the stories, always the same ones, and prints the steps of one that fails.
"""

from contextlib import suppress
from unittest import mock

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import TestCase, override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader
from orders.claiming import claim
from orders.giving import redeeming, seats
from orders.models import Allocation, Order, OrderStatus, Refund, RefundOrigin, Seat
from orders.models.giving.links import NoSuchLink
from orders.payments import order_state, refunds
from orders.pricing import allocations
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.stripe_gateway.errors import OutcomeUnknown
from orders.tests.giving.cases import class_link_of, make_copies, token_of
from users.models import CustomUser
from users.tests.builders import make_guest

pytestmark = pytest.mark.postgresql  # would show the same on SQLite

COPIES = st.integers(1, 4)
READERS = 5
# What a code may have left of the price: not divisible by the copies, and with three decimals.
AMOUNTS = st.one_of(st.none(), st.integers(50, 9000))
CURRENCIES = st.sampled_from(["usd", "jpy", "kwd"])


class Givers(RuleBasedStateMachine):
    """Two buyers, who also read, three readers, a guest, staff and a bank."""

    def __init__(self):
        super().__init__()
        self.start = transaction.savepoint_create()
        self.people = [make_reader(f"reader{number}") for number in range(READERS)] + [make_guest()]
        self.ferry = make_book("The Ferry", chapters=1)
        pair = make_bundle("Two", self.ferry, make_book("The Tram", chapters=1))
        self.products = [self.ferry, pair, Bundle.objects.get(everything=True)]
        self.orders = []

    def teardown(self):
        transaction.savepoint_rollback(self.start)

    @initialize()
    def begin(self):
        self.buy(0, 0, 3, None, "usd")

    @rule(
        buyer=st.integers(0, 1), product=st.integers(0, 2), copies=COPIES, amount=AMOUNTS, currency=CURRENCIES
    )
    def buy(self, buyer, product, copies, amount, currency):
        if amount is not None and currency == "kwd":
            amount -= amount % 10
        order = make_copies(
            self.people[buyer],
            self.products[product],
            copies,
            status=OrderStatus.PENDING,
            amount=amount,
            nonce=f"story-{len(self.orders)}",
        )
        order.currency = currency
        order.save(update_fields=["currency"])
        order_state.fulfil(order, stripe_charge_id=f"ch_{len(self.orders)}")
        self.orders.append(order.pk)

    def one(self, data):
        return Order.objects.get(pk=self.orders[data.draw(st.integers(0, len(self.orders) - 1))])

    @rule(data=st.data(), reader=st.integers(0, READERS), by_class_link=st.booleans())
    def take(self, data, reader, by_class_link):
        order = self.one(data)
        quantity = order.lines.get().quantity
        code = (
            class_link_of(order).split("/")[-2]
            if by_class_link
            else token_of(order, data.draw(st.integers(1, quantity)))
        )
        with suppress(redeeming.NotRedeemed, NoSuchLink):
            redeeming.redeem(code, CustomUser.objects.get(pk=self.people[reader].pk))

    @rule(data=st.data(), number=st.integers(1, 4))
    def somebody_leaves(self, data, number):
        order = self.one(data)
        is_released = seats.release(order, number)
        assert not (is_released and order.lines.get().quantity == 1), "Somebody has lost their gift."

    @rule(data=st.data(), copies=st.integers(0, 3), fails=st.booleans())
    def refund(self, data, copies, fails):
        order = self.one(data)
        with suppress(refunds.NotRefunded):
            made = refunds.refund(order, by=self.staff, reason="Asked.", copies=copies)
            made.status = "failed" if fails else "succeeded"
            made.save()
            self.settle(order)

    @rule(data=st.data())
    def refund_a_part_in_the_dashboard(self, data):
        order = self.one(data)
        if order.status == OrderStatus.PAID and order.refunded_amount + 10 < order.amount:
            Refund.objects.create(
                order=order,
                amount=10,
                origin=RefundOrigin.DASHBOARD,
                stripe_charge_id=order.stripe_charge_id,
                status="succeeded",
            )
            self.settle(order)

    @rule(data=st.data(), how=st.sampled_from(["needs_response", "won", "lost"]))
    def dispute(self, data, how):
        order = self.one(data)
        order.disputes.update_or_create(
            stripe_dispute_id=f"dp_{order.pk}",
            defaults={"status": how, "amount": order.amount, "opened_at": "2026-01-01T00:00Z"},
        )
        self.settle(order)

    @rule()
    def the_guest_claims(self):
        guest = CustomUser.objects.get(pk=self.people[READERS].pk)
        if guest.moved_to_id is None:
            claim(guest, self.people[READERS - 1])

    def settle(self, order):
        """Set the order by its refunds and disputes, as settling does."""
        with transaction.atomic():
            order = order_state.lock(Order.objects.get(pk=order.pk))
            status, refunded = order_state.derive(order)
            Order.objects.filter(pk=order.pk).update(status=status, refunded_amount=refunded)
            order.refresh_from_db()
            order.read_lines()
            open_ones = {OrderStatus.PAID, OrderStatus.DISPUTED}
            order_state.set_open_lines(
                order, {line.pk for line in order.lines.all()} if status in open_ones else set()
            )
            order_state.update_access(order)

    @invariant()
    def money_and_access_agree(self):
        taken, granted = set(), set()
        for order in Order.objects.prefetch_related("refunds"):
            line = order.lines.get()
            of_line = Seat.objects.filter(line=line)
            readers = set(of_line.filter(redeemer__isnull=False).values_list("redeemer", flat=True))
            refunded = order.refunded_seat_ids()
            assert len(readers) + len(refunded) <= line.quantity
            assert not of_line.filter(pk__in=refunded, redeemer__isnull=False).exists()
            if order.status == OrderStatus.PAID:
                taken |= {(order.pk, reader) for reader in readers}
            kept = Allocation.objects.filter(line=line).aggregate(sum=Sum("amount"))["sum"] or 0
            assert kept == allocations.kept_of(order)
            assert order.refunded_amount <= order.amount
        for order, reader in Grant.objects.filter(ended_at=None).values_list("order_id", "user"):
            granted.add((order, reader))
        assert granted == taken
        found = [each for case in read_cases(Order.objects.all()) for each in find_shop_differences(case)]
        assert found == [], found


@override_settings(RATE_LIMITS=False)
class StoriesTests(TestCase):
    def test_grants_are_the_copies_taken_of_paid_orders_after_every_step(self):
        staff = CustomUser.objects.create_superuser("grace@example.com")
        machine = type("GiversOfThisTest", (Givers,), {"staff": staff})

        with mock.patch("orders.stripe_gateway.find_payment", side_effect=OutcomeUnknown("down")):
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=8,
                    stateful_step_count=20,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                ),
            )
