"""The same stories with a discount code, and with books whose price their buyer chooses.

What a line costs can be explained to the cent, what is charged is what was shown, a tip makes nothing
cheaper, and a code is never used more often than it may be, nor lost by a purchase that failed.
"""

from collections import defaultdict

from django.test import TestCase, override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from books.models import Book, Prices
from books.money import smallest_charge
from orders import pricing
from orders.checkout import Purchase, claims, errors
from orders.models import Allocation, AttemptApi, AttemptOutcome, DiscountCode, Order, OrderStatus
from orders.pricing import codes
from orders.tests.builders import make_code
from orders.tests.pricing.test_conservation import CURRENCIES, SMALLEST_CHARGE, Till

LOWEST = st.sampled_from([None, None, 0, SMALLEST_CHARGE])


class TillWithCodes(Till):
    """`paid_late` counts the orders that were paid after they had given their use of the code back."""

    def __init__(self):
        super().__init__()
        self.paid_late = 0

    @initialize(
        off=st.one_of(
            st.fixed_dictionaries({"percent": st.integers(1, 100)}),
            st.fixed_dictionaries({"amount": st.integers(1, 5000)}),
        ),
        combines=st.booleans(),
        most_uses=st.integers(0, 3),
    )
    def print_a_code(self, off, combines, most_uses):
        self.code = make_code(**off, combines=combines, most_uses=most_uses)

    @rule(data=st.data(), lowest=LOWEST)
    def let_buyers_choose(self, data, lowest):
        book = self.one_of(data, list(Book.objects.order_by("title")))
        if book.price:
            Book.objects.filter(pk=book.pk).update(minimum_price=lowest)

    @rule(data=st.data(), currency=st.sampled_from(CURRENCIES), number=st.integers(1, 3), fails=st.booleans())
    def buy_with_the_code(self, data, currency, number, fails):
        references = [self.one_of(data, self.products()).reference for _ in range(number)]
        prices = Prices.in_currency(currency)
        full = pricing.price_cart(list(dict.fromkeys(references)), self.ada, prices).offer
        if full is None:
            return
        held = codes.idle_orders(self.code, self.ada)
        try:
            cheaper = codes.use_code(self.code, full, self.ada, but=[order.pk for order in held])
        except codes.CodeRefused:
            cheaper = full
        assert all(0 <= part.minimum <= part.regular - part.credit for part in cheaper.parts)
        tips = {part.reference: part.minimum + data.draw(st.integers(0, 900)) * 10 for part in cheaper.parts}
        shown = pricing.at_amounts(cheaper, tips)
        assert shown.amount == 0 or shown.amount >= smallest_charge(
            "kwd" if shown.currency == "kwd" else "jpy"
        )
        try:
            claimed = claims.claim(self.ada, Purchase(shown.terms), api=AttemptApi.PAYMENT_INTENTS)
        except errors.NotBought:
            return
        if isinstance(claimed, Order):
            assert shown.amount == 0
            return
        assert claimed.order.amount == shown.amount
        assert claimed.order.discount_code == (self.code if shown.code else None)
        if fails:
            claimed.end(AttemptOutcome.DECLINED)
        else:
            self.pay(claimed)

    @precondition(lambda self: self.unpaid())
    @rule(data=st.data())
    def an_order_expires(self, data):
        order = self.one_of(data, self.unpaid())
        before = codes.uses_of(self.code).count()
        order.move_to(OrderStatus.EXPIRED)
        returned = before - codes.uses_of(self.code).count()
        assert returned == (1 if order.discount_code_id else 0)

    def unpaid(self):
        pending = Order.objects.filter(status=OrderStatus.PENDING).order_by("created_at")
        return [order for order in pending if not order.is_being_paid]

    def pay(self, attempt):
        order = Order.objects.get(pk=attempt.order_id)
        self.paid_late += order.status == OrderStatus.EXPIRED and order.discount_code_id is not None
        super().pay(attempt)

    def paid_for(self, bundle, currency):
        """Return what counts of the money allocated to the books of a set; tips do not."""
        rows = Allocation.objects.filter(line__order__user=self.ada, book__in=self.books_of(bundle))
        held, lines, then = defaultdict(int), {}, {}
        for row in rows.select_related("line__order"):
            key = (row.line_id, row.book_id)
            held[key] += row.amount
            lines[key] = row.line
            then[key] = then.get(key) if row.list_price is None else row.list_price
        prices, total = Prices.in_currency(currency), 0
        own = prices.price_of(bundle)
        for (line_id, pk), amount in held.items():
            line, book = lines[line_id, pk], Book.objects.get(pk=pk)
            counted = min(amount, line.amount - line.tip)
            paid_in = line.order.currency
            if paid_in == currency:
                total += counted
                continue
            if book.price is None:
                today = smallest_charge(currency)
            else:
                today = prices.listed(pk, book.price)
                today = max(book.price * own.amount // bundle.price, 1) if today is None else today
            if line.book_id and book.minimum_price is not None and book.price:
                today = today * book.minimum_price // book.price
            total += counted * today // (then[line_id, pk] or smallest_charge(paid_in))
        return total

    @invariant()
    def each_line_can_be_explained(self):
        for order in Order.objects.prefetch_related("lines"):
            lines = order.lines.all()
            assert sum(line.amount for line in lines) == order.amount
            for line in lines:
                assert line.amount == line.full_amount - line.credit - line.discount + line.tip
                assert 0 <= line.tip <= line.amount
                assert line.discount == 0 or order.discount_code_id is not None

    @invariant()
    def a_code_is_used_as_often_as_it_may_be(self):
        code = DiscountCode.objects.first()
        if code is not None:
            assert codes.uses_of(code).count() <= code.most_uses + self.paid_late


@override_settings(RATE_LIMITS=False)
class CodeConservationTests(TestCase):
    def test_every_cent_and_every_use_is_accounted_for_after_every_story(self):
        run_state_machine_as_test(
            TillWithCodes,
            settings=settings(
                max_examples=12,
                stateful_step_count=15,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
