"""Which page of the printed book one is on while reading."""

from django.test import TestCase

from books.models import Chapter, PrintedPages
from books.publishing.importing import import_epub
from books.reading.printed_pages import PageBreak, page_at, page_breaks
from books.tests.builders import make_book
from books.tests.epubs import make_epub

RAIN = "<p>It rained. It rained.</p>"
PAGES = """<nav epub:type="page-list"><ol><li><a href="one.xhtml#a">xii</a></li>
<li><a href="one.xhtml#b">1</a></li>
<li><a href="three.xhtml#c">2</a></li><li><a href="three.xhtml#d">4</a></li></ol></nav>"""
CHAPTERS = {
    "one.xhtml": f'<h1>One</h1><p>Before.</p><p id="a">A &amp; b.</p>{RAIN}<p id="b">It stopped.</p>',
    "two.xhtml": f"<h1>Two</h1>{RAIN}",
    "three.xhtml": f'<h1 id="c">Three</h1>{RAIN}<p>It <span id="d"/>rained.</p>',
}


class PrintedPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = import_epub(make_epub(chapters=CHAPTERS, nav=PAGES)).book

    def breaks(self, number):
        return page_breaks(Chapter.objects.select_related("book").get(book=self.book, number=number))

    def test_a_place_is_on_the_page_that_began_last(self):
        chapter = self.book.chapters.get(number=1)
        breaks = self.breaks(1)

        for words, page in (("Before", ""), ("A & b", "xii"), ("rained", "xii"), ("It stopped", "1")):
            with self.subTest(words):
                at = (chapter.plain_text.index(words) + 1) / len(chapter.plain_text)
                self.assertEqual(page_at(breaks, at), page)
        self.assertEqual(page_at(breaks, 1), "1")

    def test_a_chapter_in_which_no_page_begins_is_on_that_of_the_chapter_before(self):
        self.assertEqual(self.breaks(2), [PageBreak(0.0, "1")])

    def test_a_chapter_that_begins_with_a_page_begins_on_it(self):
        first, second = self.breaks(3)

        self.assertEqual((first, second.number), (PageBreak(0.0, "2"), "4"))
        self.assertTrue(0.5 < second.fraction < 1)

    def test_a_list_of_pages_out_of_order_is_put_in_order(self):
        pages = PrintedPages.objects.get(book=self.book)
        pages.places = [["4", 3, "text-d"], ["1", 1, "text-b"], ["2", 3, "text-c"], ["xii", 1, "text-a"]]
        pages.save()

        self.assertEqual([each.number for each in self.breaks(3)], ["2", "4"])
        self.assertEqual(self.breaks(2)[0].fraction, 0)

    def test_a_book_that_names_no_pages_has_none_and_asks_for_none(self):
        chapter = make_book().chapters.select_related("book").first()

        with self.assertNumQueries(0):
            self.assertEqual(page_breaks(chapter), [])
        self.assertEqual(page_at([], 0.5), "")
