"""The files that crawlers and browsers ask for by name."""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.tests.builders import make_book, make_books, make_bundle

OWN = "https://books.example.com:8443"


class CrawlerTests(TestCase):
    def list_addresses(self, **request):
        """Return the addresses in the sitemap, in its order."""
        return re.findall("<loc>(.*?)</loc>", self.client.get("/sitemap.xml", **request).text)

    def test_the_sitemap_lists_what_a_visitor_may_open(self):
        book = make_book()
        bundle = make_bundle("Two Journeys", book)

        response = self.client.get("/sitemap.xml")

        self.assertEqual(response.headers["Content-Type"], "application/xml; charset=utf-8")
        pages = [reverse("home"), reverse("about"), reverse("book_list")]
        addresses = self.list_addresses()
        self.assertEqual(
            addresses,
            [
                f"http://testserver{path}"
                for path in [*pages, bundle.get_absolute_url(), book.get_absolute_url()]
            ],
        )
        for address in addresses:
            self.assertEqual(self.client.get(address).status_code, 200)

    def test_the_sitemap_lists_nothing_that_a_visitor_may_not_open(self):
        hidden = make_book(is_published=False)
        make_bundle("Nothing Yet", hidden)

        addresses = self.list_addresses()

        self.assertEqual(len(addresses), 3)
        self.assertNotIn(str(hidden.pk), " ".join(addresses))

    @override_settings(SITE_URL=OWN, ALLOWED_HOSTS=["*"])
    def test_the_sitemap_names_the_shop_s_own_host_whoever_asks(self):
        make_bundle("Two Journeys", make_book())

        addresses = self.list_addresses(headers={"Host": "evil.example"})

        self.assertEqual(len(addresses), 5)
        for address in addresses:
            self.assertEqual(address.partition("/books/")[0].rstrip("/").removesuffix("/about"), OWN)

    def test_the_sitemap_of_many_books_costs_as_many_queries_as_that_of_one(self):
        make_bundle("One", make_book())
        with CaptureQueriesContext(connection) as for_one:
            self.list_addresses()
        make_bundle("Many", *make_books(24))

        with self.assertNumQueries(len(for_one)):
            self.list_addresses()

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
