"""Facts that books write in many ways: dates, languages, ISBNs, titles, people, pages of the printed book."""

from datetime import UTC, date, datetime

from django.test import SimpleTestCase

from books.epub import Person, PrintedPage
from books.epub.describing import people
from books.models.catalogue.contributors import Role
from books.tests.epubs import CHAPTERS, METADATA, make_epub, page, read_epub, toc

NEXT_YEAR = datetime.now(UTC).year + 1


def metadata_of(inner):
    return read_epub(make_epub(metadata=inner)).metadata


class DateTests(SimpleTestCase):
    def assert_published(self, written, day, precision):
        metadata = metadata_of(f"<dc:date>{written}</dc:date>")
        self.assertEqual((metadata.published, metadata.published_to), (day, precision), written)

    def test_a_date_is_as_exact_as_the_book_says(self):
        for written, day, precision in (
            ("1813", date(1813, 1, 1), "year"),
            ("[1813]", date(1813, 1, 1), "year"),
            ("c. 1813", date(1813, 1, 1), "year"),
            ("©1813 by the author", date(1813, 1, 1), "year"),
            ("1813-00-00", date(1813, 1, 1), "year"),
            ("1813-1815", date(1813, 1, 1), "year"),
            ("1813-05", date(1813, 5, 1), "month"),
            ("1813-05-00", date(1813, 5, 1), "month"),
            ("May 1813", date(1813, 5, 1), "month"),
            ("1813-01-01", date(1813, 1, 1), "day"),
            ("1813-01-28T00:00:00+00:00", date(1813, 1, 28), "day"),
            ("1813/1/28", date(1813, 1, 28), "day"),
            ("18130128", date(1813, 1, 28), "day"),
            ("28.1.1813", date(1813, 1, 28), "day"),
            ("28 January 1813", date(1813, 1, 28), "day"),
            ("January 28th, 1813", date(1813, 1, 28), "day"),
            ("Thu, 28 Jan 1813 00:00:00 GMT", date(1813, 1, 28), "day"),
            ("28 mai 1813", date(1813, 1, 1), "year"),
            ("Jänner 1813", date(1813, 1, 1), "year"),
            ("März 1813", date(1813, 1, 1), "year"),
            (str(NEXT_YEAR), date(NEXT_YEAR, 1, 1), "year"),
        ):
            with self.subTest(written):
                self.assert_published(written, day, precision)

    def test_an_undefined_or_impossible_date_is_none(self):
        for written in (
            "0101-01-01T00:00:00+00:00",
            "0101-01-01",
            "0001-01-01",
            "0000",
            "0000-00-00",
            "1813-02-30",
            "1813-13-01",
            "30 February 1813",
            "9999-12-31",
            "2999",
            "31.12.9999",
            "99",
            "unknown",
            "12345678901234567890",
        ):
            with self.subTest(written):
                self.assert_published(written, None, "day")

    def test_of_several_dates_the_first_possible_one_of_the_publication_counts(self):
        dates = '<dc:date opf:event="{}">{}</dc:date>'
        for inner, day in (
            (dates.format("modification", "2020") + dates.format("publication", "1813"), date(1813, 1, 1)),
            (dates.format("creation", "1812") + dates.format("publication", "1813"), date(1813, 1, 1)),
            (dates.format("original-publication", "1813"), date(1813, 1, 1)),
            (dates.format("conversion", "2020"), None),
            ("<dc:date>0101-01-01</dc:date><dc:date>1813</dc:date>", date(1813, 1, 1)),
            ('<meta property="dcterms:issued">1813</meta>', date(1813, 1, 1)),
            ('<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta>', None),
        ):
            with self.subTest(inner):
                self.assertEqual(metadata_of(inner).published, day)


class LanguageTests(SimpleTestCase):
    def test_a_language_is_one_tag_however_it_is_written(self):
        for tag, ways in {
            "en": (
                *("en", "eng", "ENG", "English", "english", " en ", "Englisch", "anglais", "en-"),
                *("en, fr", "en;fr", "en/fr", "eng; ger", "urn:lang:en"),
                "http://id.loc.gov/vocabulary/iso639-2/eng",
            ),
            "de": ("ger", "deu", "GER", "German", "Deutsch"),
            "he": ("he", "heb", "iw", "Hebrew", "עברית"),
            "fr": ("fra", "fre", "français"),
            "zh": ("chi", "zho", "Chinese"),
            "ja": ("jpn", "jp", "日本語"),
            "yi": ("ji", "yid"),
            "en-US": ("en_US", "EN-us", "eng-us", "en-us", "en US", "en--US"),
            "zh-Hant": ("zh-hant", "ZH_HANT", "zho-Hant"),
            "pt-BR": ("pt_br", "por-BR", "pt_BR.UTF-8"),
            "cs": ("cz", "ces"),
            "el": ("gr", "gre"),
            "uk": ("ua", "ukr"),
            "grc": ("grc", "Ancient Greek"),
            "es": ("Spanish; Castilian", "spa", "Spanish, English"),
            "und": ("", "und", "xx", "Englisch!", "none", "UNKNOWN", "42", "a" * 100, "-", "en-" + "a" * 80),
        }.items():
            for written in ways:
                with self.subTest(written):
                    self.assertEqual(metadata_of(f"<dc:language>{written}</dc:language>").language, tag)

    def test_the_first_language_that_is_one_counts(self):
        named = "<dc:language>und</dc:language><dc:language>x</dc:language><dc:language>ger</dc:language>"

        self.assertEqual(metadata_of(named).language, "de")


class IsbnTests(SimpleTestCase):
    def test_an_isbn_is_found_in_all_usual_writings(self):
        for written in (
            "<dc:identifier>ISBN-13: 978-3-16-148410-0</dc:identifier>",
            "<dc:identifier>ISBN 978 3 16 148410 0</dc:identifier>",
            "<dc:identifier>ISBN13:9783161484100</dc:identifier>",
            "<dc:identifier>urn:isbn:9783161484100</dc:identifier>",
            "<dc:identifier>URN:ISBN:978-3-16-148410-0</dc:identifier>",
            "<dc:identifier>978–3–16–148410–0</dc:identifier>",
            "<dc:identifier>978\u20113\u201116\u2011148410\u20110 (pbk.)</dc:identifier>",
            "<dc:identifier>eISBN: 978-3-16-148410-0</dc:identifier>",
            "<dc:identifier>EAN: 9783161484100</dc:identifier>",
            "<dc:identifier>e-ISBN 978.3.16.148410.0</dc:identifier>",
            "<dc:identifier>ISBN13: 978_3_16_148410_0</dc:identifier>",
            "<dc:identifier>ISBN 978/3/16/148410/0</dc:identifier>",
            "<dc:identifier>978 – 3 – 16 – 148410 – 0</dc:identifier>",
            "<dc:identifier>ISBN 3.16.148410.X</dc:identifier>",
            "<dc:identifier>９７８３１６１４８４１００</dc:identifier>",
            '<dc:identifier opf:scheme="ISBN">9783161484100</dc:identifier>',
            '<dc:identifier opf:scheme="isbn">3-16-148410-X</dc:identifier>',
            '<dc:identifier scheme="ISBN">3-16-148410-X</dc:identifier>',
            "<dc:identifier>ISBN-10: 3-16-148410-X</dc:identifier>",
            "<dc:identifier>ISBN-10 3 16 148410 X</dc:identifier>",
            "<dc:identifier>isbn:316148410x</dc:identifier>",
            "<dc:identifier>316148410X</dc:identifier>",
            '<dc:identifier id="i">316148410X</dc:identifier>'
            '<meta refines="#i" property="identifier-type" scheme="onix:codelist5">02</meta>',
            "<dc:source>urn:isbn:9783161484100</dc:source>",
            "<dc:source>Print edition, ISBN 3-16-148410-X</dc:source>",
            "<dc:identifier>9783161484101</dc:identifier><dc:identifier>9783161484100</dc:identifier>",
            '<meta name="isbn" content="9783161484100"/>',
        ):
            with self.subTest(written):
                self.assertEqual(metadata_of(written).isbn, "9783161484100")

    def test_what_only_looks_like_an_isbn_is_none(self):
        for written in (
            "ISBN-13: 978-3-16-148410-1",
            "ISBN-10: 3-16-148410-1",
            "ISBN",
            "urn:uuid:97831614-8410-0abc-8000-000000000000",
            "urn:uuid:21111111-2222-3333-4444-555555555550",
            "https://example.com/316148410X/9",
            "order 316148410X",
            "9783161484100123",
            "1234567890123",
        ):
            with self.subTest(written):
                self.assertEqual(metadata_of(f"<dc:identifier>{written}</dc:identifier>").isbn, "")

    def test_the_books_own_isbn_comes_before_that_of_the_printed_one(self):
        metadata = metadata_of(
            "<dc:source>urn:isbn:9780306406157</dc:source><dc:identifier>9783161484100</dc:identifier>"
        )

        self.assertEqual(metadata.isbn, "9783161484100")


class TitleTests(SimpleTestCase):
    def test_the_readings_of_ruby_are_no_part_of_a_title(self):
        ruby = "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>"
        escaped = ruby.replace("<", "&lt;").replace(">", "&gt;")
        for written in (ruby, escaped, ruby.replace("<ruby", '<ruby xmlns="http://www.w3.org/1999/xhtml"')):
            with self.subTest(written):
                self.assertEqual(metadata_of(f"<dc:title>{written}の本</dc:title>").title, "漢字の本")
                self.assertEqual(metadata_of(f"<dc:creator>{written}</dc:creator>").authors, ("漢字",))

    def test_a_line_break_in_a_title_parts_its_words(self):
        title = '<dc:title>The<br xmlns="http://www.w3.org/1999/xhtml"/>Ferry</dc:title>'

        self.assertEqual(metadata_of(title).title, "The Ferry")

    def test_nor_of_a_heading_or_a_line_of_the_contents(self):
        ruby = "<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>"
        chapters = {"one.xhtml": f"<h1>{ruby}の章</h1><p>a</p>", "two.xhtml": "<h1>二</h1><p>b</p>"}

        for parts in ({}, {"nav": toc((f"{ruby}の章", "one.xhtml"), ("二", "two.xhtml"))}):
            with self.subTest(parts):
                epub = read_epub(make_epub(chapters=chapters, **parts))

                self.assertEqual((epub.chapters[0].title, epub.contents[0].title), ("漢字の章", "漢字の章"))

    def test_markup_in_a_title_is_left_out(self):
        self.assertEqual(metadata_of("<dc:title>The &lt;i&gt;Ferry&lt;/i&gt;</dc:title>").title, "The Ferry")
        self.assertEqual(metadata_of("<dc:title>1 &lt; 2</dc:title>").title, "1 < 2")

    def test_what_cannot_be_seen_is_no_part_of_a_title(self):
        for sign in ("\xad", "\u200b", "\u2060", "\ufeff"):
            with self.subTest(repr(sign)):
                chapters = {"one.xhtml": f"<h1>Eisen{sign}bahn</h1><p>a</p>"}
                epub = read_epub(
                    make_epub(metadata=f"<dc:title>Eisen{sign}bahn{sign}buch</dc:title>", chapters=chapters)
                )

                self.assertEqual(
                    (epub.metadata.title, epub.chapters[0].title), ("Eisenbahnbuch", "Eisenbahn")
                )

    def test_a_title_and_an_author_are_sorted_as_the_book_says(self):
        for inner in (
            '<dc:title opf:file-as="Ferry, The">The Ferry</dc:title>'
            '<dc:creator opf:file-as="Quill, Ada">Ada Quill</dc:creator>',
            '<dc:title id="t">The Ferry</dc:title><meta refines="#t" property="file-as">Ferry, The</meta>'
            '<dc:creator id="a">Ada Quill</dc:creator>'
            '<meta refines="#a" property="file-as">Quill, Ada</meta>',
            '<dc:title>The Ferry</dc:title><meta name="calibre:title_sort" content="Ferry, The"/>'
            '<dc:creator file-as="Quill, Ada">Ada Quill</dc:creator>',
        ):
            with self.subTest(inner):
                metadata = metadata_of(inner)

                self.assertEqual(metadata.title_file_as, "Ferry, The")
                self.assertEqual(metadata.authors_file_as, {"Ada Quill": "Quill, Ada"})


class PeopleTests(SimpleTestCase):
    def roles(self, inner):
        return [(person.role, person.name) for person in metadata_of(inner).contributors]

    def test_people_have_the_roles_that_the_book_gives_them(self):
        refined = (
            '<dc:{0} id="x">Ilya</dc:{0}><meta refines="#x" property="role" scheme="marc:relators">{1}</meta>'
        )
        for written, role in {
            "trl": "trl",
            "TRL": "trl",
            "ill": "ill",
            "edt": "edt",
            "nrt": "nrt",
            "aui": "aui",
            "win": "aui",
            "wfw": "wfw",
            "aft": "aft",
            "http://id.loc.gov/vocabulary/relators/trl": "trl",
            "marc:trl": "trl",
            "Translator": "trl",
            "B06": "trl",
            "A12": "ill",
        }.items():
            with self.subTest(written):
                author = "<dc:creator>Ada</dc:creator>"
                attribute = f'<dc:contributor opf:role="{written}">Ilya</dc:contributor>'

                self.assertEqual(self.roles(author + attribute), [(role, "Ilya")])
                self.assertEqual(
                    self.roles(author + refined.format("contributor", written)), [(role, "Ilya")]
                )
                self.assertEqual(self.roles(author + refined.format("creator", written)), [(role, "Ilya")])

    def test_a_person_may_have_done_several_things(self):
        inner = (
            '<dc:creator id="a">Ada</dc:creator><meta refines="#a" property="role">aut</meta>'
            '<meta refines="#a" property="role">ill</meta>'
            '<dc:contributor id="b">Bea</dc:contributor><meta refines="#b" property="role">trl</meta>'
            '<meta refines="#b" property="role">aui</meta>'
        )

        self.assertEqual(metadata_of(inner).authors, ("Ada",))
        self.assertEqual(self.roles(inner), [("ill", "Ada"), ("trl", "Bea"), ("aui", "Bea")])

    def test_a_contributor_without_a_role_is_named_and_a_program_is_not(self):
        inner = (
            "<dc:creator>Ada</dc:creator><dc:contributor>Bea</dc:contributor>"
            '<dc:contributor opf:role="bkp">calibre (7.0) [https://calibre-ebook.com]</dc:contributor>'
            '<dc:contributor opf:role="pbl">A House</dc:contributor>'
        )

        self.assertEqual(self.roles(inner), [("ctb", "Bea")])

    def test_an_author_among_the_contributors_is_an_author(self):
        metadata = metadata_of(
            '<dc:creator>Ada</dc:creator><dc:contributor opf:role="aut">Bea</dc:contributor>'
        )

        self.assertEqual((metadata.authors, metadata.contributors), (("Ada", "Bea"), ()))

    def test_an_editor_in_an_authors_place_is_still_an_editor(self):
        metadata = metadata_of('<dc:creator opf:role="edt" opf:file-as="Page, Edda">Edda Page</dc:creator>')

        self.assertEqual(metadata.contributors, (Person("Edda Page", "edt", "Page, Edda"),))

    def test_every_role_that_is_kept_has_words(self):
        self.assertEqual(set(people.SHOWN), set(Role.values))


class PrintedPageTests(SimpleTestCase):
    MARKED = {
        "one.xhtml": '<h1>One</h1><p id="p1">It rained.</p><p>Then <span id="p2"/>not.</p>',
        "two.xhtml": '<h1>Two</h1><p id="p3">It stopped.</p>',
    }
    PAGES = (
        PrintedPage("i", 1, "text-p1"),
        PrintedPage("2", 1, "text-p2"),
        PrintedPage("3", 2, "text-p3"),
    )

    def test_a_page_list_is_kept_with_its_places(self):
        links = [("i", "one.xhtml#p1"), ("Page 2", "one.xhtml#p2"), ("[p. 3]", "TWO.xhtml#p3")]
        items = "".join(f'<li><a href="{href}">{label}</a></li>' for label, href in links)
        targets = "".join(
            f'<pageTarget><navLabel><text>{label}</text></navLabel><content src="{src}"/></pageTarget>'
            for label, src in links
        )
        pages = "".join(f'<page name="{label}" href="{href}"/>' for label, href in links)
        for name, parts in {
            "EPUB 3": {"nav": f'<nav epub:type="page-list"><ol>{items}</ol></nav>'},
            "a role": {"nav": f'<nav role="doc-pagelist" hidden=""><ol>{items}</ol></nav>'},
            "EPUB 2": {"ncx": f"<ncx><navMap/><pageList>{targets}</pageList></ncx>"},
            "Adobe": {
                "files": {"map.xml": f"<page-map>{pages}</page-map>".encode()},
                "types": {"map.xml": "application/oebps-page-map+xml"},
            },
        }.items():
            with self.subTest(name):
                self.assertEqual(
                    read_epub(make_epub(chapters=self.MARKED, **parts)).printed_pages, self.PAGES
                )

    def test_without_a_list_the_marks_in_the_text_are_kept(self):
        mark = '<span epub:type="pagebreak" id="{}" title="{}"/>'
        chapters = {
            "one.xhtml": f"<h1>One</h1><p>a{mark.format('p1', 'i')}</p><p>b{mark.format('p2', '2')}c</p>",
            "two.xhtml": '<h1>Two</h1><hr role="doc-pagebreak" id="p3" aria-label=" Page 3. "/><p>d</p>',
        }

        self.assertEqual(read_epub(make_epub(chapters=chapters)).printed_pages, self.PAGES)

    def test_a_mark_without_an_id_or_a_number_elsewhere_gets_or_gives_one(self):
        chapters = {
            "one.xhtml": '<p>a<span epub:type="pagebreak">7</span>b</p>'
            '<p><a epub:type="pagebreak" id="page_8"/>c</p>'
            '<hr role="doc-pagebreak" id="p108" aria-label="Page 9"/><p>d</p>'
        }

        pages = read_epub(make_epub(chapters=chapters)).printed_pages

        self.assertEqual([page.number for page in pages], ["7", "8", "9"])
        self.assertTrue(all(page.fragment for page in pages))

    def test_a_target_of_epub_2_without_a_label_is_called_by_its_value(self):
        target = '<pageTarget value="37"><content src="one.xhtml#p1"/></pageTarget>'
        ncx = f"<ncx><navMap/><pageList>{target}</pageList></ncx>"

        pages = read_epub(make_epub(chapters=self.MARKED, ncx=ncx)).printed_pages

        self.assertEqual(pages, (PrintedPage("37", 1, "text-p1"),))

    def test_what_is_no_number_of_a_page_is_left_out(self):
        links = "".join(f'<li><a href="one.xhtml">{label}</a></li>' for label in ("", "Page", "x" * 40))

        nav = f'<nav epub:type="page-list"><ol>{links}</ol></nav>'

        self.assertEqual(read_epub(make_epub(nav=nav)).printed_pages, ())

    def test_most_books_have_no_printed_pages(self):
        document = page("<h1>One</h1><p>It rained.</p>")

        self.assertEqual(read_epub(make_epub(chapters=CHAPTERS | {"one.xhtml": document})).printed_pages, ())
        self.assertEqual(read_epub(make_epub(metadata=METADATA)).printed_pages, ())
