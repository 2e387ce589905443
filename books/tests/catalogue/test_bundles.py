"""The page of a bundle, and how the catalogue shows bundles."""

import re

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Position
from books.models.catalogue.bundles import MOST_LISTED, bundles_on_offer
from books.tests.builders import make_book, make_books, make_bundle, make_reader
from books.views.catalogue import BUNDLES_PER_PAGE


class BundlePageTests(TestCase):
    def setUp(self):
        self.ferry = make_book("The Ferry", price=900, chapters=3)
        self.tram = make_book("The Tram", price=1200)
        self.other = make_book("Another", price=700)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)
        self.url = self.pair.get_absolute_url()
        self.bob = make_reader()

    def look(self):
        return self.client.get(self.url)

    def assert_button(self, page, words):
        """See that there is one primary action, with these words, and that it leads to the till."""
        self.assertContains(page, "btn-primary", count=1)
        button = f'<a class="btn btn-primary" href="/orders/?bundle=two-journeys">{words}</a>'
        self.assertContains(page, button, html=True)

    def test_a_visitor_sees_what_is_in_it_what_it_costs_and_what_it_saves(self):
        page = self.look()

        self.assert_button(page, "Buy for $18.00")
        self.assertContains(page, "Separately: $21.00")
        self.assertEqual([book.title for book in page.context["books"]], ["The Ferry", "The Tram"])
        self.assertContains(page, "Already bought some? Log in")

    def test_nothing_is_claimed_to_be_saved_where_nothing_is(self):
        for price in (600, None):
            with self.subTest(price=price):
                Book.objects.update(price=price)

                self.assertNotContains(self.look(), "Separately")

    def test_who_has_it_is_offered_nothing_but_reading(self):
        owners = {
            "bundle": self.bob,
            "all books": make_reader("ada", all_books=True),
            "both": make_reader("cy"),
        }
        access.give(self.bob, self.pair, by=self.bob, note="A gift.")
        for book in (self.ferry, self.tram):
            access.give(owners["both"], book, by=self.bob, note="A gift.")
        for way, owner in owners.items():
            with self.subTest(way):
                self.client.force_login(owner)
                page = self.look()

                self.assertContains(page, "You own every book in this bundle.")
                self.assertContains(page, "btn-primary", count=1)
                self.assertContains(page, f'href="{reverse("library")}">Open your library</a>')
                self.assertNotContains(page, "$")

    def test_a_book_that_one_has_begun_is_gone_on_with(self):
        self.client.force_login(self.bob)
        access.give(self.bob, self.pair, by=self.bob, note="A gift.")
        Position.objects.keep(self.bob, self.ferry.chapters.get(number=2), 0.5)

        self.assertContains(self.look(), "Continue at chapter 2")

    def test_what_does_not_exist_has_no_page(self):
        self.assertEqual(self.client.get(reverse("bundle_detail", args=["nonsense"])).status_code, 404)

    def test_25_books_cost_as_many_queries_as_two(self):
        with self.assertNumQueries(6):
            self.look()
        self.pair.books.add(*make_books(23))
        with self.assertNumQueries(6):
            self.look()
        with self.assertNumQueries(1):
            self.look()


class BundlesInTheCatalogueTests(TestCase):
    def test_a_bundle_shows_a_few_of_its_covers_and_its_price(self):
        make_bundle("Six", *make_books(6), price=1800)

        page = self.client.get(reverse("book_list"))

        [bundle] = page.context["bundles"]
        self.assertEqual(
            [book.title for book in bundle.first_books], ["Book 1", "Book 2", "Book 3", "Book 4"]
        )
        self.assertContains(page, '<a href="/books/bundles/six/">Six</a>', html=True)
        self.assertContains(page, "6 books")
        self.assertContains(page, "$18.00")

    def test_one_without_books_is_not_shown(self):
        make_book()
        make_bundle("Empty")

        self.assertNotContains(self.client.get(reverse("book_list")), "Empty")


class BundleListTests(TestCase):
    """What the catalogue says of many bundles, and the page that lists them all."""

    @classmethod
    def setUpTestData(cls):
        cls.books = make_books(5)
        for number in range(MOST_LISTED):
            make_bundle(f"Bundle {number}", *cls.books, price=2000 + number)

    def shown(self, url):
        return [bundle.title for bundle in self.client.get(url).context["bundles"]]

    def test_the_catalogue_shows_so_many_and_no_link_when_these_are_all(self):
        page = self.client.get(reverse("book_list"))

        self.assertEqual(len(page.context["bundles"]), MOST_LISTED)
        self.assertNotContains(page, "All bundles")

    def test_of_more_it_shows_the_cheapest_and_links_to_the_rest(self):
        make_bundle("Dear", *self.books, price=9000)
        make_bundle("Cheap", *self.books, price=500)

        page = self.client.get(reverse("book_list"))

        titles = [bundle.title for bundle in page.context["bundles"]]
        self.assertEqual((titles[0], len(titles)), ("Cheap", MOST_LISTED))
        self.assertContains(page, f'<a href="{reverse("bundle_list")}">All bundles</a>', html=True)

    def test_the_list_has_every_bundle_with_books_and_its_price_on_numbered_pages(self):
        make_bundle("Empty")
        make_bundle("Withdrawn", make_book(is_published=False))
        for number in range(MOST_LISTED, BUNDLES_PER_PAGE + 1):
            make_bundle(f"Bundle {number}", *self.books, price=2000 + number)
        url = reverse("bundle_list")

        first, second = self.shown(url), self.shown(f"{url}?page=2")

        numbered = [f"Bundle {number}" for number in range(BUNDLES_PER_PAGE + 1)]
        self.assertEqual([*first, *second], ["All Books", *numbered])
        self.assertContains(self.client.get(url), "every book, now and in future")
        self.assertContains(self.client.get(url), "$20.00")
        self.assertContains(self.client.get(url), "5 books")
        self.assertEqual(self.client.get(f"{url}?page=3").status_code, 404)

    def test_without_any_it_says_so(self):
        Book.objects.update(is_published=False)

        self.assertContains(self.client.get(reverse("bundle_list")), "No bundles at the moment.")

    def test_without_another_it_has_all_books(self):
        Bundle.objects.filter(everything=False).delete()

        self.assertEqual(self.shown(reverse("bundle_list")), ["All Books"])

    def test_one_bundle_costs_as_many_queries_as_a_page_of_them(self):
        url = reverse("bundle_list")
        Bundle.objects.filter(everything=False).exclude(title="Bundle 0").delete()
        with CaptureQueriesContext(connection) as few:
            self.client.get(url)
        for number in range(1, BUNDLES_PER_PAGE):
            make_bundle(f"Bundle {number}", *self.books)

        with self.assertNumQueries(len(few)):
            self.client.get(url)

    def test_only_the_bundles_that_are_shown_have_their_books_read(self):
        for number in range(50):
            make_bundle(f"More {number}", *self.books, price=9000 + number)

        with CaptureQueriesContext(connection) as queries:
            bundles_on_offer()

        [asked] = [query["sql"] for query in queries if "ROW_NUMBER" in query["sql"]]
        named = re.search(r'"bundle_id" IN \(([^)]+)\)', asked)[1].split(", ")
        self.assertEqual(len(set(named)), MOST_LISTED + 1)
