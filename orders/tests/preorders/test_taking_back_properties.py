"""Whatever is taken back of whatever order: the sums agree, and only what has not opened goes."""

from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from django.db.models import Sum
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from books.models import Book, Grant
from orders import preorders
from orders.models import Allocation, Order, OrderStatus, Refund, RefundOrigin
from orders.payments import order_state
from orders.stripe_gateway.errors import OutcomeUnknown
from orders.tests.builders import add_line
from users.models import CustomUser

TOMORROW = timedelta(days=1)
LINES = st.lists(st.tuples(st.integers(0, 9000), st.booleans()), min_size=1, max_size=4)


class TakingBackPropertyTests(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(
        lines=LINES,
        before=st.integers(0, 9000),
        tries=st.lists(st.integers(0, 3), max_size=6),
        currency=st.sampled_from(["usd", "jpy"]),
    )
    def test_what_is_refunded_kept_and_granted_adds_up(self, lines, before, tries, currency):
        order = self.paid_order(lines, currency)
        keys = list(order.lines.values_list("pk", flat=True))
        # Staff have refunded an amount that is for no line.
        before = min(before, max(order.amount - 1, 0))
        if before:
            self.refund_by_staff(order, before)

        # Stripe does not answer, so that each refund waits for the worker.
        with patch("orders.payments.sync.settle", side_effect=OutcomeUnknown):
            for number in tries:
                with suppress(preorders.NotTakenBack):
                    preorders.take_back(Order.objects.get(pk=order.pk), keys[number % len(keys)])

        taken, refunded = self.expected(lines, before, [number % len(lines) for number in tries])
        order.refresh_from_db()
        booked = Allocation.objects.filter(line__order=order).aggregate(sum=Sum("amount"))["sum"] or 0
        self.assertEqual(order.refunded_amount, refunded)
        self.assertEqual(order.refunds.count(), len(taken) + bool(before))
        self.assertEqual(booked, order.amount - refunded)
        self.assertEqual(Grant.objects.filter(ended_at=None).count(), self.left(lines, taken, order))

    def expected(self, lines, before, tries):
        """Return which lines are taken back, and how much is refunded then."""
        taken, refunded, total = set(), before, sum(amount for amount, _ in lines)
        for number in tries:
            amount, is_unopened = lines[number]
            is_last = all(n in taken or not other for n, (other, _) in enumerate(lines) if n != number)
            wanted = min(amount, total - refunded) if is_last else amount
            if is_unopened and number not in taken and 0 < wanted <= total - refunded:
                taken.add(number)
                refunded += wanted
        return taken, refunded

    def refund_by_staff(self, order, amount):
        Refund.objects.create(
            order=order,
            amount=amount,
            stripe_charge_id=order.stripe_charge_id,
            origin=RefundOrigin.STAFF,
            reason="Asked.",
        )
        order_state.recount(Order.objects.get(pk=order.pk))

    def left(self, lines, taken, order):
        """Return how many of the lines still give access: none once all of the money is refunded."""
        return 0 if order.status == OrderStatus.REFUNDED else len(lines) - len(taken)

    def paid_order(self, lines, currency):
        """Save a paid order of a book for each line; some have not opened."""
        reader = CustomUser.objects.create_user("ada@example.com")
        order = Order.objects.create(
            user=reader,
            item="cart",
            status=OrderStatus.PAID,
            amount=sum(amount for amount, _ in lines),
            currency=currency,
            paid_at=timezone.now(),
            stripe_charge_id="ch_made_up",
        )
        for amount, is_unopened in lines:
            opens_at = timezone.now() + TOMORROW if is_unopened else None
            add_line(order, Book.objects.create(title="A book", price=900, opens_at=opens_at), amount=amount)
        order_state.update_access(Order.objects.get(pk=order.pk))
        return order
