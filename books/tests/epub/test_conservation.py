"""What a book says is shown, or the import names what is missing and what is left out on purpose."""

import zipfile
from unittest.mock import patch

from django.test import SimpleTestCase

from books.epub import FindingKind, reading
from books.publishing.preflight import preflight
from books.tests.cases import case
from books.tests.epub.test_preflight import findings
from books.tests.epubs import make_epub, make_picture, page, read_epub, toc

LOSSES = {FindingKind.LOST_DOCUMENT, FindingKind.LOST_WORDS}


def losses(epub):
    return [(finding.kind, finding.detail) for finding in epub.findings if finding.kind in LOSSES]


def texts(epub):
    return [" / ".join(chapter.plain_text.split("\n")) for chapter in epub.chapters]


def without_in_spine(name, **parts):
    """Return a book whose spine leaves out one of its documents."""
    package = zipfile.ZipFile(make_epub(**parts)).read("EPUB/package.opf").decode()
    package = package.replace(f'<itemref idref="{name}"/>', "")
    return {**parts, "raw": {"EPUB/package.opf": package}}


class LossTests(SimpleTestCase):
    """The reader's page loses something, and the import says what."""

    def read(self, before, after="", chapters=None):
        def lossy(pages, longest):
            return whole(pages, longest).replace(before, after)

        whole = reading.sanitise
        with patch.object(reading, "sanitise", lossy):
            return read_epub(make_epub(**{"chapters": chapters} if chapters else {}))

    def test_of_a_sound_book_nothing_is_lost(self):
        self.assertEqual(losses(read_epub(make_epub())), [])

    def test_lost_words_are_named_with_their_document(self):
        chapters = {"one.xhtml": f"<p>{'It rained. ' * 20}</p><p>The ferry was late.</p><p>It stopped.</p>"}

        epub = self.read("The ferry was late.", chapters=chapters)

        self.assertEqual(
            losses(epub),
            [(FindingKind.LOST_WORDS, "“The ferry was late It stopped …” in EPUB/one.xhtml")],
        )

    def test_a_single_letter_that_is_lost_is_an_error(self):
        self.assertEqual(len(losses(self.read("rained", "rainedd"))), 0)
        self.assertEqual(len(losses(self.read("rained", "raned"))), 1)

    def test_a_lost_document_is_named(self):
        epub = self.read("<h2>High Water</h2><p>It stopped.</p>")

        self.assertEqual(losses(epub), [(FindingKind.LOST_DOCUMENT, "EPUB/two.xhtml")])

    def test_words_in_another_order_are_lost_words(self):
        chapters = {"one.xhtml": "<p>Ada went first, and waited.</p><p>Then came Bob with the two dogs.</p>"}

        epub = self.read(
            "<p>Ada went first, and waited.</p><p>Then came Bob with the two dogs.</p>",
            "<p>Then came Bob with the two dogs.</p><p>Ada went first, and waited.</p>",
            chapters,
        )

        self.assertEqual([kind for kind, _ in losses(epub)], [FindingKind.LOST_WORDS])


class DocumentTests(SimpleTestCase):
    def test_a_spine_document_of_another_type_is_read_or_named(self):
        epub = read_epub(case("F01-chapter-typed-text-xml"))

        self.assertEqual([chapter.title for chapter in epub.chapters], ["One", "Two"])
        self.assertEqual(losses(epub), [])

    def test_what_in_the_spine_cannot_be_read_is_an_error_with_its_name(self):
        manifest = '<item id="b" href="b.pdf" media-type="application/pdf"/>'
        package = zipfile.ZipFile(make_epub()).read("EPUB/package.opf").decode()
        package = package.replace("<manifest>", f"<manifest>{manifest}")
        package = package.replace("<spine>", '<spine><itemref idref="b"/>')

        found = findings(raw={"EPUB/package.opf": package, "EPUB/b.pdf": b"%PDF-1.7"})

        self.assertIn(("error", "A document of the book cannot be shown: EPUB/b.pdf."), found)

    def test_a_document_in_the_contents_but_not_in_the_spine_is_read_last_and_named(self):
        chapters = {"one.xhtml": "<h1>Low</h1>", "two.xhtml": "<h1>Mid</h1>", "three.xhtml": "<h1>High</h1>"}
        nav = toc(("Low", "one.xhtml"), ("Mid", "two.xhtml"), ("High", "three.xhtml"))
        parts = without_in_spine("two.xhtml", chapters=chapters, nav=nav)

        epub = read_epub(make_epub(**parts))

        self.assertEqual(texts(epub), ["Low", "High", "Mid"])
        self.assertEqual([(entry.title, entry.chapter) for entry in epub.contents][1], ("Mid", 3))
        self.assertIn(
            "A document is in the contents but not in the spine, so it is shown at the end: EPUB/two.xhtml.",
            [message.sentence for message in preflight(epub) if message.level == "error"],
        )

    def test_a_document_that_only_a_link_leads_to_is_read_last_and_named(self):
        chapters = {
            "one.xhtml": '<h1>Low</h1><a href="two.xhtml#n">1</a>',
            "two.xhtml": '<h1>Notes</h1><p id="n">See <a href="three.xhtml">more</a></p>',
            "three.xhtml": "<h1>More</h1>",
        }
        parts = without_in_spine("two.xhtml", chapters=chapters)
        parts["raw"]["EPUB/package.opf"] = parts["raw"]["EPUB/package.opf"].replace(
            '<itemref idref="three.xhtml"/>', ""
        )

        epub = read_epub(make_epub(**parts))

        self.assertEqual(texts(epub), ["Low / 1", "Notes / See more", "More"])
        self.assertIn('href="../2/#text-n"', epub.chapters[0].html)
        self.assertIn(
            "2 files are linked but not in the spine, so they are shown at the end: "
            "EPUB/two.xhtml, EPUB/three.xhtml.",
            [message.sentence for message in preflight(epub) if message.level == "warning"],
        )

    def test_a_document_that_nothing_leads_to_is_no_chapter(self):
        epub = read_epub(make_epub(**without_in_spine("two.xhtml")))

        self.assertEqual(texts(epub), ["Low Water / It rained."])

    def test_a_document_that_only_the_contents_have_is_an_error_with_its_name(self):
        nav = toc(("Low Water", "one.xhtml"), ("High Water", "two.xhtml"), ("Gone", "three.xhtml#a"))

        self.assertIn(
            ("error", "The contents list a document that is not in the file: EPUB/three.xhtml."),
            findings(nav=nav),
        )

    def with_doctype(self, doctype):
        document = page("<p>It rained, says &who; today.</p>").replace(
            b"<html", doctype.encode() + b"<html", 1
        )
        epub = read_epub(make_epub(chapters={"one.xhtml": document}))
        return epub.chapters[0].plain_text, [detail for _, detail in losses(epub)]

    def test_the_text_of_an_entity_that_a_document_defines_is_read(self):
        for name, definitions, expected in (
            ("a text", '<!ENTITY who "Ada Quill">', "Ada Quill"),
            ("single quotation marks", "<!ENTITY who 'Ada \"Quill\"'>", 'Ada "Quill"'),
            ("a character", '<!ENTITY who "&#197;da &amp; Bob">', "Åda & Bob"),
            ("of another entity", '<!ENTITY first "Ada">\n<!ENTITY who "&first; Quill">', "Ada Quill"),
            ("defined twice", '<!ENTITY who "Ada"><!ENTITY who "Bob">', "Ada"),
            ("not ASCII", '<!ENTITY who "Зоя">', "Зоя"),
        ):
            with self.subTest(name):
                said = self.with_doctype(f"<!DOCTYPE html [\n{definitions}\n]>")

                self.assertEqual(said, (f"It rained, says {expected} today.", []))

    def test_an_entity_that_is_more_than_a_text_is_an_error_with_its_name(self):
        for name, definition, expected in (
            ("markup", '"<b>Ada</b> Quill"', "“Ada Quill today …” in EPUB/one.xhtml"),
            ("a file", 'SYSTEM "who.xhtml"', "&who; in EPUB/one.xhtml"),
            ("a file of others", 'PUBLIC "-//A//B" "who.xhtml"', "&who; in EPUB/one.xhtml"),
        ):
            with self.subTest(name):
                text, lost = self.with_doctype(f"<!DOCTYPE html [<!ENTITY who {definition}>]>")

                self.assertEqual((text, lost), ("It rained, says &who; today.", [expected]))

    def test_an_entity_that_nobody_defines_is_shown_as_it_is_written(self):
        for doctype in ('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/a.dtd">', ""):
            with self.subTest(doctype):
                self.assertEqual(self.with_doctype(doctype), ("It rained, says &who; today.", []))

    def test_words_in_the_head_and_a_spine_of_markdown_are_errors_with_a_sentence(self):
        head = page("<p>It rained.</p>", head="Lost words<p>here</p>")
        self.assertIn(
            (
                "error",
                "Some words would be lost: “Lost words here It rained …” in EPUB/one.xhtml.",
            ),
            findings(chapters={"one.xhtml": head}),
        )
        self.assertIn(
            ("error", "A document of the book cannot be shown: EPUB/one.md."),
            findings(
                chapters={"one.md": b"# Rain", "two.xhtml": "<p>It rained.</p>"},
                types={"one.md": "text/markdown"},
            ),
        )


class LeftOutTests(SimpleTestCase):
    def said(self, body):
        return [sentence for level, sentence in findings(body) if level == "note"]

    def test_what_is_left_out_on_purpose_is_remarked_on_with_its_words(self):
        for words, body in {
            "links to other pages: “Back to the start”": '<p role="navigation">Back to the start</p>',
            "the words in place of a film: “A ferry.”": '<video src="a.mp4">A ferry.</video>',
            "a form field: “Yes No”": "<select><option>Yes</option> <option>No</option></select>",
            "another version of the same passage: “x + 1”": '<epub:switch><epub:case required-namespace="x">'
            "x + 1</epub:case><epub:default>x plus one</epub:default></epub:switch>",
            "a formula in another notation: “x^2”": '<math xmlns="http://www.w3.org/1998/Math/MathML">'
            '<semantics><mi>x</mi><annotation encoding="TeX">x^2</annotation></semantics></math>',
        }.items():
            with self.subTest(words):
                said = self.said(f"<h1>Low Water</h1><p>It rained.</p>{body}<p>It stopped.</p>")

                self.assertEqual(said, [f"A passage was left out on purpose: {words} in “Low Water”."])

    def test_many_passages_in_a_row_may_be_left_out(self):
        fields = "<select><option>Yes</option><option>No</option></select>" * 30
        for after in ("<p>Yes, it rained on the ferry all day.</p>", ""):
            with self.subTest(after):
                epub = read_epub(make_epub(chapters={"one.xhtml": f"<p>It rained.</p>{fields}{after}"}))

                self.assertEqual((losses(epub), len(epub.left_out)), ([], 30))

    def test_a_word_that_is_left_out_for_several_reasons_hides_no_passage_between(self):
        body = (
            '<p>It rained on Monday.</p><p class="gone">FAIL</p><p>If it did not, it was Tuesday.</p>'
            "<audio>If this text is shown, nothing is heard.</audio><p>If you hear it, it rains.</p>"
            "<epub:switch><epub:case>FAIL</epub:case><epub:default>PASS</epub:default></epub:switch>"
        )
        document = page(body, head="<style>.gone { display: none }</style>")

        epub = read_epub(make_epub(chapters={"one.xhtml": document}))

        self.assertEqual((losses(epub), len(epub.left_out)), ([], 3))

    def test_scripts_and_styles_are_no_words(self):
        self.assertEqual(self.said("<h1>Low Water</h1><style>p { color: red }</style><p>It rained.</p>"), [])

    def test_the_words_of_forms_and_those_for_readers_without_scripts_are_shown(self):
        body = "<form><p>Your name:</p><input/></form><noscript><p>It rained.</p></noscript>"

        self.assertEqual(
            texts(read_epub(make_epub(chapters={"one.xhtml": body}))), ["Your name: / It rained."]
        )

    def test_the_page_of_contents_and_that_of_the_cover_are_named(self):
        nav = f"<h1>Contents</h1>{toc(('Low', 'one.xhtml'), ('High', 'two.xhtml'))}"
        cover = '<img src="cover.png" alt="Cover"/>'
        chapters = {"cover.xhtml": cover, "one.xhtml": "<h1>Low</h1>", "two.xhtml": "<h1>High</h1>"}
        package = zipfile.ZipFile(make_epub(chapters=chapters, nav=nav, cover=make_picture()))
        package = (
            package.read("EPUB/package.opf")
            .decode()
            .replace("<spine>", '<spine><itemref idref="nav.xhtml"/>')
        )

        found = findings(chapters=chapters, nav=nav, raw={"EPUB/package.opf": package})

        self.assertIn(
            (
                "note",
                "2 passages were left out on purpose: the page of contents: EPUB/nav.xhtml, "
                "the page of the cover: EPUB/cover.xhtml.",
            ),
            found,
        )

    def test_a_page_of_contents_with_a_text_of_its_own_is_a_chapter(self):
        nav = f"<h1>Foreword</h1><p>{'It rained on the ferry. ' * 20}</p>{toc(('Low', 'one.xhtml'))}"
        package = zipfile.ZipFile(make_epub(nav=nav)).read("EPUB/package.opf").decode()
        package = package.replace("<spine>", '<spine><itemref idref="nav.xhtml"/>')

        epub = read_epub(make_epub(nav=nav, raw={"EPUB/package.opf": package}))

        self.assertIn("It rained on the ferry.", texts(epub)[0])


class ToolsTests(SimpleTestCase):
    """What programs write of which nothing is lost, and nothing is said to be."""

    def test_words_conditions(self):
        document = (
            b"<html><body><p>It rained.</p><!--[if gte mso 9]><v:shape/><![endif]-->"
            b'<![if !vml]><img src="a.png" alt="A map"><![endif]>'
            b"<p><![if !supportLists]>1. <![endif]>All day.</p></body></html>"
        )

        epub = read_epub(make_epub(chapters={"one.xhtml": document}, files={"a.png": make_picture()}))

        self.assertEqual(texts(epub), ["It rained. / 1. All day."])
        self.assertEqual(losses(epub), [])

    def test_a_picture_that_is_named_only_in_several_sizes_is_shown(self):
        body = '<p><img srcset="a.png 1x, b.png 2x" alt="A map"/></p>'

        epub = read_epub(make_epub(chapters={"one.xhtml": body}, files={"a.png": make_picture()}))

        self.assertIn(".png", epub.chapters[0].html)


class OrderTests(SimpleTestCase):
    def test_what_is_in_a_table_but_in_no_cell_stays_in_its_place(self):
        for name, rows in {
            "text": "<tr><td>One</td></tr>Two<tr><td>Three</td></tr>",
            "a paragraph": "<tbody><tr><td>One</td></tr><p>Two</p><tr><td>Three</td></tr></tbody>",
            "text in a row": "<tr><td>One</td>Two<td>Three</td></tr>",
            "a division around rows": "<tr><td>One</td></tr><div><tr><td>Two</td></tr></div>"
            "<tr><td>Three</td></tr>",
        }.items():
            with self.subTest(name):
                epub = read_epub(make_epub(chapters={"one.xhtml": f"<table>{rows}</table>"}))

                self.assertEqual(epub.chapters[0].plain_text.split(), ["One", "Two", "Three"])
                self.assertEqual(losses(epub), [])

    def test_words_in_elements_of_drawings_and_formulas_are_shown_outside_of_them_too(self):
        body = "<text>One</text> <desc>two</desc> <mi>three</mi> <switch>four</switch> <x-y>five</x-y>"

        epub = read_epub(make_epub(chapters={"one.xhtml": f"<p>{body}</p>"}))

        self.assertEqual(texts(epub), ["One two three four five"])

    def test_what_follows_a_note_to_a_formula_is_shown(self):
        formula = "<semantics><mi>x</mi><annotation>x</annotation>squared</semantics>"

        epub = read_epub(make_epub(chapters={"one.xhtml": f"<math>{formula}</math>"}))

        self.assertIn("squared", epub.chapters[0].html)
