"""Which bundle costs less than the things in a cart, or little more than one of them."""

from django.urls import reverse

from books.models import Bundle, Prices
from books.tests.builders import make_book, make_bundle
from orders.models import OrderStatus
from orders.pricing import cheaper, price_cart
from orders.tests.builders import make_order
from orders.tests.cart.cases import CartTestCase


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

    def test_of_all_books_nothing_is_more(self):
        self.assertNotContains(self.client.get(reverse("orders")), "Make it")
