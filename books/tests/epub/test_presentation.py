"""How a book means to be shown, in all the ways in which books say it."""

import zipfile

from django.test import SimpleTestCase

from books.epub import Presentation
from books.tests.epubs import METADATA, make_epub, page, read_epub

PLAIN = Presentation(layout="reflowable", writing_mode="horizontal", page_progression="default")
VERTICAL = Presentation(layout="reflowable", writing_mode="vertical-rl", page_progression="rtl")
LINK = '<link rel="stylesheet" href="style.css" type="text/css"/>'


def presentation_of(css="", *, head=LINK, attributes="", body="<p>雨</p>", **parts):
    chapters = {"one.xhtml": page(body, head=head, attributes=attributes)}
    files = {"style.css": css.encode()} | parts.pop("files", {})
    return read_epub(make_epub(chapters=chapters, files=files, **parts)).presentation


class WritingModeTests(SimpleTestCase):
    def test_a_book_that_says_nothing_is_plain(self):
        self.assertEqual(presentation_of("p { color: red }"), PLAIN)

    def test_style_sheets_say_that_a_page_is_vertical(self):
        for css in (
            "html { writing-mode: vertical-rl }",
            "@charset 'utf-8'; body,p{-epub-writing-mode:vertical-rl;}",
            ":root { -webkit-writing-mode : VERTICAL-RL; }",
            "/* } */ @media screen { html.vrtl, .vrtl { color: red; writing-mode: vertical-rl } }",
            "body { writing-mode: tb-rl }",
        ):
            with self.subTest(css):
                self.assertEqual(presentation_of(css, attributes='class="vrtl"'), VERTICAL)

    def test_what_stands_elsewhere_does_not(self):
        for css in (
            "p { writing-mode: vertical-rl }",
            ".vrtl p { writing-mode: vertical-rl }",
            "html.vrtl { writing-mode: vertical-rl }",
            "/* html { writing-mode: vertical-rl } */",
            "html { writing-mode: vertical-rl } html { writing-mode: horizontal-tb }",
        ):
            with self.subTest(css):
                self.assertEqual(presentation_of(css), PLAIN)

    def test_an_imported_sheet_counts_and_a_circle_of_imports_ends(self):
        sheets = {
            "base.css": b'@import "style.css"; html { writing-mode: vertical-rl }',
        }

        self.assertEqual(presentation_of('@import url("base.css");', files=sheets), VERTICAL)

    def test_a_style_element_an_attribute_and_a_meta_count_and_an_alternate_sheet_does_not(self):
        rule = "writing-mode: vertical-rl"
        self.assertEqual(presentation_of(head=f"<style>html {{ {rule} }}</style>"), VERTICAL)
        self.assertEqual(presentation_of(attributes=f'style="{rule}"'), VERTICAL)
        meta = METADATA + '<meta name="primary-writing-mode" content="vertical-rl"/>'
        self.assertEqual(presentation_of(metadata=meta), VERTICAL)
        alternate = LINK.replace('rel="stylesheet"', 'rel="alternate stylesheet"')
        self.assertEqual(presentation_of(f"html {{ {rule} }}", head=alternate), PLAIN)

    def test_one_vertical_page_of_three_makes_no_vertical_book(self):
        chapters = {
            "one.xhtml": page("<p>a</p>", attributes='style="writing-mode: vertical-rl"'),
            "two.xhtml": "<p>b</p>",
            "three.xhtml": "<p>c</p>",
        }

        self.assertEqual(read_epub(make_epub(chapters=chapters)).presentation, PLAIN)

    def test_a_hostile_sheet_is_read_to_its_end(self):
        for css in ("/*" * 300_000, "a{" * 300_000, "@import " * 80_000, "x" * 900_000):
            with self.subTest(css[:8]):
                self.assertEqual(presentation_of(css), PLAIN)


class LayoutTests(SimpleTestCase):
    def test_pages_may_follow_each_other_from_right_to_left(self):
        self.assertEqual(presentation_of(progression="rtl").page_progression, "rtl")
        self.assertEqual(presentation_of(progression="ltr").page_progression, "ltr")
        self.assertEqual(presentation_of(progression="sideways").page_progression, "default")

    def test_a_fixed_layout_is_known_by_each_of_its_signs(self):
        for name, parts in {
            "EPUB 3": {"metadata": METADATA + '<meta property="rendition:layout">pre-paginated</meta>'},
            "Amazon": {"metadata": METADATA + '<meta name="fixed-layout" content="true"/>'},
            "Apple": {
                "raw": {
                    "META-INF/com.apple.ibooks.display-options.xml": b"<display_options><platform name='*'>"
                    b"<option name='fixed-layout'>true</option></platform></display_options>"
                }
            },
        }.items():
            with self.subTest(name):
                self.assertEqual(presentation_of(**parts).layout, "fixed")

    def test_a_book_most_of_whose_pages_are_fixed_is_fixed(self):
        package = zipfile.ZipFile(make_epub()).read("EPUB/package.opf").decode()
        fixed = package.replace("<itemref ", '<itemref properties="rendition:layout-pre-paginated" ')

        for text, layout in {package: "reflowable", fixed: "fixed"}.items():
            with self.subTest(layout):
                epub = read_epub(make_epub(raw={"EPUB/package.opf": text}))

                self.assertEqual(epub.presentation.layout, layout)

    def test_a_flowing_layout_may_be_said_too(self):
        metadata = METADATA + '<meta property="rendition:layout">reflowable</meta>'

        self.assertEqual(presentation_of(metadata=metadata).layout, "reflowable")
