"""Staff who save a bundle see what it costs readers who have a part of it; sold, its books stay."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import TestCase
from django.urls import reverse

from books.models import Book, Bundle
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from orders.models import AttemptApi, AttemptOutcome, OrderStatus
from orders.tests.builders import make_order
from orders.tests.giving.cases import make_copies


class BundlePageTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())
        self.a, self.b, self.c = (make_book(title, price=2000) for title in "ABC")

    def save(self, bundle, *books, price="30.00"):
        """Save a bundle in the admin; return what is said."""
        fields = {
            "title": bundle.title,
            "slug": bundle.slug,
            "price": price,
            "books": [book.pk for book in books],
        }
        address = reverse("admin:books_bundle_change", args=[bundle.pk])
        response = self.client.post(address, fields, follow=True)
        return [str(message) for message in response.context["messages"]]

    def test_the_price_for_those_who_bought_one_that_overlaps_is_said(self):
        make_bundle("Early", self.a, self.b, price=3000)
        make_bundle("Late", self.b, self.c, price=2000)

        said = self.save(make_bundle("Ends", self.a, self.c), self.a, self.c)

        self.assertEqual(
            said[0],
            "Readers who have bought another bundle with some of its books pay: Early: $15.00, Late: $20.00.",
        )

    def test_one_that_covers_all_of_it_leaves_nothing_to_pay(self):
        make_bundle("Everything so far", self.a, self.b, self.c, price=9000)

        self.assertIn(
            "Everything so far: $0.00", " ".join(self.save(make_bundle("Pair", self.a), self.a, self.b))
        )

    def test_nothing_is_said_without_books_in_common(self):
        make_bundle("Other", self.b, self.c)

        said = self.save(make_bundle("Alone", self.a), self.a)

        self.assertFalse([each for each in said if each.startswith("Readers who have bought")])

    def test_all_books_shares_with_every_bundle(self):
        make_bundle("Pair", self.a, self.b, price=3000)

        said = self.save(Bundle.objects.get(everything=True), price="39.00")

        self.assertIn("Pair: $9.00", said[0])


class SoldBundleTests(TestCase):
    """Nobody has a book of the bundle yet, but an order promises it."""

    said = "It is in a bundle that somebody is buying, or has bought copies of."

    def setUp(self):
        self.client.force_login(make_staff())
        self.ada = make_reader("ada")
        self.book, self.other = make_book("The Ferry"), make_book("The Tram")
        self.bundle = make_bundle("Journeys", self.book, price=2000)

    def delete(self, *books):
        """Confirm the deletion of one book on its page, of several in the list; return what is said."""
        if len(books) == 1:
            return self.client.post(reverse("admin:books_book_delete", args=[books[0].pk]), {"post": "yes"})
        chosen = [str(book.pk) for book in books]
        choice = {"action": "delete_selected", ACTION_CHECKBOX_NAME: chosen, "post": "yes"}
        return self.client.post(reverse("admin:books_book_changelist"), choice)

    def assert_kept(self, *books):
        page = self.delete(*books)
        self.assertContains(page, f"“{books[0]}”: {self.said}")
        self.assertNotContains(page, "Nobody owns")
        self.assertEqual(Book.objects.count(), 2)

    def test_copies_that_nobody_has_taken_keep_its_books(self):
        make_copies(self.ada, self.bundle, copies=3)

        self.assert_kept(self.book)
        self.assert_kept(self.book, self.other)

    def test_withdrawn_from_sale_it_stays_as_well(self):
        make_copies(self.ada, self.bundle)
        Book.objects.update(is_published=False)

        self.assert_kept(self.book)

    def test_copies_of_all_books_keep_every_book(self):
        make_copies(self.ada, Bundle.objects.get(everything=True), copies=2)

        self.assert_kept(self.book)
        self.assert_kept(self.other)

    def test_an_order_that_is_not_paid_yet_keeps_them(self):
        make_order(self.ada, product=self.bundle)

        self.assert_kept(self.book)

    def test_money_that_may_still_arrive_for_an_expired_order_keeps_them(self):
        order = make_order(self.ada, product=self.bundle, status=OrderStatus.EXPIRED)
        order.attempts.create(number=1, api=AttemptApi.CHARGES, outcome=AttemptOutcome.PROCESSING)

        self.assert_kept(self.book)

    def test_what_is_in_no_sold_bundle_is_deleted(self):
        make_copies(self.ada, self.bundle)

        self.delete(self.other)

        self.assertEqual(list(Book.objects.all()), [self.book])

    def test_an_expired_order_and_refunded_copies_promise_nothing(self):
        make_order(self.ada, product=self.bundle, status=OrderStatus.EXPIRED)
        make_copies(self.ada, Bundle.objects.get(everything=True), status=OrderStatus.REFUNDED)

        self.delete(self.book)

        self.assertEqual(list(Book.objects.all()), [self.other])
