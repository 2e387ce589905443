"""What a publisher is told about a book before it is sold."""

import re
import zipfile
from unittest.mock import patch

from django.test import SimpleTestCase

from books.publishing.preflight import preflight
from books.tests.epubs import CHAPTERS, METADATA, make_epub, make_picture, page, read_epub, toc

GOOD_METADATA = METADATA + '<meta property="schema:accessMode">textual</meta>'
CONTENTS = toc(("Low Water", "one.xhtml"), ("High Water", "two.xhtml"))


def findings(body="<h1>Low Water</h1><p>It rained.</p>", **parts):
    """Return what is said of a book without other faults than the given ones, as (level, sentence)."""
    chapters = {"one.xhtml": body, "two.xhtml": "<h1>High Water</h1><p>It stopped.</p>"}
    defaults = {
        "chapters": chapters,
        "metadata": GOOD_METADATA,
        "nav": CONTENTS,
        "cover": make_picture(size=(1000, 1500)),
    }
    found = preflight(read_epub(make_epub(**(defaults | parts))))
    return [(finding.level, finding.sentence) for finding in found]


class PreflightTests(SimpleTestCase):
    def assert_said(self, level, sentence, *args, **parts):
        self.assertIn((level, sentence), findings(*args, **parts))

    def test_of_a_flawless_book_nothing_is_said(self):
        self.assertEqual(findings(), [])

    def test_what_is_missing_is_said(self):
        found = findings(metadata="<dc:title></dc:title>", nav="", cover=None)

        self.assertEqual([level for level, _ in found], sorted(level for level, _ in found))
        self.assertEqual(
            [sentence.split(";")[0].split(",")[0].rstrip(".") for _, sentence in found],
            [
                "The book has no title",
                "The book does not name its language",
                "The book names no author",
                "The book has no identifier",
                "The book says nothing about its accessibility",
                "The book has no cover",
                "The book has no usable table of contents",
            ],
        )

    def test_a_small_cover_and_a_broken_one_are_said(self):
        self.assert_said(
            "warning",
            "The cover is small: 60 × 90 pixels. It looks sharp from 960 pixels across.",
            cover=make_picture(size=(60, 90)),
        )
        self.assert_said(
            "error",
            "The cover cannot be used. The picture is not a PNG, JPEG, GIF or WebP file.",
            cover=b"no picture",
        )

    def test_a_cover_that_is_a_drawing_is_remarked_on_and_its_page_stays_in_the_book(self):
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><title>A ferry</title><path d="M0 0"/></svg>'
        chapters = {"front.xhtml": '<img src="cover.png" alt="A ferry"/>', **CHAPTERS}

        self.assert_said(
            "warning",
            "The cover cannot be used, so the shop sets one from the title. "
            "The picture is a drawing (SVG), not a PNG, JPEG, GIF or WebP file.",
            cover=drawing,
        )
        self.assertEqual(len(read_epub(make_epub(chapters=chapters, cover=drawing)).chapters), 3)
        self.assertEqual(len(read_epub(make_epub(chapters=chapters, cover=make_picture())).chapters), 2)

    def test_fixed_pages_are_said(self):
        fixed = GOOD_METADATA + '<meta property="rendition:layout">pre-paginated</meta>'

        self.assert_said(
            "warning", "The book has fixed pages; readers see its text without them.", metadata=fixed
        )

    def test_pictures_without_alternative_text_are_counted_and_named(self):
        body = '<p><img src="a.png"/><img src="a.png"/><img src="a.png" alt=""/></p>'

        self.assert_said(
            "warning",
            "2 pictures have no alternative text: a.png in “Low Water”.",
            body,
            files={"a.png": make_picture()},
        )

    def test_broken_links_are_listed_and_sound_ones_are_not(self):
        body = """<p id="here"><a href="#gone">a</a> <a href="two.xhtml#gone">b</a>
        <a href="three.xhtml">c</a> <a href="#here">d</a> <a href="two.xhtml">e</a> <a href="https://example.com/">f</a>
        <a href="nav.xhtml">g</a> <a href="two.xhtml#epubcfi(/4)">h</a></p>"""

        self.assert_said(
            "error",
            "3 links lead nowhere in the book: #gone in “Low Water”, two.xhtml#gone in “Low Water”, "
            "three.xhtml in “Low Water”.",
            body,
        )

    def test_what_was_removed_is_counted(self):
        body = """<script>1</script><p onclick="a()">It <img src="https://evil.example/a.png" alt="r"/>
        rained. <a href="tel:+1">call</a></p><form><input/></form><video src="a.mp4">film</video>
        <svg xmlns="http://www.w3.org/2000/svg"><foreignObject/></svg><img src="missing.png" alt="map"/>"""
        document = page(body, head='<script src="a.js"></script>')

        found = {re.split(": | in ", sentence)[0]: level for level, sentence in findings(document)}

        self.assertEqual(
            found,
            {
                "3 scripts were removed": "warning",
                "2 form fields were removed": "warning",
                "An audio clip, video or frame was removed": "warning",
                "A drawing, or a part of it, cannot be shown; readers get its words.": "warning",
                "Something on another server was removed": "warning",
                "A picture is missing, damaged or of a kind that we cannot show": "error",
                "A link that readers cannot follow was removed": "warning",
                "A passage was left out on purpose": "note",
            },
        )

    def test_a_mere_mention_of_another_server_in_the_head_is_no_resource(self):
        head = '<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/"/>'

        self.assertEqual(findings(page("<h1>Low Water</h1><p>It rained.</p>", head=head)), [])
        self.assert_said(
            "warning",
            "Something on another server was removed: https://evil.example/a.css.",
            page("<h1>Low</h1>", head='<link rel="stylesheet" href="https://evil.example/a.css"/>'),
        )

    def test_ids_used_twice_empty_documents_and_unknown_files_are_said(self):
        self.assert_said(
            "error", "An id is used twice: n in “Low Water”.", '<p id="n">It</p><p id="n">rained.</p>'
        )
        chapters = {"one.xhtml": "<h1>Low</h1>", "two.xhtml": "<p>b</p>", "three.xhtml": "<p/>"}
        self.assert_said("note", "A document is empty: EPUB/three.xhtml.", chapters=chapters)
        package = zipfile.ZipFile(make_epub()).read("EPUB/package.opf").decode()
        package = package.replace(
            "<manifest>", '<manifest><item id="x" href="a.bin" media-type="application/x-thing"/>'
        )
        self.assert_said(
            "note",
            "A file is of an unknown kind: EPUB/a.bin (application/x-thing).",
            raw={"EPUB/package.opf": package},
        )

    def test_a_chapter_with_nothing_to_read_is_said(self):
        chapters = {
            "one.xhtml": "<h1>Low</h1><p>a</p>",
            "two.xhtml": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        }

        self.assert_said("warning", "There is nothing to read in High Water.", chapters=chapters)

    def test_a_chapter_that_is_very_long_is_noted(self):
        with patch("books.publishing.preflight.LONG_CHAPTER", 20):
            self.assert_said("note", "Longer than 20 characters, and slow to open: High Water.")

    def test_of_many_examples_five_are_named(self):
        body = "".join(f'<p id="{n}">a</p><p id="{n}">b</p>' for n in range(8))

        [(_, sentence)] = findings(f"<h1>Low Water</h1>{body}")

        self.assertTrue(sentence.startswith("8 ids are used twice: 0 in “Low Water”, 1 in"), sentence)
        self.assertTrue(sentence.endswith("4 in “Low Water” and 3 more."), sentence)
