"""Carts and single purchases in many tabs at once: each book is charged once, whichever comes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from books import access
from books.models import Grant
from books.tests.builders import make_book, make_bundle, make_reader
from orders import pricing
from orders.models import Allocation, Order, OrderLine, OrderStatus
from orders.reconciliation import examine
from users.models import CustomUser


@pytest.mark.postgresql
@override_settings(RATE_LIMITS=False)
class TabsTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.ada = make_reader("ada")
        self.session = Client()
        self.session.force_login(self.ada)
        self.books = [make_book(title, price=900) for title in ("Ferry", "Tram", "Pier")]
        self.pair = make_bundle("Pair", *self.books[:2], price=1500)

    def post_at_once(self, *carts):
        """Post each of these carts, lists of products, at the same moment; return the statuses."""
        items = [self.signed(*cart) for cart in carts]
        start = Barrier(len(items))

        def post(item):
            browser = Client()
            browser.cookies = self.session.cookies
            start.wait()
            try:
                fields = {"stripeToken": self.stripe.make_token("4242424242424242"), "item": item}
                return browser.post(reverse("charge"), fields).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(len(items)) as pool:
            return list(pool.map(post, items))

    def signed(self, *products):
        return pricing.price_cart([product.reference for product in products], self.ada).offer.signed()

    def assert_each_paid_once(self):
        """No book is in two paid orders, and the ledgers agree."""
        opened = []
        for line in OrderLine.objects.filter(order__status=OrderStatus.PAID, is_open=True):
            opened += line.product.included_books().values_list("pk", flat=True)
        self.assertEqual(len(opened), len(set(opened)))
        kept = [
            charge["amount"] - charge["amount_refunded"]
            for charge in self.stripe.charges
            if charge["status"] == "succeeded"
        ]
        paid = Order.objects.filter(status=OrderStatus.PAID)
        self.assertEqual(sorted(filter(None, kept)), sorted(order.amount for order in paid))
        self.assertEqual([each.kind for each in examine().differences], [])
        reader = CustomUser.objects.get(pk=self.ada.pk)
        self.assertTrue(any(access.may_read(reader, book) for book in self.books))

    def test_any_carts_at_once(self):
        """Whatever two to five tabs want of three books and a bundle."""
        products = [*self.books, self.pair]
        cart = st.sets(st.integers(0, len(products) - 1), min_size=1, max_size=3)

        @given(st.lists(cart, min_size=2, max_size=5))
        @settings(max_examples=6, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        def story(carts):
            self.stripe.reset()
            Grant.objects.all().delete()
            Order.objects.all().delete()

            self.post_at_once(*[[products[each] for each in sorted(cart)] for cart in carts])

            self.assert_each_paid_once()
            for order in Order.objects.filter(status=OrderStatus.PAID):
                rows = Allocation.objects.filter(line__order=order).values_list("amount", flat=True)
                lines = order.lines.filter(is_open=True).values_list("amount", flat=True)
                self.assertEqual(sum(rows), order.amount - order.refunded_amount)
                self.assertEqual(sum(lines), order.amount - order.refunded_amount)

        story()

    def test_the_same_cart_ten_times(self):
        ferry, tram, _ = self.books

        self.assertEqual(set(self.post_at_once(*[(ferry, tram)] * 10)), {302})

        self.assertEqual(Order.objects.get(status=OrderStatus.PAID).amount, 1800)
        self.assert_each_paid_once()

    def test_two_carts_that_share_a_book(self):
        ferry, tram, pier = self.books

        self.post_at_once((ferry, tram), (tram, pier), (ferry, tram), (tram, pier))

        self.assert_each_paid_once()

    def test_a_cart_and_a_single_purchase_of_one_of_its_books(self):
        ferry, tram, pier = self.books

        self.post_at_once((ferry, tram), (ferry,), (tram, ferry, pier), (tram,))

        self.assert_each_paid_once()

    def test_a_cart_and_a_bundle_with_one_of_its_books(self):
        ferry, _, pier = self.books

        self.post_at_once((ferry, pier), (self.pair,), (self.pair, pier), (ferry,))

        self.assert_each_paid_once()
