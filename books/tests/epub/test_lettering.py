"""Letters that are pictures, and words that only a style sheet writes, are in the text."""

from unittest.mock import patch

from django.test import SimpleTestCase

from books.epub import FindingKind
from books.epub.styling import applying
from books.tests.epub.test_conservation import losses
from books.tests.epubs import make_epub, make_picture, page, read_epub

RAIN = '<p class="n">It rained.</p><p>It <b class="n">stopped</b>.</p>'


def read(body):
    return read_epub(make_epub(chapters={"one.xhtml": body}, files={"t.png": make_picture()}))


def text_of(body):
    return read(body).chapters[0].plain_text


class LetteringTests(SimpleTestCase):
    def test_the_letters_of_a_picture_are_in_the_word_beside_it(self):
        for body, expected in {
            '<p><img src="t.png" alt="T"/>he ferry.</p>': "The ferry.",
            '<p>\n<span class="drop"><img src="t.png" alt="“T"/></span>he ferry.</p>': "“The ferry.",
            '<p><img src="t.png" alt="I"/> was born.</p>': "I was born.",
            '<p>森<img src="t.png" alt="鷗"/>外の本</p>': "森鷗外の本",
            '<p>The ferr<img src="t.png" alt="y"/>.</p>': "The ferry.",
            '<p><img src="gone.png" alt="T"/>he ferry.</p>': "The ferry.",
            '<p><svg xmlns="http://www.w3.org/2000/svg"><title>T</title><path d="M0 0"/></svg>he</p>': "The",
        }.items():
            with self.subTest(body):
                epub = read(body)

                self.assertEqual(epub.chapters[0].plain_text, expected)
                self.assertEqual(losses(epub), [])

    def test_the_picture_is_still_shown_and_the_letters_are_said_once(self):
        html = read('<p><img src="t.png" alt="T"/>he ferry.</p>').chapters[0].html

        self.assertRegex(html, r'<span class="pictured">T</span><img src="[^"]*\.png" alt="" .*>he ferry')

    def test_other_pictures_keep_their_alternative_text_to_themselves(self):
        for body in (
            '<p>See <img src="t.png" alt="B"/> here.</p>',
            '<p><img src="t.png" alt="T"/></p><p>he ferry.</p>',
            '<p><img src="t.png" alt="Map"/>of the coast</p>',
            '<p><img src="t.png" alt="*"/>of the coast</p>',
            '<p><img src="t.png" alt=""/>of the coast</p>',
        ):
            with self.subTest(body):
                self.assertNotIn("pictured", read(body).chapters[0].html)


class GeneratedTests(SimpleTestCase):
    def styled(self, css, body=RAIN):
        document = page(body, head=f"<style>{css}</style>")
        return read_epub(make_epub(chapters={"one.xhtml": document}))

    def text(self, css, body=RAIN):
        return self.styled(css, body).chapters[0].plain_text.replace("\n", " / ")

    def test_texts_before_and_after_elements_are_shown(self):
        for css, expected in {
            '.n::before { content: "Note: " }': "Note: It rained. / It Note: stopped.",
            '.n:after { content: " *" }': "It rained. * / It stopped *.",
            ".n::before { content: open-quote } .n::after { content: close-quote }": (
                "“It rained.” / It “stopped”."
            ),
            '.n::before { content: "☞ " / "Note" }': "☞ It rained. / It ☞ stopped.",
            '.n::before { content: "a" } p.n::before { content: none }': "It rained. / It astopped.",
            'p + p::before { content: "II " } p:first-child::before { content: "I " }': (
                "I It rained. / II It stopped."
            ),
        }.items():
            with self.subTest(css):
                self.assertEqual(self.text(css), expected)
                self.assertEqual(losses(self.styled(css)), [])

    def test_what_is_hidden_counted_or_a_sign_of_a_font_is_not(self):
        for css in (
            '.n::before { content: "x"; display: none }',
            '.n::before { content: "x"; visibility: hidden }',
            '.n::before { content: counter(page) ". " }',
            '.n::before { content: "\\f101" }',
            ".n::before { content: url(x.png) }",
            '.n::before { content: "  " }',
            ".n::before { content: inherit }",
            '.n { content: "x" }',
        ):
            with self.subTest(css):
                self.assertEqual(self.text(css), "It rained. / It stopped.")

    def test_numbers_that_a_style_sheet_counts_outside_lists_are_named(self):
        numbers = {
            '.n::before { content: counter(page) ". " }': True,
            ".n::after { content: counters(part, '.') }": True,
            ".n::before { content: counter(page); display: none }": False,
            '.n::before { content: "Note: " }': False,
        }
        for css, are_left_out in numbers.items():
            with self.subTest(css):
                found = [
                    finding.detail
                    for finding in self.styled(css).findings
                    if finding.kind == FindingKind.NUMBERS_LEFT_OUT
                ]
                self.assertEqual(found, ["EPUB/one.xhtml"] if are_left_out else [])

    def test_a_list_that_its_style_sheet_counts_keeps_its_numbers(self):
        items = "<ol><li>Rain</li><li>Mud</li></ol>"
        unmarked = "ol { list-style: none } "
        for css, classes in {
            unmarked: ' class="unmarked"',
            unmarked + 'li::before { content: "" counter(n, decimal) ". " }': "",
            unmarked + 'li::before { content: "• " }': ' class="unmarked"',
        }.items():
            with self.subTest(css):
                self.assertIn(f"<ol{classes}><li>", self.styled(css, items).chapters[0].html)

    def test_its_signs_are_only_signs(self):
        html = self.styled('.n::before { content: "<b>&amp;" }').chapters[0].html

        self.assertIn('<span class="generated">&lt;b&gt;&amp;amp;</span>It rained.', html)

    def test_a_quotation_has_its_marks_once(self):
        self.assertEqual(self.text("q::before { content: open-quote }", "<p><q>Rain</q></p>"), "Rain")

    def test_words_that_are_lost_are_noticed_beside_them(self):
        document = page(
            "<!-- <p>Lost.</p> --><p>It rained.</p>", head='<style>p::before{content:"Lost."}</style>'
        )

        self.assertEqual(losses(read_epub(make_epub(chapters={"one.xhtml": document}))), [])
        with patch(
            "books.epub.reading.sanitise", lambda *_: '<div><p><span class="generated">Rain</span></p></div>'
        ):
            found = losses(self.styled('p::before { content: "Rain" }', "<p>Rain</p>"))
        self.assertEqual([kind for kind, _ in found], [FindingKind.LOST_DOCUMENT])

    def test_a_style_sheet_that_writes_without_end_is_left_out_and_that_is_said(self):
        with patch.object(applying, "MAX_GENERATED", 100):
            epub = self.styled('p::before { content: "Note: " }', "<p>Rain.</p>" * 50)

        self.assertLess(len(epub.chapters[0].plain_text), 600)
        self.assertIn(FindingKind.STYLES_LEFT_OUT, [finding.kind for finding in epub.findings])
