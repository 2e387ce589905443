"""The page of all marks, their export, and finding words in a text."""

import json

from django.core.management import call_command
from django.db import connection
from django.test import Client, SimpleTestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Mark
from books.reading.marks.listing import PER_PAGE
from books.reading.marks.paragraphs import paragraph_at, with_pilcrows
from books.reading.marks.quotations import find_words
from books.tests.builders import make_book, make_reader
from users.personal_data.erasure import erase
from users.personal_data.export import export

from .test_marks import MarksTestCase, highlight_in


class ListTestCase(MarksTestCase):
    def setUp(self):
        super().setUp()
        self.bus = make_book("Tram Nine", chapters=2)

    def list(self, **parameters):
        return self.client.get(reverse("bookmarks"), parameters)

    def shown(self, **parameters):
        return [mark.words for mark in self.list(**parameters).context["list"].marks]

    def walked(self, **parameters):
        """Return the words on every page, first to last, and then on the way back from the last page."""
        there, back, places = [], [], {}
        while True:
            page = self.list(**parameters, **places).context["list"]
            there += [mark.words for mark in page.marks]
            if not page.next:
                break
            places = {"after": page.next}
        while page.previous:
            page = self.list(**parameters, before=page.previous).context["list"]
            back = [mark.words for mark in page.marks] + back
        return there, back


class ListTests(ListTestCase):
    def test_marks_are_listed_by_book_and_in_reading_order(self):
        highlight_in(self.ada, self.bus, chapter=1, quotation="last")
        highlight_in(self.ada, self.book, chapter=3, quotation="third")
        highlight_in(self.ada, self.book, chapter=1, fraction=0.9, quotation="second")
        highlight_in(self.ada, self.book, chapter=1, fraction=0.00001, quotation="first")
        highlight_in(self.bob, self.book, quotation="Bob's")

        self.assertEqual(self.shown(), ["first", "second", "third", "last"])

    def test_it_is_narrowed_by_book_kind_and_colour_and_by_nothing_else(self):
        highlight_in(self.ada, self.book, colour="green", quotation="green")
        highlight_in(self.ada, self.book, colour="pink", fraction=0.6, quotation="pink", note="Why?")
        self.ada.marks.create(book=self.bus, chapter=1, excerpt="bookmark")

        for expected, parameters in [
            (["green", "pink", "bookmark"], {}),
            (["green", "pink"], {"book": self.book.pk}),
            (["bookmark"], {"kind": "bookmarks"}),
            (["green", "pink"], {"kind": "highlights"}),
            (["pink"], {"kind": "notes"}),
            (["green"], {"colour": "green", "book": self.book.pk}),
            ([], {"colour": "green", "book": self.bus.pk}),
            (["green", "pink", "bookmark"], {"book": "x", "kind": "x", "colour": "x", "after": "x"}),
        ]:
            with self.subTest(parameters):
                self.assertEqual(self.shown(**parameters), expected)
        self.assertContains(self.list(colour="blue"), "Nothing matches.")

    def test_every_mark_is_on_one_page_there_and_back(self):
        expected = []
        for title in ("A", "B", "B"):
            book = make_book(title)
            for number in range(PER_PAGE):
                highlight_in(self.ada, book, fraction=number // 2 / PER_PAGE, quotation=f"{book.pk} {number}")
        expected = [
            mark.words for mark in self.ada.marks.order_by("book__title", "book_id", "fraction", "id")
        ]

        there, back = self.walked()

        self.assertEqual(there, expected)
        self.assertEqual(back, expected[: 2 * PER_PAGE])

    def test_a_page_holds_its_place_though_the_mark_at_it_is_deleted(self):
        for number in range(PER_PAGE + 2):
            highlight_in(self.ada, self.book, fraction=number / 100, quotation=str(number))
        place = self.list().context["list"].next
        self.ada.marks.filter(quotation=str(PER_PAGE - 1)).delete()

        self.assertEqual(self.shown(after=place), [str(PER_PAGE), str(PER_PAGE + 1)])

    def test_they_are_counted_to_a_thousand(self):
        marks = [
            Mark(user=self.ada, book=self.book, chapter=1, fraction=number / 1001) for number in range(1001)
        ]
        Mark.objects.bulk_create(marks[:1000])
        self.assertContains(self.list(), "1,000 marks")

        marks[1000].save()

        self.assertContains(self.list(), "More than 1,000 marks")

    def test_25_marks_cost_as_many_queries_as_one(self):
        highlight_in(self.ada, self.book)
        self.list()
        with CaptureQueriesContext(connection) as one:
            self.list()
        for number in range(12):
            highlight_in(self.ada, self.book, fraction=number / 24)
            highlight_in(self.ada, self.bus, chapter=1, fraction=number / 24)

        with self.assertNumQueries(len(one)):
            self.list()

    def test_an_empty_list_says_how_it_is_filled(self):
        self.assertContains(self.list(), "While you read")

    def test_words_that_are_no_longer_in_the_book_are_shown_and_it_says_so(self):
        highlight_in(self.ada, self.book, quotation="gone", is_lost=True)
        highlight_in(self.ada, self.bus, chapter=1, quotation="still there")

        self.assertContains(self.list(), "These words aren’t in the present edition.", count=1)
        self.assertEqual(self.shown(), ["gone", "still there"])

    def test_a_visitor_has_to_log_in(self):
        response = Client().get(reverse("bookmarks"))

        self.assertTrue(response.url.startswith("/accounts/login/"))


class RefundTests(ListTestCase):
    def setUp(self):
        super().setUp()
        highlight_in(self.ada, self.book, chapter=1, quotation="in the sample")
        highlight_in(self.ada, self.book, chapter=2, quotation="bought", note="Mine")
        self.ada.user_permissions.clear()

    def test_marks_stay_with_their_own_words_and_lead_no_further(self):
        page = self.list()

        self.assertContains(page, "bought")
        self.assertContains(page, "Mine")
        self.assertContains(page, f'href="/books/{self.book.pk}/read/1/?at=0.5#place"')
        self.assertNotContains(page, f'href="/books/{self.book.pk}/read/2/')
        self.assertNotContains(page, "ferry did not come")

    def test_the_note_can_be_changed_and_the_mark_deleted(self):
        mark = self.ada.marks.get(chapter=2)
        address = f"/library/bookmarks/{mark.pk}/"
        self.assertNotContains(self.client.get(address), f'href="/books/{self.book.pk}/read/2/')

        self.client.post(address, {"note": "Still mine", "colour": "green"})
        self.assertEqual(self.ada.marks.get(chapter=2).note, "Still mine")
        self.client.post(f"{address}delete/")

        self.assertEqual(self.marked("quotation"), [("in the sample",)])

    def test_no_link_leads_to_a_book_that_is_not_published_any_more(self):
        self.book.is_published = False
        self.book.save()

        self.assertNotContains(self.list(), f'href="/books/{self.book.pk}/')


class ExportTests(ListTestCase):
    def setUp(self):
        super().setUp()
        highlight_in(
            self.ada,
            self.book,
            chapter=2,
            fraction=0.25,
            quotation="1. *Two*\nlines",
            note="<b>Why?</b>",
            chapter_title="The Quay",
        )
        self.ada.marks.create(book=self.book, chapter=3, excerpt="It rained.", is_lost=True)
        highlight_in(self.bob, self.book, quotation="Bob's")
        highlight_in(self.ada, self.bus, quotation="of another book")

    def file(self, form, book=None):
        return self.client.get(reverse("bookmarks_export", args=[(book or self.book).pk, form]))

    def test_as_json_it_has_every_fact_of_this_book_s_own_marks(self):
        response = self.file("json")

        data = json.loads(response.content)
        self.assertEqual((data["title"], data["authors"]), ("The Ferry", ["Ada Quill"]))
        first, second = data["marks"]
        self.assertIn("T", first.pop("created_at"))
        self.assertEqual(
            first,
            {
                "kind": "highlight",
                "chapter": 2,
                "chapter_title": "The Quay",
                "quotation": "1. *Two*\nlines",
                "note": "<b>Why?</b>",
                "colour": "green",
                "is_lost": False,
                "link": f"http://testserver/books/{self.book.pk}/read/2/?at=0.25#place",
            },
        )
        self.assertEqual((second["kind"], second["colour"], second["is_lost"]), ("bookmark", None, True))
        self.assertEqual(second["quotation"], "It rained.")
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertEqual(
            response.headers["Content-Disposition"], 'attachment; filename="The Ferry, my notes.json"'
        )

    def test_as_markdown_what_is_text_stays_text(self):
        response = self.file("markdown")

        self.assertEqual(response.headers["Content-Type"], "text/markdown; charset=utf-8")
        lines = response.text.split("\n")
        self.assertEqual(lines[:4], ["# The Ferry", "", "Ada Quill", ""])
        self.assertEqual(
            lines[4:10], ["## The Quay", "", r"> 1\. \*Two\*", "> lines", "", r"\<b\>Why?\</b\>"]
        )
        self.assertIn("Highlight, green, ", lines[11])
        self.assertIn(f"(http://testserver/books/{self.book.pk}/read/2/?at=0.25#place)", lines[11])
        self.assertIn("## Chapter 3", lines)
        self.assertIn("not in the present edition", response.text)
        self.assertNotIn("Bob", response.text)

    def test_there_is_none_without_marks_or_in_another_form(self):
        self.assertEqual(self.file("json", make_book("Unread")).status_code, 404)
        self.assertEqual(self.file("pdf").status_code, 404)

    def test_the_account_s_own_export_has_them_and_erasing_takes_them(self):
        rows = export(self.ada)["marks"]
        self.assertEqual(
            [(row["book__title"], row["quotation"], row["colour"]) for row in rows if row["colour"]],
            [("The Ferry", "1. *Two*\nlines", "green"), ("Tram Nine", "of another book", "green")],
        )

        erase(self.ada)

        self.assertEqual([mark.user for mark in Mark.objects.all()], [self.bob])


class QuotationTests(SimpleTestCase):
    def test_white_space_makes_no_difference(self):
        for words in ("two three", "two\n three", "twothree", " two three "):
            with self.subTest(words):
                self.assertEqual(find_words("one two\nthree four", words), (4, 13))

    def test_words_that_are_not_there_and_no_words_are_not_found(self):
        self.assertIsNone(find_words("one two", "three"))
        self.assertIsNone(find_words("one two", " "))
        self.assertIsNone(find_words("", "one"))

    def test_the_nearest_are_found_on_either_side(self):
        text = "rain " * 100
        for near, start in [(0, 0), (0.301, 150), (0.308, 155), (1, 495)]:
            with self.subTest(near=near):
                self.assertEqual(find_words(text, "rain", near=near), (start, start + 4))


class ParagraphTests(SimpleTestCase):
    HTML = (
        '<section><h2 id="a">The Quay</h2><p title="1 &gt; 0">It <em>rained</em> &amp; rained.</p>'
        '<ul><li>One</li><li><p>Two</p></li></ul><p><img src="a.png"></p>'
        "<p><ruby>雨<rt>あめ</rt></ruby>が</p></section>"
    )

    def test_each_block_that_holds_words_or_a_picture_is_one(self):
        found = [paragraph_at(self.HTML, number) for number in range(1, 7)]

        self.assertEqual(
            [paragraph.words for paragraph in found],
            ["The Quay", "It rained & rained.", "One", "Two", "", "雨 が"],
        )
        self.assertEqual(found[0].share, 0)
        self.assertIsNone(paragraph_at(self.HTML, 7))
        self.assertIsNone(paragraph_at(self.HTML, 0))

    def test_a_link_has_the_number_of_its_paragraph(self):
        html = with_pilcrows(self.HTML)

        for number, words in [(1, "The Quay"), (2, "It <em>"), (4, "Two"), (5, "<img"), (6, "<ruby>")]:
            self.assertIn(f'<a class="pilcrow" href="mark/{number}/">¶</a>{words}', html)
        self.assertEqual(html.count("¶"), 6)


class MigrationTests(TransactionTestCase):
    serialized_rollback = True

    def tearDown(self):
        call_command("migrate", verbosity=0)

    def test_bookmarks_become_marks_and_the_way_back_keeps_one_at_each_place_with_all_notes(self):
        book, ada = make_book("The Ferry"), make_reader("ada")
        ada.marks.create(book=book, chapter=1, fraction=0.5, excerpt="It rained.", note="First")
        for number, colour in enumerate(["pink", "blue"]):
            highlight_in(ada, book, chapter=1, colour=colour, note="Second", quotation=f"rained {number}")
        highlight_in(ada, book, chapter=2, colour="green", note="Alone")

        call_command("migrate", "books", "0039", verbosity=0)
        call_command("migrate", verbosity=0)

        kept = ada.marks.values_list("chapter", "colour", "quotation", "excerpt", "note")
        self.assertEqual(list(kept), [(1, "", "", "It rained.", "First\n\nSecond"), (2, "", "", "", "Alone")])
