"""What a book says by its style sheets: emphasis, layout, what is hidden."""

import re
from pathlib import Path

from django.test import SimpleTestCase
from lxml.html import fragment_fromstring

from books.epub import FindingKind
from books.epub.styling.looks import ALL, GENERATED
from books.tests.cases import case
from books.tests.epubs import make_epub, page, read_epub, toc

STYLE_SHEET = Path("static/css/book_text.css")
LINK = '<link rel="stylesheet" href="style.css"/>'


def styled(body, css="", *, head=LINK, attributes="", **files):
    """Return a book whose only chapter has this body and style sheet."""
    sheets = {"style.css": css.encode()} | {
        name.replace("_", "."): text.encode() for name, text in files.items()
    }
    document = page(body, head=head, attributes=attributes)
    return read_epub(make_epub(chapters={"one.xhtml": document}, files=sheets))


def looks(body, css="", **parts):
    """Return the classes of each element of the chapter that has any, by its text."""
    html = styled(body, css, **parts).chapters[0].html
    elements = fragment_fromstring(html, create_parent="div").iter()
    return {each.text_content(): each.get("class") for each in elements if each.get("class")}


class EmphasisTests(SimpleTestCase):
    def assert_looks(self, css, classes, element="span", **parts):
        body = f'<p>It <{element} class="x" id="i">rained</{element}>.</p>'
        self.assertEqual(looks(body, css, **parts), {"rained": classes} if classes else {}, css)

    def test_each_property_has_its_look(self):
        for declaration, look in {
            "font-style: italic": "italic",
            "font-style: oblique": "italic",
            "font: italic bold 1em/1.2 serif": "italic bold",
            "font-weight: 700": "bold",
            "font-weight: bolder": "bold",
            "font-weight: 300": "",
            "font-variant: small-caps": "small-caps",
            "font-variant-caps: all-small-caps": "small-caps",
            "text-transform: uppercase": "uppercase",
            "text-transform: capitalize": "capitalised",
            "text-decoration: underline dotted": "underlined",
            "text-decoration: line-through": "struck",
            "vertical-align: super; font-size: 70%": "superscript",
            "vertical-align: sub": "subscript",
            "vertical-align: baseline": "",
            "font-family: 'Courier New', monospace": "monospace",
            "font-family: Georgia, serif": "",
            "white-space: pre-wrap": "preserved",
            "display: block": "own-line",
            "font-size: 150%": "large",
            "font-size: 0.7em": "smaller",
            "color: red; background: url(https://evil.example/)": "",
            "font-style: italic !important": "italic",
            "font-style: wavy": "",
            "FONT-STYLE: ITALIC": "italic",
            "-epub-text-transform: uppercase": "uppercase",
        }.items():
            with self.subTest(declaration):
                self.assert_looks(f".x {{ {declaration} }}", look)
                self.assert_looks(f"span {{ {declaration} }}", look)

    def test_rules_of_every_common_kind_apply(self):
        for selector in (
            ".x", "span", "#i", "p span", "p > .x", "body p span.x", "*", "span[id]", "[class~=x]", "p > *",
            "span:first-child", "span:not(.y)", "h1, .x", ":is(b, span)", "div > p > span, p .x",
        ):  # fmt: skip
            with self.subTest(selector):
                self.assert_looks(f"{selector}:is(span) {{ font-style: italic }}", "italic")
                self.assert_looks(f"{selector}:is(span) {{ font-style: italic }}", "", element="code")

    def test_rules_for_other_elements_do_not(self):
        for selector in (
            ".y",
            "b",
            "#j",
            "div span",
            "p + span",
            "span > span",
            "span:hover",
            "p::before",
            "span:has(b)",
        ):
            with self.subTest(selector):
                self.assert_looks(f"{selector} {{ font-style: italic }}", "")

    def test_siblings_are_known(self):
        body = "<h1>A</h1><p>b</p><p>c</p><p>d</p>"

        self.assertEqual(looks(body, "h1 + p { font-style: italic }"), {"b": "italic"})
        self.assertEqual(looks(body, "p ~ p { font-style: italic }"), {"c": "italic", "d": "italic"})
        self.assertEqual(looks(body, "p:nth-of-type(2) { font-style: italic }"), {"c": "italic"})
        self.assertEqual(looks(body, "p:last-child { font-style: italic }"), {"d": "italic"})

    def test_of_two_rules_the_stronger_wins_whatever_their_order(self):
        italic, upright = "font-style: italic", "font-style: normal"
        for css, look in {
            f".x {{ {italic} }} .x {{ {upright} }}": "",
            f".x {{ {upright} }} .x {{ {italic} }}": "italic",
            f"#i {{ {italic} }} .x {{ {upright} }}": "italic",
            f"p .x {{ {italic} }} .x {{ {upright} }}": "italic",
            f".x {{ {italic} !important }} #i {{ {upright} }}": "italic",
            f"span {{ {italic} }} * {{ {upright} }}": "italic",
        }.items():
            with self.subTest(css):
                self.assert_looks(css, look)

    def test_a_style_attribute_outweighs_rules_but_not_important_ones(self):
        body = '<p>It <span class="x" style="font-style: normal; font-weight: bold">rained</span>.</p>'

        self.assertEqual(looks(body, ".x { font-style: italic }"), {"rained": "bold"})
        self.assertEqual(looks(body, ".x { font-style: italic !important }"), {"rained": "italic bold"})

    def test_emphasis_inside_emphasis_is_switched_off(self):
        body = "<p><i>The <span class='n'>Ferry</span></i> <b class='n'>sank</b>.</p>"

        self.assertEqual(
            looks(body, ".n { font-style: normal; font-weight: normal }"),
            {"Ferry": "upright", "sank": "regular"},
        )

    def test_what_is_inherited_is_said_once(self):
        html = (
            styled("<div class='q'><p>It <em>rained</em>.</p></div>", ".q { font-style: italic }")
            .chapters[0]
            .html
        )

        self.assertEqual(html, '<div><div class="italic"><p>It <em>rained</em>.</p></div></div>')

    def test_a_rule_for_the_whole_page_holds_for_its_parts(self):
        html = styled("<p>It rained.</p>", "html { font-style: italic }").chapters[0].html

        self.assertEqual(html, '<div class="italic"><p>It rained.</p></div>')

    def test_headings_have_our_weight_and_size(self):
        self.assertEqual(looks("<h1>A</h1>", "h1 { font-weight: bold; font-size: 3em }"), {})
        self.assertEqual(
            looks("<h1>A</h1>", "h1 { font-style: italic; text-align: center }"), {"A": "italic centred"}
        )

    def test_no_class_of_the_book_is_kept_even_if_it_is_called_like_ours(self):
        self.assertEqual(looks('<p class="italic btn" looks="bold">It rained.</p>'), {})

    def test_every_look_has_a_rule_in_the_style_sheet_and_no_other_class_has_one(self):
        css = re.sub(r"/\*.*?\*/", "", STYLE_SHEET.read_text(), flags=re.DOTALL)
        named = set(re.findall(r"\.([a-z][a-z0-9-]*)", css)) - {"reader-text", "reader-note", "reader-page"}

        # What a style sheet wrote looks like the text around it; the class says that no document says it.
        self.assertEqual(named, set(ALL) - {GENERATED})

    def test_the_case_of_emphasis_by_class(self):
        text = read_epub(case("F10-css-emphasis")).chapters[0]

        self.assertIn('<p class="bold larger">Chapter heading by class</p>', text.html)
        for word, look in {
            "never": "italic",
            "it": "bold",
            "truly": "italic",
            "small caps": "small-caps",
        }.items():
            self.assertIn(f'<span class="{look}">{word}</span>', text.html)
        self.assertIn('<p class="centred">* * *</p>', text.html)
        self.assertIn("She said never and meant it, truly.", text.plain_text)


class LayoutTests(SimpleTestCase):
    def test_each_property_has_its_look(self):
        for declaration, look in {
            "text-align: center": "centred",
            "text-align: right": "aligned-end",
            "text-align: justify": None,
            "text-align: left": None,
            "text-indent: 1.5em": "indented",
            "text-indent: 20px": "indented",
            "text-indent: 0": None,
            "text-indent: -2em; margin-left: 2em": "hanging",
            "text-indent: -1em; padding-left: 4em": "hanging inset-2",
            "margin-left: 3em": "inset-2",
            "margin: 0 5%": "inset-1",
            "margin: 2em 0 0 0": "spaced-before",
            "margin-top: 1em": None,
            "margin-bottom: 30pt": "spaced-after",
            "page-break-before: always": "spaced-before",
        }.items():
            with self.subTest(declaration):
                self.assertEqual(looks("<p>a</p>", f"p {{ {declaration} }}").get("a"), look)

    def test_older_attributes_count_less_than_rules(self):
        body = '<p align="center">a</p><p align="right" class="l">b</p><center>c</center>'

        found = styled(body, ".l { text-align: left }").chapters[0].html

        self.assertEqual(found, '<div><p class="centred">a</p><p>b</p><div class="centred">c</div></div>')

    def test_in_hebrew_the_right_is_where_lines_begin(self):
        css = "p { text-align: right; margin-right: 3em } .l { text-align: left }"

        found = looks('<p>a</p><p class="l">b</p>', css, attributes='lang="he"')

        self.assertEqual(found, {"a": "inset-2", "b": "aligned-end inset-2"})

    def test_lists_keep_their_marks(self):
        body = '<ul class="n"><li>a</li></ul><ol class="r"><li>b</li></ol><ol><li>c</li></ol>'

        html = styled(body, ".n { list-style: none } .r { list-style-type: upper-roman }").chapters[0].html

        self.assertIn('<ul class="unmarked">', html)
        self.assertIn('<ol type="I">', html)
        self.assertIn("<ol><li>c", html)

    def test_lines_of_verse_are_lines_of_the_text(self):
        body = '<p><span class="l">The sea</span><span class="l">the land</span></p>'

        text = styled(body, ".l { display: block }").chapters[0]

        self.assertEqual(text.plain_text, "The sea\nthe land")
        self.assertEqual(text.html.count('class="own-line"'), 2)

    def test_a_document_that_is_cut_keeps_the_looks_of_what_is_around_the_cut(self):
        body = '<div class="q"><h2 id="a">A</h2><p>a</p><h2 id="b">B</h2><p>b</p></div>'
        nav = toc(("A", "one.xhtml#a"), ("B", "one.xhtml#b"))
        chapters = {"one.xhtml": page(body, head="<style>.q { font-style: italic }</style>")}

        epub = read_epub(make_epub(chapters=chapters, nav=nav))

        self.assertEqual([chapter.html.count('class="italic"') for chapter in epub.chapters], [1, 1])


class SheetTests(SimpleTestCase):
    def assert_italic(self, expected, **parts):
        self.assertEqual(looks('<p class="x">a</p>', **parts), {"a": "italic"} if expected else {}, parts)

    def test_a_sheet_written_as_a_comment_counts(self):
        for sheet in ("<!-- {} -->", "\n<!--\n{}\n-->\n", "<!--{}-->"):
            with self.subTest(sheet):
                written = sheet.format(".x { font-style: italic }")

                self.assert_italic(True, head=f'<style type="text/css">{written}</style>')

    def test_sheets_for_screens_are_read(self):
        italic = ".x { font-style: italic }"
        for css in (
            italic,
            f"@media screen {{ {italic} }}",
            f"@media all {{ {italic} }}",
            f"@media only screen, print {{ {italic} }}",
            f"@media not amzn-mobi {{ {italic} }}",
            f"@charset 'utf-8'; {italic}",
            f"/* {{ */ {italic}",
            f".y {{ broken: }} {italic}",
            '@namespace h "http://www.w3.org/1999/xhtml"; h|p.x { font-style: italic }',
        ):
            with self.subTest(css):
                self.assert_italic(True, css=css)

    def test_sheets_for_anything_else_are_not(self):
        italic = ".x { font-style: italic }"
        for css in (
            f"@media print {{ {italic} }}",
            f"@media amzn-kf8 {{ {italic} }}",
            f"@media (prefers-color-scheme: dark) {{ {italic} }}",
            f"@media not screen {{ {italic} }}",
            "@font-face { font-style: italic }",
            ".x, p:unknown(y { font-style: italic }",
            ".x, ::unknown { font-style: italic }",
        ):
            with self.subTest(css):
                self.assert_italic(False, css=css)

    def test_imported_sheets_are_read_even_in_a_circle(self):
        self.assert_italic(
            True,
            css='@import "b.css"; @import url(style.css);',
            b_css='@import url("c.css") screen; @import "style.css";',
            c_css=".x { font-style: italic }",
        )
        self.assert_italic(False, css='@import "b.css" print;', b_css=".x { font-style: italic }")
        self.assert_italic(False, css='@import "gone.css"; @import "https://evil.example/a.css";')

    def test_several_sheets_count_in_their_order(self):
        head = LINK + '<link rel="stylesheet" href="b.css"/><style>.x { font-style: italic }</style>'

        self.assert_italic(
            True, head=head, css=".x { font-style: italic }", b_css=".x { font-style: normal }"
        )
        self.assert_italic(
            False,
            head=head.partition("<style>")[0],
            css=".x{font-style:italic}",
            b_css=".x{font-style:normal}",
        )

    def test_alternate_sheets_are_not_read(self):
        for head in (
            '<link rel="alternate stylesheet" href="style.css" title="Night"/>',
            '<link rel="stylesheet" href="style.css" media="print"/>',
            '<link rel="stylesheet" href="style.css" type="text/less"/>',
            '<link rel="stylesheet" href="b.css" title="Day"/>'
            '<link rel="stylesheet" href="style.css" title="Night"/>',
        ):
            with self.subTest(head):
                self.assert_italic(False, head=head, css=".x { font-style: italic }", b_css="")

    def test_sheets_that_are_the_same_are_read_once(self):
        sheet = (
            "".join(f".c{number} {{ font-weight: bold }}" for number in range(2_000))
            + ".x { font-style: italic }"
        )
        chapters = {
            f"{n}.xhtml": page('<p class="x">It rained.</p>', head=f'<link rel="stylesheet" href="{n}.css"/>')
            for n in range(60)
        }

        epub = read_epub(make_epub(chapters=chapters, files={f"{n}.css": sheet.encode() for n in range(60)}))

        self.assertTrue(all('class="italic"' in chapter.html for chapter in epub.chapters))
        self.assertEqual(epub.findings, ())


class HiddenTests(SimpleTestCase):
    def test_what_is_hidden_is_not_shown_and_named(self):
        for name, (body, css) in {
            "display": ('<p class="h">A secret message.</p>', ".h { display: none }"),
            "visibility": ('<p class="h">A secret message.</p>', ".h { visibility: hidden }"),
            "attribute": ('<p hidden="hidden">A secret message.</p>', ""),
            "style attribute": ('<p style="display: none">A secret message.</p>', ""),
            "around": ('<div class="h"><p>A secret <b>message.</b></p></div>', ".h { display: none }"),
        }.items():
            with self.subTest(name):
                epub = styled(
                    f"<p>It rained on the harbour.</p>{body}<p>Nobody came out to look at it.</p>", css
                )

                self.assertEqual(
                    epub.chapters[0].plain_text, "It rained on the harbour.\nNobody came out to look at it."
                )
                self.assertNotIn("secret", epub.chapters[0].html)
                self.assertEqual(
                    [(finding.kind, finding.detail) for finding in epub.findings],
                    [(FindingKind.LEFT_OUT, "hidden by the book: “A secret message.”")],
                )

    def test_what_is_hidden_elsewhere_is_shown_here(self):
        for css in (
            "@media print { p { display: none } }",
            "@media amzn-mobi { p { display: none } }",
            "p { display: block }",
        ):
            with self.subTest(css):
                self.assertEqual(
                    styled('<p hidden="">a</p>' if "block" in css else "<p>a</p>", css)
                    .chapters[0]
                    .plain_text,
                    "a",
                )

    def test_hidden_notes_are_shown_because_links_lead_to_them(self):
        note = '<aside epub:type="footnote" id="n">Drizzle.</aside>'
        body = f'<p>Rain<a epub:type="noteref" href="#n">1</a></p>{note}'

        text = styled(body, "aside { display: none }").chapters[0]

        self.assertEqual(text.plain_text, "Rain1\nDrizzle.")

    def test_links_to_what_is_hidden_still_lead_there(self):
        body = '<p>It <span class="h" id="p37">37</span>rained. <a href="#p37">Page 37</a></p>'

        epub = styled(body, ".h { display: none }")

        self.assertIn('It <span id="text-p37"></span>rained.', epub.chapters[0].html)
        self.assertIn('href="#text-p37"', epub.chapters[0].html)

    def test_hidden_numbers_of_printed_pages_are_not_worth_a_word(self):
        body = '<p>It rained<span epub:type="pagebreak" class="h" id="p">37</span> on the harbour.</p>'

        epub = styled(body, ".h { display: none }")

        self.assertEqual((epub.chapters[0].plain_text, epub.findings), ("It rained on the harbour.", ()))


class DropCapitalTests(SimpleTestCase):
    css = ".d { float: left; font-size: 3em; line-height: 0.8 } .c { font-variant: small-caps }"

    def assert_joined(self, body, expected, css=css):
        text = styled(f"{body}<p>Then it stopped.</p>", css).chapters[0]

        self.assertEqual(text.html.partition("<p>Then")[0], f"<div>{expected}")
        self.assertEqual(text.plain_text.split()[0], fragment_fromstring(expected).text_content().split()[0])

    def test_the_first_word_is_one_word(self):
        for body in (
            '<p><span class="d">T</span>he rain</p>',
            '<p> <b class="d">T</b>he rain</p>',
            '<div class="d">T</div><p>he rain</p>',
            '<p class="d">T</p> <p>he rain</p>',
        ):
            with self.subTest(body):
                self.assert_joined(
                    body,
                    '<p class="drop-cap">The rain</p>'
                    if "> <b" not in body
                    else '<p class="drop-cap"> The rain</p>',
                )

    def test_quotation_marks_and_emphasis_stay_with_it(self):
        self.assert_joined('<p>“<span class="d">T</span>he rain</p>', '<p class="drop-cap">“The rain</p>')
        self.assert_joined('<p><span class="d">“T</span>he rain</p>', '<p class="drop-cap">“The rain</p>')
        self.assert_joined(
            '<p><span class="c"><span class="d">T</span>he</span> rain</p>',
            '<p class="drop-cap"><span class="small-caps">The</span> rain</p>',
        )

    def test_a_letter_that_links_lead_to_keeps_its_place(self):
        self.assert_joined(
            '<p><span class="d" id="t">T</span>he rain</p>',
            '<p class="drop-cap"><span id="text-t">T</span>he rain</p>',
        )

    def test_first_letters_by_selector_are_drop_capitals_too(self):
        css = "p.f::first-letter { float: left; font-size: 300% } p.g:first-letter { color: red }"

        self.assert_joined('<p class="f">The rain</p>', '<p class="drop-cap">The rain</p>', css)
        self.assert_joined('<p class="g">The rain</p>', "<p>The rain</p>", css)

    def test_what_floats_otherwise_is_no_drop_capital(self):
        self.assert_joined(
            '<p><span class="d">The whole beginning</span> of it</p>',
            '<p><span class="larger">The whole beginning</span> of it</p>',
        )
        self.assert_joined('<p>A<span class="d">T</span>he</p>', "<p>A<span>T</span>he</p>")
