"""What counts as the same letter, whoever compares: Python, or PostgreSQL for the text of chapters."""

import unicodedata

import pytest
from django.db import connection
from django.test import SimpleTestCase, TestCase

from books.search.inside.full_text import WORD, folded
from books.search.language.words import LETTERS, fold

# All of the scripts that books are printed in; the rarest lie beyond.
BASIC_PLANE = range(1, 0x10000)


def words_of(text):
    return " ".join(WORD.findall(folded(text)))


class FoldTests(SimpleTestCase):
    def test_case_accents_and_ligatures_make_no_difference(self):
        for text, plain in [
            ("Łódź", "lodz"),
            ("STRASSE Straße STRAẞE", "strasse strasse strasse"),
            ("Œuvre Æon Þorn Ðe ﬁn", "oeuvre aeon thorn de fin"),
            ("Σίσυφος ΣΊΣΥΦΟΣ", "σισυφοσ σισυφοσ"),
            ("τῷ λόγῳ", "τω λογω"),
            ("İstanbul ılık", "istanbul ilik"),
            ("ｆｅｒｒｙ", "ferry"),
        ]:
            with self.subTest(text):
                self.assertEqual(fold(text), plain)
                self.assertEqual(folded(text), plain)

    def test_a_letter_that_is_another_one_stays_another_one(self):
        self.assertEqual(len({fold(letter) for letter in "aäbcdeéоoω猫犬"}), len("abcdeоoω猫犬"))


@pytest.mark.postgresql  # SQLite's index asks Python
class DatabaseTests(TestCase):
    def in_database(self, texts):
        """Return each of the texts as the index of PostgreSQL has it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT written, trim(books_folded(written)) FROM unnest(%s) AS texts (written)", [texts]
            )
            return dict(cursor.fetchall())

    def test_postgresql_folds_every_letter_as_python_does(self):
        letters = [
            letter
            for letter in map(chr, BASIC_PLANE)
            if unicodedata.category(letter)[0] in "LM" or unicodedata.category(letter) in {"Nd", "Cf"}
        ]

        found = self.in_database(letters)

        self.assertGreater(len(found), 50_000)
        self.assertTrue({chr(code) for code in LETTERS} <= found.keys())
        wrong = {letter: words for letter, words in found.items() if words != words_of(letter)}
        self.assertEqual(wrong, {})

    def test_it_folds_words_as_python_does(self):
        for text, words in self.in_database(
            [
                "L’Été à Łódź",
                "τῷ λόγῳ, ὦ Σίσυφος",
                "吾輩は猫である。",
                unicodedata.normalize("NFD", "Über Ærø"),
                "हिन्दी में किताबें, \u093f",
                "อ่านหนังสือ e\u00admail می\u200cخواهم",
            ]
        ).items():
            self.assertEqual(words, words_of(text))

    def test_plain_english_is_folded_the_quick_way_and_is_the_same(self):
        everything = "".join(map(chr, range(1, 0x80))) + "\u00a0‘’“”–—…"
        texts = [everything, "IT RAINED; “and nobody—nobody”, said a word…", "", " ", "x2\ty"]

        for text, quickly in self.in_database(texts).items():
            self.assertEqual(quickly, words_of(text), repr(text))
