"""Sales on pages: the price, what it was, until when; and the next page after the last minute has neither."""

import json
import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from books.models import PastPrice
from books.rendering import memory
from books.tests.builders import make_reader
from books.tests.prices.test_pages import visitor
from books.tests.prices.test_sales import BEGINS, DAYS, ENDS, SalesTestCase, make_sale

SECOND = timedelta(seconds=1)
WAS = "Lowest price of the 30 days before: <del>$9.00</del>"


class PageTests(SalesTestCase):
    def setUp(self):
        super().setUp()
        memory.forget()
        make_sale(self.ferry, self.pair)
        self.page = self.ferry.get_absolute_url()

    def look(self, path, at=BEGINS, client=None):
        self.clock.return_value = at
        return (client or self.client).get(path)

    def test_a_page_says_the_price_what_it_was_and_when_the_sale_ends(self):
        page = self.look(self.page)

        self.assertContains(page, "Buy for $6.75")
        self.assertContains(page, WAS)
        self.assertContains(page, "The sale ends on April 5, 2026, 2:00\N{NARROW NO-BREAK SPACE}AM UTC.")
        self.assertNotContains(self.look(self.tram.get_absolute_url()), "<del>$12.00</del>")

    def test_so_do_lists_the_bundle_s_page_and_the_home_page(self):
        for path in (reverse("book_list"), self.pair.get_absolute_url(), "/"):
            with self.subTest(path):
                page = self.look(path)

                self.assertContains(page, "for $6.75")
                self.assertContains(page, WAS)
        self.assertContains(
            self.look(self.pair.get_absolute_url()), "Lowest price of the 30 days before: <del>$15.00</del>"
        )

    def test_it_is_seen_from_the_first_instant_until_the_last_in_a_page_that_is_kept(self):
        for at, price in (
            (BEGINS - SECOND, "$9.00"),
            (BEGINS, "$6.75"),
            (ENDS - SECOND, "$6.75"),
            (ENDS, "$9.00"),
        ):
            for path, words in ((self.page, "Buy for"), (reverse("book_list"), "</span> for")):
                for client in (Client(), visitor("usd")):
                    with self.subTest(at=at, path=path):
                        self.assertContains(self.look(path, at, client), f"{words} {price}")

    def test_whoever_has_the_page_is_told_that_it_has_changed(self):
        known = {"if-none-match": self.look(self.page, BEGINS - SECOND).headers["ETag"]}

        self.assertEqual(self.client.get(self.page, headers=known).status_code, 304)
        self.clock.return_value = BEGINS
        self.assertEqual(self.client.get(self.page, headers=known).status_code, 200)

    def test_a_kept_page_costs_one_query_in_a_sale_too(self):
        for path in (self.page, reverse("book_list")):
            self.look(path)
            with self.subTest(path), self.assertNumQueries(1):
                self.look(path)

    def test_machines_read_the_price_and_until_when_it_is_valid(self):
        for path in (self.page, self.pair.get_absolute_url()):
            text = self.look(path).text
            offer = json.loads(re.search(r"ld\+json\">(.*?)</script>", text, re.DOTALL)[1])["offers"]
            with self.subTest(path):
                self.assertIn(offer["price"], {"6.75", "11.25"})
                self.assertEqual(offer["priceValidUntil"], "2026-04-05T02:00:00+00:00")
        self.assertNotContains(self.look(self.tram.get_absolute_url()), "priceValidUntil")

    def test_a_price_that_is_no_reduction_is_shown_without_one(self):
        PastPrice.objects.create(book=self.ferry, amount=600, until=BEGINS - DAYS)

        page = self.look(self.page)

        self.assertContains(page, "Buy for $6.75")
        self.assertNotContains(page, "<del>$9.00</del>")
        self.assertNotContains(page, "<del>$6.00</del>")

    def test_another_currency_has_its_own(self):
        page = self.look(self.page, client=visitor("eur"))

        self.assertContains(page, "Buy for €5.99")
        self.assertContains(page, "Lowest price of the 30 days before: <del>€7.99</del>")

    def test_a_reader_sees_it_too(self):
        client = Client()
        client.force_login(make_reader("ada"))

        self.assertContains(self.look(self.page, client=client), WAS)

    def test_one_book_on_sale_costs_as_many_queries_as_all(self):
        def count(path):
            memory.forget()
            with self.assertNumQueries(8):
                self.look(path)

        count(self.pair.get_absolute_url())
        make_sale(self.ferry, self.tram, self.pair, self.all_books)
        count(self.pair.get_absolute_url())
