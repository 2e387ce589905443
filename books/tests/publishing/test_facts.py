"""What a file says about its book: stored at import, shown on its page, kept where staff know better."""

from datetime import date

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Author, Book, PrintedPages
from books.models.catalogue.contributors import Role, credits_of, from_lines, in_lines
from books.models.catalogue.presentation import direction_of
from books.publishing.facts import credit, describe
from books.publishing.importing import import_epub
from books.reading.languages import language_name
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.epubs import CHAPTERS, METADATA, make_epub

CREDITS = """<dc:contributor opf:role="trl">Ilya Line</dc:contributor>
<dc:contributor opf:role="ill">Bea Bell</dc:contributor>
<dc:contributor opf:role="trl">Edda Page</dc:contributor>"""
MARKED = {
    "one.xhtml": '<h1>One</h1><p>It <span id="p36"/>rained.</p>',
    "two.xhtml": '<h1>Two</h1><p id="p37">It stopped.</p><p id="p40">It rained.</p>',
}
PAGES = """<nav epub:type="page-list"><ol><li><a href="one.xhtml">xii</a></li>
<li><a href="one.xhtml#p36">36</a></li>
<li><a href="two.xhtml#p37">37</a></li><li><a href="two.xhtml#p40">40</a></li></ol></nav>"""


def import_book(metadata=METADATA, **parts):
    return import_epub(make_epub(metadata=metadata, **parts)).book


class DateTests(TestCase):
    def test_a_year_alone_is_shown_as_a_year(self):
        for written, shown, for_machines in (
            ("1813", "1813", "1813"),
            ("1813-01", "January 1813", "1813-01"),
            ("1813-01-28", "January 28, 1813", "1813-01-28"),
        ):
            with self.subTest(written):
                book = import_book(f"{METADATA}<dc:date>{written}</dc:date>")

                page = " ".join(self.client.get(book.get_absolute_url()).text.split())

                self.assertIn(f"<dt>Published</dt> <dd> {shown} </dd>", page)
                self.assertIn(f'"datePublished": "{for_machines}"', page)

    def test_staff_say_how_exact_a_date_is(self):
        book = make_book(published=date(1813, 1, 1))
        self.client.force_login(make_staff())
        address = reverse("admin:books_book_change", args=[book.pk])
        form = self.client.get(address).context["adminform"].form
        sent = {
            name: value for name, value in form.initial.items() if value is not None and name in form.fields
        }
        authorship = book.authorships.get()
        rows = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-id": authorship.pk, "0-author": authorship.author_id}
        sent |= {f"authorships-{name}": value for name, value in rows.items()}
        sent |= {"other_editions-TOTAL_FORMS": 0, "other_editions-INITIAL_FORMS": 0}
        sent |= {"price": "9.00", "authorships-0-position": 0, "authorships-0-book": book.pk}

        self.client.post(
            address,
            sent
            | {
                "published_to": "year",
                "contributors": "Translated by Ilya Line\r\nwith Bea Bell",
                "subjects": [],
            },
        )

        book.refresh_from_db()
        self.assertEqual(book.published_to, "year")
        self.assertEqual(book.contributors, [["trl", "Ilya Line"], ["ctb", "Bea Bell"]])

        answer = self.client.post(address, sent | {"contributors": "Ilya Line", "subjects": []})

        self.assertContains(answer, "“Ilya Line” does not begin with what the person did")


class LanguageTests(TestCase):
    def test_a_language_has_a_name_and_a_direction(self):
        for written, name, direction in (
            ("eng", "English", "ltr"),
            ("ger", "German", "ltr"),
            ("heb", "Hebrew", "rtl"),
            ("English", "English", "ltr"),
            ("ara", "Arabic", "rtl"),
            ("yid", "Yiddish", "rtl"),
            ("lat", "Latin", "ltr"),
            ("zh-hant", "Traditional Chinese", "ltr"),
        ):
            with self.subTest(written):
                book = import_book(METADATA.replace(">en<", f">{written}<"))

                page = " ".join(self.client.get(book.get_absolute_url()).text.split())
                chapter = " ".join(self.client.get(f"/books/{book.pk}/read/1/").text.split())

                self.assertIn(f"<dt>Language</dt> <dd> {name} </dd>", page)
                self.assertIn(f'lang="{book.language}" dir="{direction}"', chapter)

    def test_the_script_of_a_language_decides_its_direction(self):
        for tag, direction in {
            "pa-Arab": "rtl",
            "ar-Latn": "ltr",
            "he-IL": "rtl",
            "az-Arab-IR": "rtl",
            "ku": "ltr",
            "en": "ltr",
        }.items():
            with self.subTest(tag):
                self.assertEqual(direction_of(tag), direction)

    def test_a_language_without_a_name_keeps_its_tag(self):
        self.assertEqual(language_name("qaa"), "qaa")
        self.assertEqual(language_name("de-AT"), "German")


class ContributorTests(TestCase):
    def test_contributors_are_shown_by_what_they_did(self):
        book = import_book(METADATA + CREDITS)

        answer = self.client.get(book.get_absolute_url())

        page = " ".join(answer.text.split())
        self.assertIn("Translated by Ilya Line, Edda Page", page)
        self.assertIn("Illustrated by Bea Bell", page)
        translators = ", ".join(
            f'{{"@type": "Person", "name": "{name}"}}' for name in ("Ilya Line", "Edda Page")
        )
        self.assertIn(f'"translator": [{translators}]', page)
        self.assertEqual(book.author_names, "Ada Quill")

    def test_a_contributor_who_wrote_a_book_in_the_shop_is_linked_and_no_other(self):
        wrote = make_book("Another", authors=["Ilya Line"])
        make_book("Not in the shop", authors=["Bea Bell"], is_published=False)
        book = import_book(METADATA + CREDITS)

        page = self.client.get(book.get_absolute_url())

        self.assertContains(page, f'<a href="{wrote.authors.get().get_absolute_url()}">Ilya Line</a>')
        self.assertNotContains(page, ">Bea Bell</a>")
        self.assertEqual(Author.objects.count(), 3)

    def test_a_book_without_contributors_asks_for_none(self):
        with self.assertNumQueries(0):
            self.assertEqual(credits_of([]), [])

    def test_a_second_file_replaces_them(self):
        import_book(METADATA + CREDITS)

        book = import_book(METADATA)

        self.assertEqual(book.contributors, [])

    def test_what_staff_type_is_what_is_kept(self):
        kept = [[role.value, f"Somebody {role.value}"] for role in Role]

        self.assertEqual(from_lines(in_lines(kept)), kept)
        self.assertEqual(from_lines(" \n"), [])
        for wrong in ("Ilya Line", "Translated by", "Translated by \u200b", "Translator Ilya"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                from_lines(wrong)


class SortingTests(TestCase):
    def test_titles_are_listed_as_the_book_files_them(self):
        file_as = METADATA.replace("<dc:title>", '<dc:title opf:file-as="Ferry, The">')
        import_book(file_as)
        make_book("Gulls")
        make_book("Eels")

        page = self.client.get(reverse("book_list"), {"sort": "title"}).context["page"]

        self.assertEqual([book.title for book in page], ["Eels", "The Ferry", "Gulls"])

    def test_what_is_after_a_place_and_at_a_letter_follows_the_same_order(self):
        for title, file_as in (
            ("The Ferry", "Ferry, The"),
            ("Gulls", ""),
            ("Eels", ""),
            ("A Tide", "Tide, A"),
        ):
            make_book(title, title_file_as=file_as)

        def titles(**query):
            page = self.client.get(reverse("book_list"), {"sort": "title", "size": "12", **query}).context[
                "page"
            ]
            return [book.title for book in page]

        self.assertEqual(titles(**{"from": "F"}), ["The Ferry", "Gulls", "A Tide"])
        ferry = Book.objects.get(title="The Ferry")
        self.assertEqual(titles(after=f"Ferry, The~{ferry.pk}"), ["Gulls", "A Tide"])

    def test_authors_are_sorted_as_the_book_files_them_unless_staff_said_otherwise(self):
        said = METADATA.replace("<dc:creator>", '<dc:creator opf:file-as="{}">')
        make_book(authors=["Zoe Abel", "Bea Rook"])
        import_book(said.format("Quill, Ada"))

        self.assertEqual(
            [author.name for author in Author.objects.all()], ["Bea Rook", "Ada Quill", "Zoe Abel"]
        )

        import_book(said.format("Ada"))

        self.assertEqual(Author.objects.get(name="Ada Quill").sort_name, "Quill, Ada")


class LockedFactTests(TestCase):
    def test_what_belongs_to_a_fact_is_set_with_it_or_not_at_all(self):
        book = make_book(published=date(1900, 1, 2))

        describe(
            book, {"published_to": "year", "title_file_as": "X", "series_position": 2, "subtitle": "New"}
        )
        credit(book, {"authors_file_as": {"Ada Quill": "Quill, Ada"}})

        self.assertEqual((book.published_to, book.title_file_as, book.series_position), ("day", "", None))
        self.assertEqual((book.subtitle, book.authors.get().file_as), ("New", ""))


class PrintedPageTests(TestCase):
    def test_a_page_of_the_printed_book_is_gone_to(self):
        book = import_book(chapters=MARKED, nav=PAGES)
        chapter = f"/books/{book.pk}/read/{{}}/"

        for number, address in {
            "37": chapter.format(2) + "#text-p37",
            " 36 ": chapter.format(1) + "#text-p36",
            "XII": chapter.format(1),
            # No page 38 is marked: it begins after 37.
            "38": chapter.format(2) + "#text-p37",
        }.items():
            with self.subTest(number):
                answer = self.client.get(f"/books/{book.pk}/page/", {"number": number})

                self.assertRedirects(answer, address, fetch_redirect_response=False)

    def test_a_page_that_is_not_there_is_said(self):
        book = import_book(chapters=MARKED, nav=PAGES)

        for number in ("41", "1", "x", "", "9" * 4_000, "<b>"):
            with self.subTest(number):
                answer = self.client.get(f"/books/{book.pk}/page/", {"number": number}, follow=True)

                self.assertEqual(answer.status_code, 200)
                self.assertContains(answer, "The printed book has no page")
                self.assertNotContains(answer, "<b>”")

    def test_the_reader_asks_for_a_page_where_the_book_has_pages(self):
        with_pages = import_book(chapters=MARKED, nav=PAGES)
        without = make_book("Another")

        self.assertContains(self.client.get(f"/books/{with_pages.pk}/read/1/"), "Page of the printed book")
        self.assertNotContains(self.client.get(f"/books/{without.pk}/read/1/"), "Page of the printed book")
        self.assertEqual(self.client.get(f"/books/{without.pk}/page/?number=1").status_code, 404)
        self.assertContains(self.client.get(with_pages.get_absolute_url()), "<dt>Printed pages</dt>")

    def test_a_chapter_names_the_page_it_begins_on_and_those_that_begin_in_it(self):
        book = import_book(chapters=MARKED, nav=PAGES)
        self.client.force_login(make_reader(all_books=True))

        for number, first, pages in (
            (1, "xii", '[["xii", ""], ["36", "text-p36"]]'),
            (2, "36", '[["36", ""], ["37", "text-p37"], ["40", "text-p40"]]'),
        ):
            with self.subTest(number):
                page = self.client.get(f"/books/{book.pk}/read/{number}/")

                self.assertContains(page, f"<span data-printed-number>{first}</span>")
                self.assertContains(page, pages)

    def test_a_chapter_before_the_first_page_names_none_until_that_is_reached(self):
        pages = PrintedPages(places=[["1", 2, "text-p1"], ["2", 3, ""]])

        self.assertEqual(pages.within(1), [])
        self.assertEqual(pages.within(2), [["1", "text-p1"]])
        self.assertEqual(pages.within(3), [["2", ""]])
        self.assertEqual(pages.within(4), [["2", ""]])

    def test_a_chapter_of_a_book_without_pages_says_nothing_of_them_and_asks_for_none(self):
        book = make_book("Another")
        with CaptureQueriesContext(connection) as asked:
            page = self.client.get(f"/books/{book.pk}/read/1/")

        self.assertNotContains(page, "printed-")
        self.assertEqual([query for query in asked if "printedpages" in query["sql"]], [])

    def test_a_page_beyond_the_sample_is_for_sale_and_one_of_a_hidden_book_is_nowhere(self):
        book = import_book(chapters=MARKED, nav=PAGES)

        self.assertEqual(self.client.get(f"/books/{book.pk}/page/?number=37", follow=True).status_code, 403)
        book.unpublish()
        self.assertEqual(self.client.get(f"/books/{book.pk}/page/?number=36").status_code, 404)

    def test_an_edition_without_pages_has_none(self):
        import_book(chapters=MARKED, nav=PAGES)

        book = import_book(chapters=CHAPTERS)

        self.assertEqual((book.printed_page_count, PrintedPages.objects.count()), (0, 0))
