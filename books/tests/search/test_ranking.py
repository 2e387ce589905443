"""However a search is made, it finds the same; and what it reads does not grow with the shop."""

from unittest.mock import patch

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Book, SearchEntry
from books.search import bounded_queries, frequency, ranking, search
from books.search.wanted import Wanted
from books.tests.builders import make_book

# Few enough that the tests need not make a thousand books.
MANY = 5


def analyse():
    """Let PostgreSQL count the words of the books, and forget what it counted before."""
    frequency._estimates_in.cache_clear()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE books_searchentry")


class RankingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        """Fill a shelf with rivers: in every field, some of the newest books only in the description."""
        for number in range(4):
            make_book(f"Rivers of Ink {number}", description="")
            make_book(f"Author {number}", authors=[f"Joan Rivers {number}"], description="")
            make_book(f"Subject {number}", subjects=["Rivers"], description="")
            make_book(f"Description {number}", description="About rivers and the sea.")
        make_book("Rivers", description="")
        make_book("Sea", description="")
        make_book("Harbour 4711", description="")

    def setUp(self):
        self.addCleanup(frequency._estimates_in.cache_clear)

    def titles(self, query, number=24):
        """Return the titles of the best books."""
        ids = search(query)[:number]
        books = Book.objects.in_bulk(ids)
        return [books[pk].title for pk in ids]

    def test_many_matches_are_in_the_same_order_as_few(self):
        all_rivers = self.titles("rivers")
        self.assertEqual(len(all_rivers), 17)
        self.assertEqual(all_rivers[:2], ["Rivers", "Rivers of Ink 3"])
        self.assertEqual(all_rivers[-1], "Description 0")

        with patch.object(ranking, "MOST_FOUND", MANY):
            for prepare in (frequency._estimates_in.cache_clear, analyse):
                prepare()
                for number in (1, 2, 6, 9, 13, 17):
                    with self.subTest(prepare=prepare.__name__, number=number):
                        wanted = search("rivers").wanted
                        best = ranking.best(wanted, number)
                        titles = [Book.objects.get(pk=pk).title for pk in best]
                        self.assertEqual(titles, all_rivers[:number])

    def test_more_matches_than_estimated_are_in_the_same_order_too(self):
        all_rivers = self.titles("rivers")
        analyse()

        few_listed = patch.object(ranking, "MOST_LISTED", 2)
        none_expected = patch("books.search.wanted.share", lambda word, column: 0)
        with patch.object(ranking, "MOST_FOUND", MANY), few_listed, none_expected:
            for number in (1, 2, 6, 9, 13, 17):
                with self.subTest(number):
                    best = ranking.best(search("rivers").wanted, number)
                    self.assertEqual([Book.objects.get(pk=pk).title for pk in best], all_rivers[:number])

    def test_many_are_counted_up_to_the_most_that_are_shown(self):
        with patch.object(ranking, "MOST_FOUND", MANY):
            many, few = search("rivers"), search("sea")
            self.assertEqual((many.count, many.has_more), (MANY, True))
            self.assertEqual((few.count, few.has_more), (5, False))

        self.assertEqual((search("rivers").count, search("rivers").has_more), (17, False))

    def test_books_that_are_not_on_sale_are_neither_counted_nor_found(self):
        Book.objects.filter(title__startswith="Rivers").update(is_published=False)

        self.assertEqual(self.titles("rivers", 1), ["Author 3"])
        self.assertEqual(search("rivers").count, 12)
        with patch.object(ranking, "MOST_FOUND", MANY):
            analyse()
            self.assertEqual(self.titles("rivers", 5)[0], "Author 3")

    def test_a_title_is_exact_without_case_accents_and_punctuation(self):
        make_book("Łódź, mon Amour!", description="")
        make_book("Lodz mon amour et Paris", description="")

        self.assertEqual(self.titles("lodz MON amour")[0], "Łódź, mon Amour!")

    @pytest.mark.postgresql
    def test_a_common_word_is_compared_and_a_rare_one_looked_up(self):
        for number in range(20):
            make_book(f"River {number}", description="")
        analyse()

        wanted = Wanted.of("river 4711", [])
        found, values = wanted.found(4)

        self.assertIn("IS TRUE", found)
        self.assertEqual(values, ["('4711':*)", "('river':*) & ('4711':*)"])
        self.assertEqual(self.titles("harbour 4711"), ["Harbour 4711"])
        self.assertEqual(self.titles("river 4711"), [])

    @pytest.mark.postgresql
    def test_words_that_are_common_but_seldom_together_are_found_by_the_index(self):
        for number in range(20):
            make_book(f"River {number}", description="", chapters=0)
            make_book(f"Ferry {number}", description="", chapters=0)
        make_book("River Ferry", description="", chapters=0)
        analyse()

        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.titles("river ferry"), ["River Ferry"])

        asked = [query["sql"] for query in queries]
        before = asked.index("SET LOCAL enable_seqscan = off")
        with connection.cursor() as cursor:
            cursor.execute(f"{asked[before]}; EXPLAIN {asked[before + 1]}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        self.assertIn("Bitmap Index Scan on books_searchentry_document", plan)
        self.assertNotIn("Seq Scan on books_searchentry", plan)

    @pytest.mark.postgresql
    def test_words_that_are_common_and_often_together_are_found_without_it(self):
        for number in range(20):
            make_book(f"River Ferry {number}", description="", chapters=0)
        analyse()

        with patch.object(ranking, "MOST_FOUND", 10), CaptureQueriesContext(connection) as queries:
            self.assertIsNone(ranking.few(Wanted.of("river ferry", [])))

        self.assertNotIn("SET LOCAL enable_seqscan = off", [query["sql"] for query in queries])

    @pytest.mark.postgresql
    def test_a_word_in_almost_every_book_is_not_looked_up_beside_another(self):
        for number in range(30):
            make_book(f"River {number}", description="" if number % 3 else "tram", chapters=0)
        analyse()

        _, values = Wanted.of("river tram", []).found(4)

        self.assertEqual(values, ["('tram':*)", "('river':*) & ('tram':*)"])

    @pytest.mark.postgresql
    def test_for_a_common_word_only_as_many_books_are_read_as_are_shown(self):
        for number in range(100):
            make_book(f"River {number}", description="", chapters=0)
        analyse()

        with CaptureQueriesContext(
            connection,
        ) as queries:
            best = ranking.best(Wanted.of("river", []), 3)

        self.assertEqual(len(best), 3)
        walk = queries[-1]["sql"]
        self.assertIn("LATERAL", walk)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {walk}")
            [(plan,)] = cursor.fetchall()
        self.assertEqual(rows_read(plan[0]["Plan"], "books_searchentry"), 3)
        self.assertEqual(SearchEntry.objects.count(), 119)


def rows_read(plan, table):
    """Return how many rows of the table a plan of PostgreSQL has read."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == table else 0
    return own + sum(rows_read(part, table) for part in plan.get("Plans", ()))


class ManyResultsPageTests(TestCase):
    url = reverse("search_results")

    @classmethod
    def setUpTestData(cls):
        """Fill a shelf with more books than are counted."""
        for number in range(MANY + 1):
            make_book(f"River {number}")

    def get(self, query, **parameters):
        with patch.object(ranking, "MOST_FOUND", MANY), patch("books.views.search.results.BOOKS_PER_PAGE", 3):
            return self.client.get(self.url, {"q": query, **parameters})

    def test_very_many_are_more_than_so_many(self):
        response = self.get("river")

        self.assertContains(response, f"<h1>More than {MANY} books for “river”</h1>")
        self.assertNotContains(response, "Add a word")

    def test_as_many_as_are_counted_are_so_many(self):
        Book.objects.filter(title="River 0").delete()

        self.assertContains(self.get("river"), f"<h1>{MANY} books for “river”</h1>")
        self.assertNotContains(self.get("river", page=2), "Add a word")

    def test_after_the_last_that_is_shown_it_says_how_to_see_others(self):
        response = self.get("river", page=2)

        self.assertContains(response, f"These were the best {MANY}. Add a word, such as an author’s name")
        self.assertEqual([book.title for book in response.context["page"]], ["River 2", "River 1"])
        self.assertEqual(self.get("river", page=3).status_code, 404)

    def test_a_search_that_takes_too_long_is_answered_kindly(self):
        asleep = patch.object(Wanted, "found", lambda *args: ("pg_sleep(3600) IS NULL", []))
        with (
            patch.object(bounded_queries, "MOST_MILLISECONDS", 50),
            patch.object(bounded_queries, "MOST_STEPS", 1),
        ):
            if connection.vendor == "postgresql":
                with asleep:
                    response = self.client.get(self.url, {"q": "river"})
            else:
                response = self.client.get(self.url, {"q": "river"})

        self.assertContains(response, "<h1>Too many books for “river”</h1>", status_code=503)
        self.assertContains(response, "Add a rarer word", status_code=503)
        self.assertContains(self.get("river"), "More than")
