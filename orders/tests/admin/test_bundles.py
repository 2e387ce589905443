"""Staff who save a bundle see what it costs readers who have a part of it."""

from django.test import TestCase
from django.urls import reverse

from books.models import Bundle
from books.tests.builders import make_book, make_bundle, make_staff


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
