"""What is suggested while a visitor types: a little of everything, the same for everybody, and bounded."""

from unittest.mock import patch

import pytest
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from books.models import Book
from books.search import bounded_queries, frequency
from books.search.wanted import Wanted
from books.tests.builders import make_book, make_reader


class SuggestionTests(TestCase):
    url = reverse("search_suggestions")

    def suggested(self, query):
        """Return what is suggested as {group: texts}."""
        groups = self.client.get(self.url, {"q": query}).json()["groups"]
        return {group["label"]: [option["text"] for option in group["options"]] for group in groups}

    def test_titles_authors_and_subjects_with_words_that_begin_so_are_suggested(self):
        make_book("The Ferry", authors=["Ada Quill"])
        make_book("Tram", authors=["Fern Ferris", "Bob Other"])
        make_book("Bus", authors=["Bob Other"], subjects=["Ferries", "Roads"])
        make_book("Far Away", authors=["Bob Other"], description="About a ferry.")

        self.assertEqual(
            self.suggested("Fér"),
            {"Books": ["The Ferry"], "Authors": ["Fern Ferris"], "Subjects": ["Ferries"]},
        )
        self.assertEqual(self.suggested("tram fer"), {})
        self.assertEqual(self.suggested("fern fer"), {"Authors": ["Fern Ferris"]})

    def test_a_name_is_suggested_that_is_also_in_the_titles_of_its_books(self):
        make_book("Ada Quill, a Life", authors=["Ada Quill"], subjects=["Quills"])
        make_book("Quilling", authors=["Bob Quillan"])

        self.assertEqual(
            self.suggested("quill"),
            {
                "Books": ["Quilling", "Ada Quill, a Life"],
                "Authors": ["Ada Quill", "Bob Quillan"],
                "Subjects": ["Quills"],
            },
        )

    def test_a_subject_is_suggested_that_is_also_the_name_of_an_author(self):
        make_book("Tram", authors=["May Rivers"], subjects=["Rivers"])

        self.assertEqual(self.suggested("river"), {"Authors": ["May Rivers"], "Subjects": ["Rivers"]})

    def test_a_book_leads_to_its_page(self):
        book = make_book("Ferry", language="de")

        [group] = self.client.get(self.url, {"q": "fer"}).json()["groups"]

        self.assertEqual(
            group["options"],
            [{"text": "Ferry", "address": book.get_absolute_url(), "language": "de"}],
        )

    def test_an_author_and_a_subject_lead_to_their_pages(self):
        book = make_book("Tram", authors=["Fern & Fern"], subjects=["Ferns"])
        make_book("Bus", subjects=["Ferns"])

        groups = self.client.get(self.url, {"q": "fern"}).json()["groups"]

        addresses = [group["options"][0]["address"] for group in groups]
        self.assertEqual(
            addresses,
            [book.authors.get().get_absolute_url(), book.subjects.get().get_absolute_url()],
        )

    def test_a_few_of_each_are_suggested_the_newest_first_and_an_exact_title_before(self):
        for number in range(6):
            make_book(f"River {number}")
            make_book(f"Tram {number}", authors=[f"River Author {number}"])
        make_book("Fjord")
        Book.objects.filter(title="River 5").update(title="River")

        suggested = self.suggested("river")

        self.assertEqual(suggested["Books"], ["River", "River 4", "River 3", "River 2"])
        self.assertEqual(len(suggested["Authors"]), 4)

    def test_books_that_are_not_on_sale_are_not_suggested(self):
        book = make_book("Ferry", authors=["Ferris"], subjects=["Ferries"])
        book.unpublish()

        self.assertEqual(self.suggested("fer"), {})

    def test_one_letter_nothing_and_too_much_suggest_nothing(self):
        make_book("A Ferry")

        for query in ["", "a", "  f ", "?", "ferry " * 40]:
            with self.subTest(query), self.assertNumQueries(0 if len(query) > 200 else self.bounds):
                self.assertEqual(self.suggested(query), {})

    # On PostgreSQL, a savepoint and bounds, and both taken away again.
    bounds = {"sqlite": 0, "postgresql": 4}[connection.vendor]

    def test_it_is_the_same_for_everybody_and_may_be_kept_for_a_minute(self):
        make_book("Ferry")
        self.client.force_login(make_reader())

        response = self.client.get(self.url, {"q": "ferry"})

        self.assertEqual(response.headers["Cache-Control"], "public, max-age=60")
        self.assertNotIn("Cookie", response.headers.get("Vary", ""))
        self.assertFalse(response.cookies)

    def test_one_suggestion_costs_as_many_queries_as_many(self):
        make_book("River")
        make_book("Tram", authors=["River"])
        make_book("Bus", subjects=["River"])
        # Asked once in ten minutes.
        frequency.rows()
        with self.assertNumQueries(7 + self.bounds):
            self.suggested("river")
        for number in range(25):
            make_book(f"Tram {number}", authors=[f"River {number}"])
            make_book(f"Bus {number}", subjects=[f"River {number}"])
        with self.assertNumQueries(7 + self.bounds):
            self.suggested("river")

    def test_a_search_that_takes_too_long_suggests_nothing(self):
        make_book("River Bend")
        slow = patch.object(Wanted, "found", lambda *args: ("pg_sleep(3600) IS NULL", []))
        with (
            patch.object(bounded_queries, "MOST_MILLISECONDS", 50),
            patch.object(bounded_queries, "MOST_STEPS", 1),
        ):
            if connection.vendor == "postgresql":
                with slow:
                    self.assertEqual(self.suggested("river"), {})
            else:
                self.assertEqual(self.suggested("river"), {})

        self.assertEqual(self.suggested("river"), {"Books": ["River Bend"]})

    @pytest.mark.postgresql
    def test_a_name_in_most_books_of_a_small_shop_is_suggested(self):
        make_book("Tram", authors=["Fern Ferris"])
        make_book("Bus", authors=["Ada Quill"], subjects=["Ferries"])
        make_book("The Ferry", authors=["Ada Quill"])
        # As autovacuum does sooner or later: then every one of these words is in a third of the books.
        frequency._estimates_in.cache_clear()
        self.addCleanup(frequency._estimates_in.cache_clear)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE books_searchentry")

        self.assertEqual(
            self.suggested("fer"),
            {"Books": ["The Ferry"], "Authors": ["Fern Ferris"], "Subjects": ["Ferries"]},
        )

    # SQLite makes no estimates.
    @pytest.mark.postgresql
    def test_a_name_in_too_many_books_is_not_looked_for(self):
        make_book("Tram", authors=["River"])
        with (
            patch("books.search.wanted.share", lambda word, column: 0.5),
            patch.object(frequency, "rows", return_value=100_000),
        ):
            self.assertEqual(self.suggested("river"), {})

        self.assertEqual(self.suggested("river"), {"Authors": ["River"]})
