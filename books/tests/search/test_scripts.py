"""Words of every script are found, with or without what cannot be seen, and marked as whole characters."""

import unicodedata

from books.models import Book
from books.publishing.importing import import_epub
from books.search import search
from books.tests.builders import make_book, make_reader
from books.tests.cases import case
from books.tests.search.test_full_text import InsideTestCase, write


class ScriptsTests(InsideTestCase):
    def assert_finds(self, text, query, *expected):
        book = write(make_book(chapters=1), text)
        with self.subTest(query):
            self.assertEqual(self.snippets(query, book=book), list(expected))

    def assert_finds_nothing(self, text, query):
        book = write(make_book(chapters=1), text)
        with self.subTest(query):
            self.assertEqual(self.found(query, book=book), [])

    def test_what_cannot_be_seen_makes_no_difference(self):
        for text, query in [
            ("Donau\u00addampf\u00adschiff", "donaudampfschiff"),
            ("Donau\u200bdampf\u2060schiff", "donaudampfschiff"),
            ("donaudampfschiff", "Donau\u00addampf\u00adschiff"),
            ("مـــكـتـبـة", "مكتبة"),
            ("مكتبة", "مـكتبة"),
            ("می\u200cخواهم", "میخواهم"),
            ("میخواهم", "می\u200cخواهم"),
        ]:
            self.assert_finds(f"x. {text} y.", query, f"[{text}] y.")

    def test_any_two_syllables_of_a_korean_word_are_found(self):
        self.assert_finds("저는 도서관에서 책을 읽어요.", "서관", "저는 도[서관]에서 책을 읽어요.")
        self.assert_finds("저는 도서관에서 책을 읽어요.", "도서관", "저는 [도서관]에서 책을 읽어요.")
        self.assert_finds_nothing("저는 도서관에서 책을 읽어요.", "관서")
        apart = unicodedata.normalize("NFD", "도서관에서 읽어요.")
        self.assert_finds(apart, "서관", "도[서관]에서 읽어요.")

    def test_thai_is_found_within_its_lines(self):
        self.assert_finds("ฉันชอบอ่านหนังสือที่บ้าน", "หนังสือ", "ฉันชอบอ่าน[หนังสือ]ที่บ้าน")
        self.assert_finds("ฉันชอบอ่านหนังสือที่บ้าน", "อ่าน", "ฉันชอบ[อ่าน]หนังสือที่บ้าน")
        self.assert_finds_nothing("ฉันชอบอ่านหนังสือ", "สือหนัง")

    def test_the_vowel_signs_of_hindi_belong_to_the_word(self):
        self.assert_finds("मुझे किताबें पसंद हैं।", "किताबें", "मुझे [किताबें] पसंद हैं।")
        self.assert_finds("मुझे किताबें पसंद हैं।", "किताब", "मुझे [किताबें] पसंद हैं।")
        self.assert_finds_nothing("कोमल", "कमल")

    def test_whole_characters_are_marked(self):
        self.assert_finds("กี่วัน", "กี", "[กี่]วัน")
        self.assert_finds_nothing("กี่วัน", "ก")
        self.assert_finds("x e\u0301te\u0301.", "été", "x [e\u0301te\u0301].")

    def test_compounds_are_found_with_and_without_their_hyphens(self):
        self.assert_finds("Send an e-mail today.", "email", "Send an [e-mail] today.")
        self.assert_finds("Send an email today.", "e-mail", "Send an [email] today.")
        self.assert_finds("Send e\u2011mails today.", "e-mail", "Send [e\u2011mails] today.")
        self.assert_finds("Send e mail today.", "e-mail", "Send [e mail] today.")
        self.assert_finds("A well-known-fact.", "known-fact", "A well-[known-fact].")
        self.assert_finds("They don’t.", "dont", "They [don’t].")
        self.assert_finds_nothing("Send the male.", "e-mail")
        self.assert_finds_nothing("He will e-file and mail.", '"file and mail efile"')

    def test_titles_are_found_in_the_same_way(self):
        titles = {
            "Donau\u00addampfer": "donaudampfer",
            "हिन्दी कथा": "हिन्दी",
            "한강의 밤": "강의",
            "E-Mail": "email",
        }
        for title, query in titles.items():
            book = make_book(title)
            with self.subTest(title):
                found = search(query)
                self.assertEqual(list(Book.objects.filter(pk__in=found[:5])), [book])

    def test_files_that_went_wrong(self):
        reader = make_reader("ada", all_books=True)
        for name, queries in {
            "F08b-korean": ["양이", "붕에", "고양이", "지붕"],
            "F08-soft-hyphens": ["Silbentrennung", "Donaudampfschifffahrtskapitän", "einzeln", "Wortverbund"],
        }.items():
            book = import_epub(case(name)).book
            for query in queries:
                with self.subTest(name, query=query):
                    self.assertEqual(self.found(query, book=book, reader=reader), [(book.title, 1)])
