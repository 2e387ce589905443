"""Completing a set, whatever was bought before and given back since."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from books import access
from books.models import Bundle
from books.money import SMALLEST_CHARGE
from books.tests.builders import make_book, make_bundle, make_reader
from orders import pricing
from orders.models import Order, OrderStatus
from orders.tests.builders import make_order

PRICES = st.integers(SMALLEST_CHARGE, 5000)
BOOKS = 4


@st.composite
def shelves(draw):
    """Return prices of books, bundles as (members, price), and what is bought in which order."""
    prices = draw(st.lists(PRICES, min_size=BOOKS, max_size=BOOKS))
    members = st.sets(st.integers(0, BOOKS - 1), min_size=1)
    bundles = draw(st.lists(st.tuples(members, PRICES), min_size=1, max_size=3))
    choice = st.one_of(
        st.tuples(st.just("book"), st.integers(0, BOOKS - 1)),
        st.tuples(st.just("bundle"), st.integers(0, len(bundles) - 1)),
        st.tuples(st.just("refund"), st.integers(0, 5)),
    )
    return prices, bundles, draw(st.lists(choice, max_size=6))


class CompleteYourSetTests(TestCase):
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(shelves())
    def test_the_price_of_a_set_keeps_its_promises(self, shelf):
        prices, contents, story = shelf
        ada = make_reader("ada")
        books = [make_book(f"Book {number}", price=price) for number, price in enumerate(prices)]
        bundles = [
            make_bundle(f"Bundle {number}", *[books[each] for each in members], price=price)
            for number, (members, price) in enumerate(contents)
        ]
        bundles.append(Bundle.objects.get(everything=True))
        for kind, number in story:
            if kind == "refund":
                self.give_back(number)
                continue
            thing = books[number] if kind == "book" else bundles[number]
            if not access.owns(ada, thing):
                self.buy(ada, thing)
        paid = self.paid()
        for bundle in bundles:
            offer = pricing.offer_of(bundle, ada)
            inside = set(bundle.books.all()) if not bundle.everything else set(books)

            self.assertTrue(0 <= offer.amount <= bundle.price)
            self.assertTrue(offer.amount == 0 or offer.amount >= SMALLEST_CHARGE)
            self.assertLessEqual(offer.credit, paid)
            if bundle.everything:
                self.assertEqual(offer.credit, min(paid, bundle.price))
            outside = self.paid_outside(inside)
            # With it the reader has paid no more than its price and what they bought outside it, unless they
            # had paid more than that before.
            self.assertLessEqual(paid + offer.amount, max(bundle.price + outside, paid) + BOOKS)

    def buy(self, reader, thing):
        offer = pricing.offer_of(thing, reader)
        make_order(reader, thing=thing, amount=offer.amount, status=OrderStatus.PAID)

    def give_back(self, number):
        order = (
            Order.objects.filter(status=OrderStatus.PAID, amount__gt=1)
            .order_by("created_at")[number:]
            .first()
        )
        if order:
            Order.objects.filter(pk=order.pk).update(refunded_amount=order.amount // 2)

    def paid(self):
        return sum(
            order.amount - order.refunded_amount for order in Order.objects.filter(status=OrderStatus.PAID)
        )

    def paid_outside(self, inside):
        """Return what was paid for books not in the bundle; of another bundle, what those are worth."""
        total = 0
        for order in Order.objects.filter(status=OrderStatus.PAID):
            thing = order.lines.get().thing
            parts = list(thing.books.all()) if isinstance(thing, Bundle) else [thing]
            worth = sum(book.price for book in parts)
            shared = sum(book.price for book in parts if book not in inside)
            total += (order.amount - order.refunded_amount) * shared / (worth or 1)
        return total
