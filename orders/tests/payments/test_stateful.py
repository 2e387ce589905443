"""Whatever happens in whichever order: once all is reconciled, money and access are what a simple model says.

Hypothesis thinks up the stories, always the same ones, and prints the steps of one that fails.
"""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from books import access
from books.models import Grant
from books.tests.builders import make_staff
from orders import checkout
from orders.checkout import errors
from orders.models import Attempt, Order, OrderStatus, Refund, RefundOrigin, StripeEvent
from orders.payments import refunds
from orders.stripe_gateway.events import EVENT_TYPES
from orders.tests.cases import TillTestCase
from orders.tests.stripe_events import tell
from users.models import CustomUser

pytestmark = pytest.mark.postgresql  # takes a minute, and would show the same on SQLite

# So many payments in a story may have one more beside them, or there would be little else in it.
SURPLUS = 2
# A dispute in one of these has the money.
WITH_THE_BANK = {"needs_response", "under_review", "lost"}
TOKENS = ["tok_visa", "tok_mastercard", "tok_chargeDeclined", "tok_threeDSecure2Required"]
CARDS = ["4242424242424242", "4000000000000002", "4000000000007726", "4000000000005126"]
FAULTS = [
    ("POST /v1/payment_intents/*/confirm", "drop_answer"),
    ("POST /v1/payment_intents/*/confirm", "drop_before"),
    ("POST /v1/checkout/sessions", "drop_answer"),
    ("POST /v1/refunds", "drop_answer"),
    ("POST /v1/refunds", "error_500"),
    ("GET /v1/*", "drop_before"),
]
KINDS = ("charges", "payment_intents", "refunds", "disputes", "checkout_sessions", "events")


class Shop(RuleBasedStateMachine):
    """One buyer, one member of staff, Stripe and a bank.

    The model: a payment counts if it succeeded, was not fully refunded and is not held by the bank. The buyer
    has at most one that counts, and reads if there is one whose access staff have not taken, or if staff
    opened the books by hand.
    """

    case: TillTestCase

    def __init__(self):
        super().__init__()
        self.start = transaction.savepoint_create()
        self.stripe = self.case.stripe
        self.stripe.reset()
        cache.clear()
        self.by_hand = self.faulty = False
        self.taken = set()
        self.look()

    def teardown(self):
        try:
            self.check()
        finally:
            transaction.savepoint_rollback(self.start)

    @property
    def ada(self):
        """The buyer, read again from the database: a user object remembers its permissions."""
        return CustomUser.objects.get(pk=self.case.ada.pk)

    @staticmethod
    def one_of(data, choices):
        return choices[data.draw(st.integers(0, len(choices) - 1))]

    # What Stripe has, as of the last step.

    @invariant()
    def look(self):
        self.ledger = self.stripe.ledger(*KINDS)

    def succeeded(self):
        return [charge for charge in self.ledger["charges"] if charge["status"] == "succeeded"]

    def is_withheld(self, charge):
        disputes = self.ledger["disputes"]
        return any(each["charge"] == charge["id"] and each["status"] in WITH_THE_BANK for each in disputes)

    def counting(self):
        return [
            charge
            for charge in self.succeeded()
            if charge["amount_refunded"] < charge["amount"] and not self.is_withheld(charge)
        ]

    def known_charges(self):
        """Return the charges that paid an order: what a bank or staff at Stripe's dashboard turn to."""
        paid = set(Order.objects.filter(status=OrderStatus.PAID).values_list("stripe_charge_id", flat=True))
        return [charge for charge in self.counting() if charge["id"] in paid]

    def undisputed_charges(self):
        return [charge for charge in self.known_charges() if not charge["disputed"]]

    def open_sessions(self):
        """Return those that the shop has shown to the buyer."""
        shown = set(Attempt.objects.values_list("stripe_checkout_session_id", flat=True))
        sessions = self.ledger["checkout_sessions"]
        return [each["id"] for each in sessions if each["status"] == "open" and each["id"] in shown]

    def transfers(self):
        """Return the sessions whose buyer's bank is at work."""
        intents = {each["id"] for each in self.ledger["payment_intents"] if each["status"] == "processing"}
        return [each["id"] for each in self.ledger["checkout_sessions"] if each["payment_intent"] in intents]

    def refunds_that_are(self, *statuses):
        return [each for each in self.ledger["refunds"] if each["status"] in statuses]

    def refunds_that_may_fail(self):
        """Return all but those that the shop makes by itself: only staff can make up for one of them."""
        by_itself = set(Refund.objects.filter(origin=RefundOrigin.DUPLICATE).values_list("pk", flat=True))
        if any(self.is_withheld(charge) for charge in self.succeeded()):
            return []
        return [
            each
            for each in self.refunds_that_are("pending", "succeeded")
            if each["metadata"].get("refund_id") not in {str(key) for key in by_itself}
        ]

    def open_disputes(self):
        open_ones = {"needs_response", "warning_needs_response"}
        return [each for each in self.ledger["disputes"] if each["status"] in open_ones]

    def events(self):
        """Return those that the endpoint subscribes to."""
        return [each for each in self.ledger["events"] if each["type"] in EVENT_TYPES]

    # The buyer.

    @precondition(lambda self: not self.counting())
    @rule(token=st.sampled_from(TOKENS))
    def buy_with_a_token(self, token):
        with suppress(errors.NotBought):
            checkout.buy_with_token(self.ada, checkout.Purchase(), token=token)

    @precondition(lambda self: not self.counting())
    @rule(embedded=st.booleans())
    def open_a_session(self, embedded):
        with suppress(errors.NotBought):
            checkout.open_session(self.ada, checkout.Purchase(), embedded=embedded)

    @precondition(lambda self: self.open_sessions())
    @rule(data=st.data(), card=st.sampled_from(CARDS))
    def pay_in_a_session(self, data, card):
        self.stripe.pay_session(self.one_of(data, self.open_sessions()), number=card)

    @precondition(lambda self: self.open_sessions())
    @rule(data=st.data(), how=st.sampled_from(["complete_unpaid", "expire"]))
    def leave_a_session_without_paying(self, data, how):
        self.stripe.end_session(self.one_of(data, self.open_sessions()), how)

    @precondition(lambda self: self.transfers())
    @rule(data=st.data(), how=st.sampled_from(["async_succeed", "async_fail"]))
    def a_transfer_ends(self, data, how):
        self.stripe.end_session(self.one_of(data, self.transfers()), how)

    @precondition(lambda self: Order.objects.exists() and len(self.succeeded()) <= SURPLUS)
    @rule(data=st.data())
    def charged_behind_the_shops_back(self, data):
        order = self.one_of(data, list(Order.objects.order_by("created_at")))
        self.stripe.charge_again(order_id=str(order.pk))

    # Staff, here and in Stripe's dashboard.

    @precondition(lambda self: Order.objects.filter(status=OrderStatus.PAID).exists())
    @rule(amount=st.sampled_from([None, 1000]))
    def staff_refund(self, amount):
        with suppress(refunds.NotRefunded):
            order = Order.objects.get(status=OrderStatus.PAID)
            refunds.refund(order, by=self.case.grace, reason="Asked for it.", amount=amount)

    @precondition(lambda self: self.known_charges())
    @rule(data=st.data(), part=st.booleans())
    def refund_in_the_dashboard(self, data, part):
        charge = self.one_of(data, self.known_charges())
        left = charge["amount"] - charge["amount_refunded"]
        self.stripe.refund(charge["id"], amount=min(left, 1000) if part else left)

    @precondition(lambda self: self.succeeded() and not self.counting() and not self.taken)
    @rule()
    def staff_give_by_hand(self):
        self.reconcile()
        if not self.counting():
            access.give_permission(self.ada, by=None)
            self.by_hand = True

    @precondition(lambda self: self.by_hand or self.counting())
    @rule()
    def staff_take_by_hand(self):
        self.reconcile()
        self.ada.user_permissions.clear()
        self.by_hand = False
        self.taken |= {charge["metadata"]["order_id"] for charge in self.counting()}

    # Banks.

    @precondition(lambda self: self.refunds_that_are("pending"))
    @rule(data=st.data())
    def a_refund_arrives(self, data):
        self.stripe.settle_refund(self.one_of(data, self.refunds_that_are("pending"))["id"], "succeed")

    @precondition(lambda self: self.refunds_that_may_fail())
    @rule(data=st.data())
    def a_refund_fails(self, data):
        self.stripe.settle_refund(self.one_of(data, self.refunds_that_may_fail())["id"], "fail")

    @precondition(lambda self: self.undisputed_charges())
    @rule(data=st.data(), inquiry=st.booleans())
    def a_dispute_opens(self, data, inquiry):
        charge = self.one_of(data, self.undisputed_charges())
        (self.stripe.inquire if inquiry else self.stripe.dispute)(charge["id"])

    @precondition(lambda self: self.open_disputes())
    @rule(data=st.data(), end=st.sampled_from(["won", "lost", "prevented"]))
    def a_dispute_closes(self, data, end):
        dispute = self.one_of(data, self.open_disputes())
        inquiry = dispute["status"].startswith("warning")
        self.stripe.close_dispute(dispute["id"], "warning_closed" if inquiry else end)

    # What happens between Stripe and the shop.

    @precondition(lambda self: self.events())
    @rule(data=st.data(), copies=st.integers(1, 2))
    def an_event_arrives(self, data, copies):
        """Any that has happened, told before or not; most are never told."""
        event = self.one_of(data, self.events())
        for _ in range(copies):
            assert tell(self.case.client, event).status_code in {200, 503}

    @precondition(lambda self: not self.faulty)
    @rule(fault=st.sampled_from(FAULTS))
    def answers_will_be_lost(self, fault):
        self.faulty = True
        match, kind = fault
        self.stripe.go_wrong(match, kind, times=2)

    @precondition(lambda self: Order.objects.exists())
    @rule()
    def some_minutes_pass(self):
        self.check()

    def reconcile(self):
        """Have everything reconciled, some minutes later and with Stripe in reach."""
        self.stripe.clear_faults()
        self.faulty = False
        earlier = timezone.now() - timedelta(minutes=5)
        Attempt.objects.update(created_at=earlier)
        Refund.objects.filter(asked_at__isnull=False).update(asked_at=earlier)
        call_command("reconcile_orders", "--minutes=0", stdout=StringIO())
        self.look()

    def check(self):
        """Compare Stripe's ledger with the shop's."""
        self.reconcile()
        counting = self.counting()
        opening = [each for each in counting if each["metadata"]["order_id"] not in self.taken]
        orders = {str(order.pk): order for order in Order.objects.all()}
        statuses = {key: order.status for key, order in orders.items()}

        assert len(counting) <= 1, "The buyer has paid twice."
        assert access.has_all_books(self.ada) == bool(self.by_hand or opening), (
            "Access is not what was paid for."
        )
        assert not any(order.in_doubt for order in self.settled(orders)), "An order is in doubt."
        paid = {key for key, status in statuses.items() if status == OrderStatus.PAID}
        assert paid == {charge["metadata"]["order_id"] for charge in counting}
        granted = Grant.objects.filter(ended_at=None).values_list("order_id", flat=True)
        assert {str(key) for key in granted} == paid
        for charge in counting:
            order = orders[charge["metadata"]["order_id"]]
            assert (order.stripe_charge_id, order.refunded_amount) == (
                charge["id"],
                charge["amount_refunded"],
            )
        assert not Refund.objects.filter(status="requested").exists(), "A refund was never made."
        assert not StripeEvent.objects.filter(handled_at=None).exists(), "An event was never handled."

    def settled(self, orders):
        """Return the orders that wait for no bank transfer."""
        return [
            order for order in orders.values() if not order.attempts.filter(outcome="processing").exists()
        ]


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}}, RATE_LIMITS=False)
class StatefulTests(TillTestCase):
    @pytest.fixture(autouse=True)
    def _prepare(self, tmp_path):
        """Let Hypothesis write elsewhere than here, and Stripe's library not wait between its tries."""
        set_hypothesis_home_dir(tmp_path)
        with mock.patch("stripe.HTTPClient._sleep_time_seconds", return_value=0):
            yield

    def test_money_and_access_agree_with_the_model_after_every_story(self):
        self.grace = make_staff()
        machine = type("ShopOfThisTest", (Shop,), {"case": self})

        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                derandomize=True,
                database=None,
                deadline=None,
                # A shorter story would come only after the time that a test may take.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
