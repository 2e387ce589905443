"""Misspelt words find the right ones, and few words are compared however many the shop knows."""

from importlib import import_module
from itertools import product

from django.apps import apps
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from books import search
from books.models import SearchEntry, SearchLanguage, SearchSpelling
from books.search.language.spelling import MOST_NEAR, correct, learn, remains
from books.tests.builders import make_book


class SpellingTests(TestCase):
    def test_one_letter_too_many_too_few_wrong_or_swapped_is_corrected(self):
        learn(["lighthouse", "ferry", "sea"])

        for misspelt in ["lighthouuse", "lihthouse", "lighthouze", "lighhtouse", "ighthouse", "lighthousee"]:
            with self.subTest(misspelt):
                self.assertEqual(correct((misspelt,)), "lighthouse")

    def test_known_words_stay_and_so_do_those_near_nothing(self):
        learn(["ferry", "merry"])

        self.assertEqual(correct(("ferry", "zebra")), "")
        self.assertEqual(correct(("fery", "zebra")), "ferry zebra")

    def test_numbers_and_words_of_two_letters_stay(self):
        learn(["4711", "isbn9783161484100", "it", "sea"])

        self.assertEqual(correct(("4712", "isbn9783161484101", "ti")), "")
        self.assertEqual(correct(("seaa",)), "sea")
        self.assertEqual([remains("4711"), remains("it")], [set(), set()])

    def test_a_word_is_learnt_once(self):
        learn(["ferry"])
        learn(["ferry", "ferry"])

        # The word, and without each of its letters; there are two r.
        self.assertEqual(SearchSpelling.objects.count(), 5)

    def test_only_near_words_are_read_of_very_many_of_the_same_length(self):
        words = ["".join(letters) for letters in product("abcdefgh", repeat=3)]
        learn(["money", *(f"qq{word}" for word in words)])

        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(correct(("moeny",)), "money")

        self.assertEqual(len(queries), 1)
        self.assertIn(f"LIMIT {MOST_NEAR}", queries[0]["sql"])
        near = SearchSpelling.objects.filter(text__in=remains("moeny"))
        self.assertEqual({spelling.word_id for spelling in near}, {"money"})


class MigrationTests(TestCase):
    def test_books_that_were_there_before_are_found_as_those_that_came_later(self):
        old = make_book("Häuser am Fluss", language="de", subjects=["Gärten"], isbn="9783161484100")
        as_indexed = SearchEntry.objects.values("heading", "title", "subjects", "description").get()
        SearchEntry.objects.update(
            heading="", title="hauser am fluss", subjects="garten 9783161484100", description=""
        )
        SearchLanguage.objects.all().delete()
        SearchSpelling.objects.all().delete()

        migration = import_module("books.migrations.0020_search_forms_filled")
        for _ in range(2):
            migration.fill(apps, None)
            migration.fill_spellings(apps, None)

        self.assertEqual(
            SearchEntry.objects.values("heading", "title", "subjects", "description").get(), as_indexed
        )
        for query in ["Haus", "Fluß", "hauser am fluss", "huaser"]:
            with self.subTest(query):
                self.assertEqual(search.search(query)[:9], [old.pk])
