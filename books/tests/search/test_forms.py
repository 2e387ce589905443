"""Other forms of a word find a book in its language; the words as they are always do, in every script."""

import unicodedata

from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from books import search
from books.models import Book
from books.search.language.stems import ALGORITHMS, stemmed_language, stems
from books.search.language.words import WORD
from books.tests.builders import make_book

# Letters, digits and what is between them, in the scripts in which books are printed.
TITLES = st.text(
    st.characters(max_codepoint=0xFFFF, categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60
)


def found(query):
    """Return the titles of the books found, best first."""
    ids = search.search(query)[:24]
    books = Book.objects.in_bulk(ids)
    return [books[pk].title for pk in ids]


class FormsTests(TestCase):
    def test_another_form_finds_a_book_in_its_language(self):
        for language, title, queries in [
            ("en", "Run to the Ferry", ["running", "runs ferries"]),
            ("de-AT", "Das Haus am Fluss", ["Häuser", "hauses", "hauser flusses"]),
            ("de", "Häuser", ["Haus"]),
            ("fr", "Manger", ["mangées", "mange"]),
            ("es", "La canción", ["canciones"]),
            ("ru", "Книга", ["книгой", "книги"]),
        ]:
            book = make_book(title, language=language, description="", authors=[])
            for query in queries:
                with self.subTest(title, query=query):
                    self.assertIn(title, found(query))
            book.delete()

    def test_so_does_one_in_its_subjects_and_its_description(self):
        make_book("Ferry", subjects=["Gardens"], description="Nobody was running.")

        for query in ["garden", "gardening", "runs"]:
            with self.subTest(query):
                self.assertEqual(found(query), ["Ferry"])

    def test_names_of_people_have_no_other_forms(self):
        make_book("Ferry", authors=["Ada Hopping"], description="")

        self.assertEqual(found("hopping"), ["Ferry"])
        self.assertEqual(found("hops"), [])

    def test_a_form_in_a_language_in_which_the_shop_has_no_book_finds_nothing(self):
        make_book("Haus", language="en")

        self.assertEqual(found("Häuser"), [])

        make_book("Boot", language="de")
        self.assertEqual(found("Häuser"), ["Haus"])

    def test_a_match_in_the_title_comes_first_whatever_its_form(self):
        make_book("Garden")
        make_book("Newer", description="About gardens.")

        self.assertEqual(found("gardens"), ["Garden", "Newer"])

    def test_languages_without_stems_are_found_by_their_words(self):
        make_book("吾輩は猫である", language="ja")

        self.assertEqual(found("猫"), ["吾輩は猫である"])
        self.assertEqual(stemmed_language("ja"), "")
        self.assertEqual(stems("Neko", [""]), {})

    def test_every_language_with_stems_has_a_stemmer(self):
        for language in ALGORITHMS:
            with self.subTest(language):
                self.assertIn("ferry", stems("Ferry", [language]))


class EveryTitleTests(PropertyTestCase):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(title=TITLES, language=st.sampled_from(["en", "de", "tr", "ja"]))
    def test_every_book_is_found_by_each_word_of_its_title(self, title, language):
        book = make_book(title, language=language, authors=[], description="", chapters=0)

        for word in WORD.findall(unicodedata.normalize("NFC", book.title)):
            self.assertIn(book.title, found(word), repr(word))
