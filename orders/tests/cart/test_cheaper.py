"""Which bundle costs less than the things in a cart, or little more than one of them."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Bundle, Prices
from books.tests.builders import make_book, make_bundle
from orders.models import OrderStatus
from orders.pricing import cheaper, price_cart
from orders.tests.builders import make_order
from orders.tests.cart.cases import FROM_HERE, CartTestCase


class CheaperTogetherTests(CartTestCase):
    def setUp(self):
        super().setUp()
        Bundle.objects.filter(everything=True).update(price=9900)

    def instead(self, *products):
        priced = price_cart([product.reference for product in products], self.ada)
        return cheaper.cheaper_together(priced.offers, self.ada, Prices())

    def test_two_books_that_a_bundle_has_for_less(self):
        found = self.instead(self.ferry, self.pier, self.tram)

        self.assertEqual(found.offer.title, "Two Journeys")
        self.assertEqual([part.title for part in found.parts], ["The Ferry", "The Tram"])
        self.assertEqual((found.difference, found.difference_shown, found.more_books), (-300, "$3.00", 0))

    def test_not_one_book_and_not_for_the_same_price_or_more(self):
        self.assertIsNone(self.instead(self.ferry))
        self.assertIsNone(self.instead(self.ferry, self.pier))

        for price in (2100, 2500):
            Bundle.objects.filter(pk=self.pair.pk).update(price=price)
            self.assertIsNone(self.instead(self.ferry, self.tram))

    def test_what_the_reader_has_paid_for_parts_of_the_bundle_counts(self):
        self.pair.books.add(self.pier, make_book("The Quay", price=500))
        Bundle.objects.filter(pk=self.pair.pk).update(price=3300)
        self.assertIsNone(self.instead(self.ferry, self.tram))

        make_order(self.ada, product=self.pier, status=OrderStatus.PAID, amount=1300)

        found = self.instead(self.ferry, self.tram)
        self.assertEqual((found.difference, found.more_books), (-100, 2))

    def test_of_several_the_one_that_saves_most(self):
        make_bundle("Three", self.ferry, self.tram, self.pier, price=2000)

        self.assertEqual(self.instead(self.ferry, self.tram, self.pier).offer.title, "Three")

    def test_all_books_if_it_costs_less(self):
        Bundle.objects.filter(everything=True).update(price=2000)

        self.assertEqual(self.instead(self.pair, self.pier).offer.reference, "all-books")

    def test_a_bundle_and_a_book_that_another_bundle_has_for_less(self):
        make_bundle("Three", self.ferry, self.tram, self.pier, make_book("The Quay"), price=2400)

        found = self.instead(self.pair, self.pier)

        self.assertEqual((found.offer.title, found.difference, found.more_books), ("Three", -100, 1))
        self.assertEqual([part.title for part in found.parts], ["Two Journeys", "The Pier"])

    def test_not_a_bundle_that_lacks_one_of_the_bundle_s_books(self):
        make_bundle("Without the tram", self.ferry, self.pier, make_book("The Quay"), price=600)

        found = self.instead(self.pair, self.pier)

        self.assertEqual([part.title for part in found.parts], ["The Pier"])

    def test_two_bundles_that_a_third_has_for_less(self):
        quay, mole = make_book("The Quay"), make_book("The Mole")
        other = make_bundle("By the Water", quay, mole, price=1500)
        make_bundle("All of it", self.ferry, self.tram, quay, mole, price=3000)

        found = self.instead(self.pair, other)

        self.assertEqual((found.offer.title, found.difference, found.more_books), ("All of it", -300, 0))

    def test_of_a_bundle_only_published_books_have_to_be_in_the_other(self):
        self.tram.unpublish()
        make_bundle("Both piers", self.ferry, self.pier, price=1000)

        self.assertEqual(self.instead(self.pair, self.pier).offer.title, "Both piers")

    def test_one_thing_that_costs_more_than_a_bundle_with_it(self):
        make_bundle("Three", self.ferry, self.tram, self.pier, price=1700)

        self.assertEqual(self.instead(self.pair).offer.title, "Three")

    def test_all_books_is_compared_however_many_bundles_there_are(self):
        for number in range(cheaper.MOST_COMPARED):
            make_bundle(f"Bundle {number}", self.ferry, price=900)
        Bundle.objects.filter(everything=True).update(price=1500)

        self.assertEqual(self.instead(self.ferry, self.pier, self.tram).offer.reference, "all-books")

    def test_many_bundles_take_as_many_queries_as_two(self):
        others = [make_bundle(f"Pair {n}", make_book(), make_book(), price=900) for n in range(8)]
        counts = []
        for bundles in ([self.pair, others[0]], [self.pair, *others]):
            make_bundle(
                f"Of {len(bundles)}", *(book for each in bundles for book in each.books.all()), price=100
            )
            offers = price_cart([each.reference for each in bundles], self.ada).offers
            with CaptureQueriesContext(connection) as asked:
                cheaper.cheaper_together(offers, self.ada, Prices())
            counts.append(len(asked))
        self.assertEqual(counts[0], counts[1])

    def test_a_bundle_whose_book_is_not_published_counts_without_it(self):
        self.tram.unpublish()

        self.assertIsNone(self.instead(self.ferry, self.pier))

    def test_the_cart_says_so_and_changes_at_a_press(self):
        self.add(self.ferry, self.tram)

        page = self.look()

        self.assertContains(page, "Two Journeys costs $3.00 less")
        self.assertContains(page, "Both are")
        page = self.client.get(self.add(self.pair).url)
        self.assertEqual([part.title for part, _ in page.context["things"]], ["Two Journeys"])
        self.assertNotContains(page, "less</h2>")

    def test_a_bundle_in_the_cart_is_changed_for_a_larger_one(self):
        larger = make_bundle("Three", self.ferry, self.tram, self.pier, price=2400)
        self.add(self.pair, self.pier)
        self.assertContains(self.look(), "Three costs $1.00 less")

        self.press_change()

        self.assertEqual(self.kept(), [larger.reference])

    def test_a_bundle_that_is_no_longer_sold_changes_nothing(self):
        larger = make_bundle("Three", self.ferry, self.tram, self.pier, price=2400)
        self.add(self.pair, self.pier)
        form = self.form_to_change()
        larger.delete()

        self.client.post(reverse("cart_add"), form, headers=FROM_HERE)

        self.assertEqual(self.kept(), [self.pair.reference, self.pier.reference])

    def form_to_change(self):
        """Return what the button under "costs less" sends."""
        [form] = re.findall(r'<form[^>]*aria-label="Change to.*?</form>', self.look().text, re.DOTALL)
        fields = {}
        for name, value in re.findall(r'name="(\w+)"\s+value="([^"]+)"', form):
            fields.setdefault(name, []).append(value)
        return fields

    def press_change(self):
        return self.client.post(reverse("cart_add"), self.form_to_change(), headers=FROM_HERE)


class LittleMoreTests(CartTestCase):
    def page(self, product):
        return self.client.get(f"{reverse('orders')}?{product.kind}={product.reference.split(':')[1]}")

    def test_the_purchase_page_says_what_the_bundle_costs_more(self):
        self.assertContains(self.page(self.tram), "for $6.00 more")
        self.assertContains(self.page(self.tram), "Make it Two Journeys")
        self.assertContains(self.page(self.tram), "1 more book")

    def test_without_another_bundle_it_is_all_books(self):
        page = self.page(self.pier)

        self.assertContains(page, "Make it All Books")
        self.assertContains(page, "for $32.00 more")
        self.assertContains(page, "Every book, now and in future")

    def test_of_a_bundle_it_is_a_bundle_with_all_its_books(self):
        make_bundle("Without the tram", self.ferry, self.pier, price=1900)
        make_bundle("Three", self.ferry, self.tram, self.pier, price=2400)

        page = self.page(self.pair)

        self.assertContains(page, "Make it Three")
        self.assertContains(page, "1 more book")

    def test_of_all_books_nothing_is_more(self):
        self.assertNotContains(self.client.get(reverse("orders")), "Make it")
