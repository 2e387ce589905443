"""The same stories with a code, sales, gifts and copies, and with books whose price their buyer chooses.

What a line costs can be explained to the cent, what is charged is what was shown, however long ago, a tip and
a gift make nothing cheaper, and a code is never used more often than it may be, nor lost by a purchase that
failed.
"""

from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

from django.db.models import Sum
from django.test import TestCase, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from books.models import Book, Prices, Sale
from books.money import price_step, smallest_charge, smallest_step
from orders import pricing
from orders.checkout import Purchase, claims, errors
from orders.models import Allocation, AttemptApi, AttemptOutcome, DiscountCode, Order, OrderLine, OrderStatus
from orders.models.giving.wishes import GiftWish
from orders.payments import refunds
from orders.pricing import codes
from orders.tests.builders import make_code
from orders.tests.pricing.test_conservation import CURRENCIES, SMALLEST_CHARGE, Till
from users.models import CustomUser

# Of purchases of copies: whether they are in a sale, and with the code.
KINDS = {(False, False), (False, True), (True, False), (True, True)}
# Off everything in a sale; without, none runs.
PERCENT = st.none() | st.integers(1, 99)
LOWEST = st.sampled_from([None, None, 0, SMALLEST_CHARGE])


class TillWithCodes(Till):
    """`paid_late` counts the orders that were paid after they had given their use of the code back.

    `pages` are purchases of copies whose pages lie open. `code_for_copies` takes as much off as `code`, which
    is limited and so for one copy; nothing limits how often it is used.
    """

    # Of all stories: for each purchase of copies, whether it was in a sale, and with a code.
    seen = set()

    def __init__(self):
        super().__init__()
        self.paid_late = 0
        self.pages = []
        self.has_given = False

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
        self.code_for_copies = make_code("CLASS", **off)

    @rule(data=st.data(), lowest=LOWEST)
    def let_buyers_choose(self, data, lowest):
        book = self.one_of(data, list(Book.objects.order_by("title")))
        if book.price:
            Book.objects.filter(pk=book.pk).update(minimum_price=lowest)

    # One rule for all of it, because Hypothesis leaves some rules out of each story.
    @rule(
        data=st.data(),
        currency=st.sampled_from(CURRENCIES),
        copies=st.integers(-3, 7).map(lambda copies: max(copies, 0)),
        percent=PERCENT,
        then=st.sampled_from(["pay", "pay", "fail", "wait"]),
    )
    def buy_something(self, data, currency, copies, percent, then):
        """Buy in a sale or without one, for the buyer or in copies for others; or leave the page open."""
        if copies and not self.has_given:
            # Luck alone would leave one of these out of so few stories.
            self.has_given = True
            self.code.most_uses, self.code.ends_at = self.code.most_uses + 2, None
            self.code.save()
            for in_sale, with_code in sorted(KINDS):
                self.a_sale_begins_or_ends((percent or 20) if in_sale else None)
                self.buy_for_others(data, "usd", copies, "pay", with_code=with_code)
            return
        self.a_sale_begins_or_ends(percent)
        if self.pages and data.draw(st.booleans()):
            self.pay_page(data.draw(st.integers(0, len(self.pages) - 1)), fails=then == "fail")
        elif copies:
            self.buy_for_others(data, currency, copies, then, with_code=data.draw(st.booleans()))
        else:
            self.buy_with_the_code(data, currency, fails=then != "pay")

    def buy_with_the_code(self, data, currency, *, fails):
        number = data.draw(st.integers(1, 3))
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

    def a_sale_begins_or_ends(self, percent):
        now = timezone.now()
        Sale.objects.filter(ends__gt=now).update(ends=now)
        if percent is not None:
            Sale.objects.create(
                name="Sale", begins=now, ends=now + timedelta(days=1), percent=percent, everything=True
            )

    @rule()
    def the_code_ends_or_is_good_again(self):
        self.code.ends_at = None if self.code.ends_at else timezone.now()
        self.code.save(update_fields=["ends_at"])

    def buy_for_others(self, data, currency, copies, then, *, with_code):
        prices = Prices.in_currency(currency)
        product = self.one_of(data, [each for each in self.products() if each.price])
        try:
            cheaper = full = pricing.offer_for_others(product, copies, self.name("form"), prices)
            if with_code:
                cheaper = self.with_the_code_for(full)
        except pricing.NotForSale:
            return
        except codes.CodeRefused:
            pass
        assert full.amount == prices.price_of(product).amount * copies
        shown = pricing.at_amounts(cheaper, {})
        assert 0 <= shown.amount == full.amount - shown.discount
        assert shown.discount <= self.most_off(full)
        self.pages.append(Purchase(shown.terms, gift=GiftWish(copies)))
        if then != "wait":
            self.pay_page(len(self.pages) - 1, fails=then == "fail")

    def with_the_code_for(self, full):
        """Return copies less what a code takes off; the one that is limited takes nothing off several."""
        if full.copies == 1:
            return codes.use_code(self.code, full, self.ada)
        with suppress(codes.CodeRefused):
            codes.use_code(self.code, full, self.ada)
            raise AssertionError("One use of a code is more than one copy.")
        return codes.use_code(self.code_for_copies, full, self.ada)

    def most_off(self, full):
        """Return the most that the code may take off: its part, and what no card is charged."""
        if self.code.percent is not None:
            off = full.amount * self.code.percent // 100
        else:
            off = codes.amount_in(self.code, full.currency) or 0
        return off + full.least + price_step(full.currency)

    def pay_page(self, number, *, fails):
        """Pay what a page has shown; what was refused can be posted once more."""
        purchase, before = self.pages[number], Order.objects.count()
        try:
            claimed = claims.claim(self.ada, purchase, api=AttemptApi.PAYMENT_INTENTS)
        except (pricing.NotForSale, errors.NotBought):
            assert Order.objects.count() == before
            return
        is_free = isinstance(claimed, Order)
        order = claimed if is_free else claimed.order
        [line] = order.lines.all()
        assert (order.amount, order.currency) == (purchase.shown.amount, purchase.shown.currency)
        assert line.seats.count() == line.quantity == purchase.shown.copies
        if fails and not is_free:
            claimed.end(AttemptOutcome.DECLINED)
            return
        del self.pages[number]
        self.seen.add((line.reduced_by > 0, order.discount_code_id is not None))
        if not is_free:
            self.pay(claimed)

    @precondition(lambda self: self.copies_to_refund())
    @rule(data=st.data())
    def refund_copies_one_by_one(self, data):
        """In the end they have cost what was paid."""
        order = self.one_of(data, self.copies_to_refund())
        quantity = order.lines.get().quantity
        with suppress(refunds.NotRefunded):
            for _ in range(quantity):
                refunds.refund(order, by=self.staff, reason="Asked.", copies=1)
        made = order.refunds.aggregate(sum=Sum("amount"))["sum"] or 0
        if order.amount >= quantity * smallest_step(order.currency):
            assert made == order.amount, "Copies are refunded, and money is left."

    def copies_to_refund(self):
        """Return the paid orders of copies of which nothing is refunded."""
        paid = Order.objects.filter(status=OrderStatus.PAID, amount__gt=0, refunds=None)
        return list(paid.exclude(nonce="").order_by("created_at"))

    @precondition(lambda self: self.unpaid())
    @rule(data=st.data())
    def an_order_expires(self, data):
        order = self.one_of(data, self.unpaid())
        before = codes.uses_of(self.code).count()
        order.move_to(OrderStatus.EXPIRED)
        returned = before - codes.uses_of(self.code).count()
        assert returned == (1 if order.discount_code == self.code else 0)

    def unpaid(self):
        pending = Order.objects.filter(status=OrderStatus.PENDING).order_by("created_at")
        return [order for order in pending if not order.is_being_paid]

    def pay(self, attempt):
        order = Order.objects.get(pk=attempt.order_id)
        self.paid_late += order.status == OrderStatus.EXPIRED and order.discount_code == self.code
        super().pay(attempt)

    def paid_for(self, bundle, currency):
        """Return what counts of the money allocated to the books of a set; tips do not."""
        rows = Allocation.objects.filter(line__order__user=self.ada, line__for_others=False)
        rows = rows.filter(book__in=self.books_of(bundle))
        held, lines, then = defaultdict(int), {}, {}
        for row in rows.select_related("line__order"):
            key = (row.line_id, row.book_id)
            held[key] += row.amount
            lines[key] = row.line
            then[key] = then.get(key) if row.list_price is None else row.list_price
        prices, total = Prices.in_currency(currency), 0
        books = Book.objects.in_bulk({pk for _, pk in held})
        prices.look_up_listed(books)
        own = prices.price_of(bundle)
        for (line_id, pk), amount in held.items():
            line, book = lines[line_id, pk], books[pk]
            counted = min(amount, line.amount - line.tip)
            paid_in = line.order.currency
            if paid_in == currency:
                total += counted
                continue
            if book.price is None:
                today = smallest_charge(currency)
            else:
                today = prices.listed(pk, book.price)
                today = max(book.price * own.regular // bundle.price, 1) if today is None else today
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
        code = DiscountCode.objects.filter(most_uses__isnull=False).first()
        if code is not None:
            assert codes.uses_of(code).count() <= code.most_uses + self.paid_late
            for line in OrderLine.objects.filter(order__discount_code=code):
                assert line.quantity == 1


@override_settings(RATE_LIMITS=False)
class CodeConservationTests(TestCase):
    def test_every_cent_and_every_use_is_accounted_for_after_every_story(self):
        staff = CustomUser.objects.create_superuser("grace@example.com")

        run_state_machine_as_test(
            type("TillOfThisTest", (TillWithCodes,), {"staff": staff}),
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

        self.assertEqual(TillWithCodes.seen, KINDS)
