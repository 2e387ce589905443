"""The files that crawlers and browsers ask for by name."""

import re
from datetime import datetime, timedelta
from unittest.mock import patch

from django.conf import settings
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Book, Bundle, Series
from books.tests.builders import make_book, make_books, make_bundle
from pages.sitemaps import ByRandomId

OWN = "https://books.example.com:8443"


class CrawlerTests(TestCase):
    def list_addresses(self, **request):
        """Return the addresses in the sitemap, in its order."""
        return re.findall("<loc>(.*?)</loc>", self.client.get("/sitemap.xml", **request).text)

    def test_the_sitemap_lists_what_a_visitor_may_open(self):
        book = make_book(subjects=["Sea"], series=Series.objects.create(title="The Tides"))
        bundle = make_bundle("Two Journeys", book)
        all_books = Bundle.objects.get(everything=True)
        named = [book.authors.get(), book.subjects.get(), book.series]

        response = self.client.get("/sitemap.xml")

        self.assertEqual(response.headers["Content-Type"], "application/xml; charset=utf-8")
        pages = [reverse("home"), reverse("about"), reverse("book_list")]
        addresses = self.list_addresses()
        self.assertEqual(
            addresses,
            [
                f"http://testserver{path}"
                for path in [*pages, *(row.get_absolute_url() for row in [all_books, bundle, book, *named])]
            ],
        )
        for address in addresses:
            self.assertEqual(self.client.get(address).status_code, 200)

    def test_the_sitemap_lists_nothing_that_a_visitor_may_not_open(self):
        series = Series.objects.create(title="The Tides")
        hidden = make_book(subjects=["Sea"], series=series, is_published=False)
        make_bundle("Nothing Yet", hidden)

        addresses = self.list_addresses()

        # The pages, and All Books.
        self.assertEqual(len(addresses), 3 + 1)
        self.assertNotIn(str(hidden.pk), " ".join(addresses))

    @override_settings(SITE_URL=OWN, ALLOWED_HOSTS=["*"])
    def test_the_sitemap_names_the_shop_s_own_host_whoever_asks(self):
        make_bundle("Two Journeys", make_book())

        addresses = self.list_addresses(headers={"Host": "evil.example"})

        self.assertEqual(len(addresses), 7)
        for address in addresses:
            self.assertEqual(address.partition("/books/")[0].rstrip("/").removesuffix("/about"), OWN)

    def test_the_sitemap_of_many_books_costs_as_many_queries_as_that_of_one(self):
        make_bundle("One", make_book())
        with CaptureQueriesContext(connection) as for_one:
            self.list_addresses()
        make_bundle("Many", *make_books(24))

        with self.assertNumQueries(len(for_one)):
            self.list_addresses()

    def test_caches_may_keep_the_sitemap_for_a_while(self):
        for path in ["/sitemap.xml", "/sitemap-books-all.xml"]:
            self.assertEqual(self.client.get(path).headers["Cache-Control"], "max-age=600, public")

    def test_there_is_no_sitemap_of_what_the_shop_does_not_have(self):
        for path in ["/sitemap-books-2.xml", "/sitemap-bundles-1.xml", "/sitemap-orders-all.xml"]:
            self.assertEqual(self.client.get(path).status_code, 404, path)

    @override_settings(SITE_URL="https://books.example.com")
    def test_robots_are_shown_the_sitemap_and_kept_from_personal_pages(self):
        response = self.client.get("/robots.txt")

        self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")
        lines = response.text.splitlines()
        self.assertIn("Sitemap: https://books.example.com/sitemap.xml", lines)
        self.assertIn("Disallow: /orders/", lines)
        self.assertNotIn("Disallow: /books/", lines)
        self.assertNotIn(settings.ADMIN_PATH, response.text)

    def test_the_icon_is_where_it_always_was(self):
        response = self.client.get("/favicon.ico")

        self.assertEqual(response.headers["Content-Type"], "image/x-icon")
        self.assertEqual(response.getvalue()[:4], b"\x00\x00\x01\x00")

    def test_search_results_are_not_for_crawlers(self):
        self.assertContains(self.client.get(reverse("search_results")), 'content="noindex"')


class LargeShopTests(TestCase):
    """A shop of 40 books and 12 bundles is large if a file holds no more than ten pages."""

    @classmethod
    def setUpTestData(cls):
        cls.books = Book.objects.bulk_create(Book(title=f"Book {number}") for number in range(40))
        cls.bundles = [make_bundle(f"Bundle {number}", cls.books[number]) for number in range(12)]

    def setUp(self):
        self.enterContext(patch("pages.sitemaps.SIZE", 10))

    def list_addresses(self, path):
        return re.findall("<loc>(.*?)</loc>", self.client.get(path).text)

    def list_files(self):
        return [address.removeprefix("http://testserver") for address in self.list_addresses("/sitemap.xml")]

    def test_every_page_is_in_exactly_one_file(self):
        self.assertIn("<sitemapindex ", self.client.get("/sitemap.xml").text)

        listed = [address for file in self.list_files() for address in self.list_addresses(file)]

        all_books = Bundle.objects.get(everything=True)
        paths = [page.get_absolute_url() for page in [*self.books, all_books, *self.bundles]]
        expected = [f"http://testserver{path}" for path in ["/", "/about/", "/books/", *paths]]
        self.assertEqual(sorted(listed), sorted(expected))

    def test_no_file_lists_what_a_visitor_may_not_open(self):
        self.books[0].unpublish()

        listed = [address for file in self.list_files() for address in self.list_addresses(file)]

        # Neither the book nor the bundle in which it was the only one.
        self.assertEqual(len(listed), 3 + 39 + 1 + 11)
        self.assertNotIn(str(self.books[0].pk), " ".join(listed))

    def test_a_file_is_found_by_key_and_costs_one_list(self):
        for file in self.list_files():
            with CaptureQueriesContext(connection) as queries:
                self.client.get(file)

            self.assertNotIn("OFFSET", " ".join(query["sql"] for query in queries))
            self.assertLessEqual(len(queries), 1 + ByRandomId.MOST_DIGITS, file)

    def test_there_are_no_other_files(self):
        for path in ["/sitemap-books-all.xml", "/sitemap-bundles-999999.xml", "/sitemap-books-xyz.xml"]:
            self.assertEqual(self.client.get(path).status_code, 404, path)


class SecurityTxtTests(TestCase):
    @override_settings(DEFAULT_FROM_EMAIL="The Shop <books@example.com>", SITE_URL="https://books.example")
    def test_whoever_finds_a_hole_learns_whom_to_tell_and_until_when_that_holds(self):
        response = self.client.get("/.well-known/security.txt")

        self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")
        fields = dict(line.split(": ", 1) for line in response.text.splitlines())
        expires = datetime.fromisoformat(fields.pop("Expires"))
        self.assertEqual(
            fields,
            {
                "Contact": "mailto:books@example.com",
                "Preferred-Languages": "en",
                "Canonical": "https://books.example/.well-known/security.txt",
            },
        )
        self.assertGreater(expires, timezone.now() + timedelta(days=30))
        self.assertLess(expires, timezone.now() + timedelta(days=365))
