"""What evil files try, and that they do not get it."""

import re
import struct
import time
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random
from unittest.mock import patch

from django.test import SimpleTestCase
from lxml.html import fragment_fromstring

from books.epub import FindingKind, UnusableEpub
from books.epub.dividing import documents
from books.epub.opening import archive, markup
from books.epub.styling import applying, matching, sheets
from books.tests.epubs import PACKAGE, make_epub, members_of, page, put, read_epub

LOCKED = "The book is locked by copy protection (DRM), so it cannot be read here."
ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{}"/>
</enc:EncryptedData></encryption>"""

ACTIVE_MARKUP = {
    "script": "<script>alert(1)</script>",
    "script in a drawing": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "script in a foreign object": '<svg xmlns="http://www.w3.org/2000/svg"><foreignObject>'
    '<body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject></svg>',
    "event handler": '<p onclick="alert(1)" onmouseover="alert(1)">It rained.</p>',
    "event handler on a picture": '<img src="x" onerror="alert(1)"/>',
    "style element": "<style>p { background: url(https://evil.example/) }</style>",
    "style attribute": '<p style="background: url(https://evil.example/)">It rained.</p>',
    "style sheet": '<link rel="stylesheet" href="https://evil.example/style.css"/>',
    "remote picture": '<img src="https://evil.example/pixel.gif" srcset="https://evil.example/2.gif 2x"/>',
    "background picture": '<table background="https://evil.example/pixel.gif"><tr><td>a</td></tr></table>',
    "javascript link": '<a href="javascript:alert(1)">a</a>',
    "javascript link with a tab in it": '<a href="java&#9;script:alert(1)">a</a>',
    "javascript link in capitals": '<a href=" JaVaScRiPt:alert(1)">a</a>',
    "data link": '<a href="data:text/html,alert(1)">a</a>',
    "javascript in a formula": '<math xmlns="http://www.w3.org/1998/Math/MathML">'
    '<mi href="javascript:alert(1)">a</mi><maction actiontype="statusline#https://evil.example">a</maction>'
    "</math>",
    "mutation": '<math xmlns="http://www.w3.org/1998/Math/MathML"><mtext><table><mglyph><style>'
    "<![CDATA[</style><img src=x onerror=alert(1)>]]></style></mglyph></table></mtext></math>",
    "text that looks like markup": "<p><![CDATA[<script>alert(1)</script>]]></p>"
    "<xmp><![CDATA[</xmp><script>]]></xmp>",
    "frame": '<iframe src="https://evil.example/" srcdoc="alert(1)">a</iframe>',
    "object": '<object data="https://evil.example/a.swf"><embed src="https://evil.example/a.swf"/></object>',
    "form": '<form action="https://evil.example/"><input name="password"/>'
    '<button formaction="javascript:alert(1)">a</button></form>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/"/>',
    "base": '<base href="https://evil.example/"/>',
    "our own pages' ids and classes": '<p id="main" class="btn alert" role="alert" tabindex="1">a</p>',
    "film": '<video src="https://evil.example/a.mp4" poster="https://evil.example/a.jpg">a</video>',
    "film with a track": '<video><source src="https://evil.example/a.mp4"/>'
    '<track src="https://evil.example/a.vtt"/></video>',
    "sound": '<audio src="https://evil.example/a.mp3" autoplay="" controls="">a</audio>',
    "picture sources": '<picture><source srcset="https://evil.example/a.webp"/><img src="x"'
    ' alt="a"/></picture>',
    "handlers in odd spellings": '<p ONCLICK="alert(1)" OnMouseOver="alert(1)" onfocus ="alert(1)" '
    'xml:onerror="alert(1)">a</p>',
    "handler on a formula": '<math xmlns="http://www.w3.org/1998/Math/MathML"'
    ' onclick="alert(1)"><mi>a</mi></math>',
    "vbscript link": '<a href=" vbscript:msgbox(1)">a</a>',
    "javascript link in entities": '<a href="&#106;&#x61;vascript&colon;alert(1)">a</a>',
    "javascript link with a line break": '<a href="java&#10;script:alert(1)">a</a>',
    "javascript link behind a control character": '<a href="&#1;javascript:alert(1)">a</a>',
    "javascript link behind a blank of another kind": '<a href="&#160;javascript:alert(1)">a</a>',
    "data picture that is a drawing": ""
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"/>',
    "data picture that is a page": '<img src="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="/>',
    "link in a drawing": '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<a xlink:href="javascript:alert(1)"><text>a</text></a><use xlink:href="https://evil.example/#a"/></svg>',
    "animation": '<svg xmlns="http://www.w3.org/2000/svg"><set attributeName="onload" to="alert(1)"/></svg>',
    "links in XLink": '<p xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)">a</p>',
    "prefixed script": '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
    "script in no namespace": '<script xmlns="">alert(1)</script><SCRIPT xmlns="">alert(1)</SCRIPT>',
    "import in a style": '<style>@import "https://evil.example/a.css";</style>',
    "ping and download": '<a href="https://example.com/" ping="https://evil.example/" download="a">a</a>',
    "frames": '<frameset><frame src="https://evil.example/"/></frameset><portal'
    ' src="https://evil.example/"/>',
    "cases of a switch": '<epub:switch><epub:case required-namespace="x"><script>alert(1)</script>'
    "</epub:case>"
    "<epub:default><p onclick='alert(1)'>a</p></epub:default></epub:switch>",
    "trigger": '<epub:trigger action="show" ref="x" ev:event="click"'
    ' xmlns:ev="http://www.w3.org/2001/xml-events"/>',
    "slots and custom elements": '<my-app is="x-y" onload="alert(1)"><slot name="x">a</slot></my-app>',
    "ruby with a handler": '<ruby onclick="alert(1)">a<rt onclick="alert(1)">b</rt></ruby>',
}
FORBIDDEN = (
    "<script", 'alert(1)"', "onclick", "onerror=", "onmouseover", "<style", "style=", "<link", "javascript",
    "evil.example", "data:", "vbscript", "base64", "@import", "ping=", "xlink", "ev:",
    "<iframe", "<object", "<embed", "<form", "<input", "<button", "<meta", "<base",
    'id="main"', "role=", 'tabindex="1"', "<video", "<svg", "<maction",
)  # fmt: skip


# Everything that a chapter may consist of, listed here independently and not taken from the code.
ALLOWED_TAGS = set(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div "
    "dl dt em figcaption figure footer h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q rp rt "
    "ruby s samp section small span strong sub sup table tbody td tfoot th thead time tr u ul var wbr "
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
    "mmultiscripts mprescripts none mtable mtr mtd mstyle mpadded mphantom merror".split()
)
ALLOWED_ATTRIBUTES = set(
    "id lang dir title class role href rel src alt width height loading span colspan rowspan headers "
    "scope abbr start type reversed value datetime display alttext displaystyle mathvariant stretchy "
    "fence separator largeop movablelimits symmetric lspace rspace form scriptlevel linethickness depth "
    "voffset accent accentunder columnspan tabindex".split()
)


ALLOWED_CLASSES = set(
    "noteref footnote see-through italic upright bold regular small-caps no-small-caps uppercase lowercase "
    "capitalised as-written monospace underlined struck undecorated superscript subscript preserved lines "
    "own-line centred aligned-start aligned-end indented hanging flush inset-1 inset-2 inset-3 inset-4 "
    "spaced-before spaced-after large larger smaller unmarked drop-cap".split()
)


class ActiveMarkupTests(SimpleTestCase):
    def assert_only_allowed(self, html):
        for element in fragment_fromstring(html, create_parent="div").iter():
            self.assertIn(element.tag, ALLOWED_TAGS, html)
            self.assertLessEqual(set(element.keys()), ALLOWED_ATTRIBUTES, html)
            self.assertRegex(element.get("href", ""), r"^(https?://|mailto:|\.\./\d+/|#|$)")
            self.assertRegex(
                element.get("src", ""), r"^(\.\./\.\./pictures/[0-9a-f]{32}\.(png|jpg|gif|webp|svg))?$"
            )
            self.assertLessEqual(set(element.get("class", "").split()), ALLOWED_CLASSES, html)

    def test_nothing_active_or_remote_gets_through(self):
        for name, active in ACTIVE_MARKUP.items():
            with self.subTest(name):
                html = (
                    read_epub(make_epub(chapters={"one.xhtml": f"<p>It rained.</p>{active}"}))
                    .chapters[0]
                    .html
                )

                self.assertIn("It rained.", html)
                self.assert_only_allowed(html)
                self.assertEqual([word for word in FORBIDDEN if word in html.lower()], [], html)

    def test_nothing_gets_through_malformed_either(self):
        for name, active in ACTIVE_MARKUP.items():
            with self.subTest(name):
                document = f"<html><body><p>It rained.<br>{active}".encode()

                html = read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].html

                self.assert_only_allowed(html)
                self.assertEqual([word for word in FORBIDDEN if word in html.lower()], [], html)

    def test_titles_are_plain_text(self):
        epub = read_epub(make_epub(chapters={"one.xhtml": "<h1>A<script>alert(1)</script> &lt;b&gt;</h1>"}))

        self.assertEqual(epub.chapters[0].title, "A <b>")


class EntityTests(SimpleTestCase):
    def test_entities_of_a_chapter_never_grow_and_read_no_file(self):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        for name, doctype in {
            "external": '<!DOCTYPE html [<!ENTITY who SYSTEM "file:///etc/hostname">]>',
            "parameter": "<!DOCTYPE html [<!ENTITY % p \"<!ENTITY who 'EXPANDED'>\">%p;]>",
            "hidden bracket": '<!DOCTYPE html [<!ENTITY x "]>"><!ENTITY who "EXPANDED">]>',
            "billion laughs": f'<!DOCTYPE html [<!ENTITY l0 "ha">{laughs}<!ENTITY who "&l9;">]>',
            "external subset": '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/evil.dtd">',
        }.items():
            with self.subTest(name):
                document = page("<p>It rained &who;.</p>").replace(b"<html", doctype.encode() + b"<html", 1)

                text = read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].plain_text

                self.assertIn("It rained &who;.", text)
                self.assertNotIn("hahaha", text)
                self.assertLess(len(text), 2_000)

    def test_entities_of_a_package_never_expand(self):
        package = PACKAGE.format(
            metadata="<dc:title>A &who; B</dc:title>",
            manifest='<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>',
            spine='<itemref idref="a"/>',
            toc="",
            guide="",
        ).replace("<package", '<!DOCTYPE package [<!ENTITY who SYSTEM "file:///etc/hostname">]><package', 1)

        epub = read_epub(make_epub(raw={"EPUB/package.opf": package}))

        self.assertEqual(epub.metadata.title, "A &who; B")

    def test_a_text_of_many_doctypes_is_no_slower_than_another(self):
        started = time.perf_counter()

        read_epub(make_epub(chapters={"one.xhtml": b"<html><body><p>a</p>" + b"<!DOCTYPE x [" * 50_000}))

        self.assertLess(time.perf_counter() - started, 10)

    def test_a_text_beyond_all_books_is_refused(self):
        for limit, sentence in {
            "MAX_TEXT_BYTES": "The book's text is longer than 0 MB.",
            "MAX_ELEMENTS": "The book's text has more than 5 elements.",
        }.items():
            with (
                self.subTest(limit),
                patch.object(documents, limit, 5),
                self.assertRaisesMessage(UnusableEpub, sentence),
            ):
                read_epub(make_epub())

    def test_a_passage_of_nothing_but_signs_is_refused_and_a_long_one_of_words_is_not(self):
        words, signs = (" ".join(f"{n}{sign}" for n in range(200_000)) for sign in (".", "&amp;"))

        self.assertEqual(len(read_epub(make_epub(chapters={"one.xhtml": f"<p>{words}</p>"})).chapters), 1)
        with self.assertRaisesMessage(
            UnusableEpub, "A passage of the book has more than 100,000 characters &"
        ):
            read_epub(make_epub(chapters={"one.xhtml": f"<p>{signs}</p>"}))

    def test_a_huge_attribute_is_left_out_and_its_element_stays(self):
        title = "".join(map(str, range(800_000)))
        body = f'<p title="{title}" lang="{"y" * 100}">It rained.</p>'

        html = read_epub(make_epub(chapters={"one.xhtml": body})).chapters[0].html

        self.assertEqual(html, "<div><p>It rained.</p></div>")

    def test_ids_that_differ_in_nothing_to_be_seen_are_told_apart_quickly(self):
        unseen = (f"{number:011b}".replace("0", "&#8203;").replace("1", "&#8204;") for number in range(2_000))
        body = "".join(f'<i id="a{name}">x</i>' for name in unseen)

        html = read_epub(make_epub(chapters={"one.xhtml": f"<p>{body}</p>"})).chapters[0].html

        self.assertEqual(len(set(re.findall(r'id="([^"]+)"', html))), 2_000)

    def test_zero_bytes_and_wide_encodings_are_read(self):
        text = "<html><body><p>Grüße</p></body></html>"
        for name, data in {
            "zero bytes": text.replace("ß", "\0ß\0").encode(),
            "UTF-16 without a mark": text.encode("utf-16-le"),
            "UTF-16 the other way round": text.encode("utf-16-be"),
            "UTF-16 that says it is UTF-8": b"\xff\xfe"
            + f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode("utf-16-le"),
        }.items():
            with self.subTest(name):
                epub = read_epub(make_epub(chapters={"one.xhtml": data}))

                self.assertEqual(epub.chapters[0].plain_text, "Grüße")

    def test_deep_nesting_is_survived(self):
        for depth in (1_000, 50_000):
            with self.subTest(depth):
                document = b"<html><body>It rained." + b"<div>" * depth + b"</div>" * depth

                epub = read_epub(make_epub(chapters={"one.xhtml": document}))

                self.assertEqual(epub.chapters[0].plain_text, "It rained.")


def styled(css, body):
    """Return a book whose only chapter has this style sheet and body."""
    document = page(body, head='<link rel="stylesheet" href="s.css"/>')
    return read_epub(make_epub(chapters={"one.xhtml": document}, files={"s.css": css.encode()}))


# Style sheets and bodies that would take a simple program hours, or more memory than there is.
HOSTILE_STYLES = {
    "many rules": ("".join(f".c{n}{{font-weight:bold}}" for n in range(90_000)), "<p class='c1'>a</p>"),
    "many rules for everything": ("*{font-weight:bold}" * 19_999, "<p>a</p>" * 1_000),
    "many rules for attributes": (
        "".join(f"[a{n}]{{font-weight:bold}}" for n in range(9_000)),
        "<p>a</p>" * 9_000,
    ),
    "many kinds of elements": (
        "".join(f"p:not(.c{n}){{font-weight:bold}}" for n in range(2_000)),
        "".join(f'<p class="c{n}">a</p>' for n in range(5_000)),
    ),
    "many styles of elements": ("", "".join(f'<p style="margin-left:{n}px">a</p>' for n in range(10_000))),
    "ancestors": (
        "".join(f"{'div ' * n}p{{font-weight:bold}}" for n in range(30))
        + "b div " * 15
        + "div{font-weight:bold}",
        f"{'<div>' * 200}<p>a</p>{'</div>' * 200}",
    ),
    "siblings": (
        "".join(f".c{n}~p{{font-weight:bold}}" for n in range(5_000)),
        "<p class='c1'>a</p>" * 20_000,
    ),
    "counting": ("".join(f"p:nth-of-type({n}){{font-weight:bold}}" for n in range(300)), "<p>a</p>" * 20_000),
    "selectors in selectors": (f"{':not(' * 5_000}p{')' * 5_000}{{font-weight:bold}}", "<p>a</p>"),
    "a long selector": (f"{'p ' * 50_000}{{font-weight:bold}}", "<p>a</p>"),
    "a long list": (f"{'p,' * 50_000}p{{font-weight:bold}}", "<p>a</p>"),
    "brackets": (f"p{{font-weight:bold}}{'(' * 400_000}", "<p>a</p>"),
    "braces": ("{" * 400_000, "<p>a</p>"),
    "functions": (f"p{{margin:{'calc(' * 50_000}}}", "<p>a</p>"),
    "imports": ("".join(f"@import 's.css?{n}';" for n in range(20_000)), "<p>a</p>"),
    "comments": ("/*" * 200_000, "<p>a</p>"),
    "escapes": ("\\" * 400_000, "<p>a</p>"),
    "quotation marks": ('"' * 400_000, "<p>a</p>"),
    "zero bytes": ("\0" * 400_000, "<p>a</p>"),
}


class StyleSheetTests(SimpleTestCase):
    def test_hostile_style_sheets_cost_some_seconds_and_no_word(self):
        for name, (css, body) in HOSTILE_STYLES.items():
            with self.subTest(name):
                # Padded, so that the archive is no bomb.
                padding = Random(1).randbytes(20_000).hex()
                began = time.process_time()

                epub = styled(f"{css}/*{padding}*/", body)

                self.assertLess(time.process_time() - began, 20)
                self.assertEqual(epub.chapters[0].plain_text.count("a"), body.count("a</p>"))

    def test_of_style_sheets_beyond_all_books_the_rest_is_left_out_and_that_is_said(self):
        for module, limit in (
            (sheets, "MAX_RULES"),
            (sheets, "MAX_SHEET"),
            (sheets, "MAX_SHEETS"),
            (sheets, "MAX_WORK"),
            (applying, "MAX_KINDS"),
            (matching, "MAX_ATTRIBUTES"),
        ):
            with self.subTest(limit), patch.object(module, limit, 1 if module is sheets else 0):
                epub = styled("p[lang], p { font-style: italic } p { font-weight: bold }", "<p>a</p>")

                self.assertEqual(epub.chapters[0].html, "<div><p>a</p></div>")
                self.assertEqual([finding.kind for finding in epub.findings], [FindingKind.STYLES_LEFT_OUT])

    def test_nothing_of_a_style_sheet_reaches_our_pages_but_looks(self):
        css = """@import url(https://evil.example/); p { background: url(https://evil.example/) }
        .x { font-style: italic; content: "<script>alert(1)</script>" }
        .x::after { content: url(//evil.example) } p { position: fixed }"""

        html = styled(css, '<p class="x">a</p>').chapters[0].html

        self.assertEqual(html, '<div><p class="italic">a</p></div>')


class ArchiveTests(SimpleTestCase):
    def assert_refused(self, file, sentence):
        with self.assertRaisesMessage(UnusableEpub, sentence):
            read_epub(file)

    def test_what_is_no_archive_is_refused(self):
        self.assert_refused(BytesIO(b"%PDF-1.7"), "The file is not an EPUB: it is not a ZIP archive.")
        self.assert_refused(BytesIO(), "The file is not an EPUB: it is not a ZIP archive.")

    def test_a_file_that_cannot_be_read_is_refused(self):
        self.assert_refused(Path("/"), "The file cannot be read (Is a directory).")

    def test_a_document_too_long_is_refused(self):
        with patch.object(markup, "MAX_CHARACTERS", 100):
            self.assert_refused(make_epub(), "A document of the book is longer than")

    def test_names_that_lead_out_of_the_book_are_refused(self):
        for name in (
            "../evil",
            "EPUB/../../evil",
            "/../evil",
            "..\\evil",
            "\\..\\evil",
            "C:evil",
            "/C:\\evil",
        ):
            with self.subTest(name):
                file = make_epub(raw={name: b"x"})
                self.assert_refused(file, "A file in the book has a name that leads outside the book.")

    def test_a_file_that_unpacks_to_many_times_its_size_is_refused(self):
        file = make_epub(raw={"EPUB/bomb": b"\0" * 20 * 1024**2})

        self.assert_refused(
            file, "A file in the book unpacks to many times its size, as only a ZIP bomb does."
        )

    def test_a_small_file_may_be_as_dull_as_it_likes(self):
        self.assertEqual(len(read_epub(make_epub(raw={"EPUB/dull": b"\0" * 1_000_000})).chapters), 2)

    def test_a_book_too_large_when_unpacked_is_refused(self):
        with patch.object(archive, "MAX_TOTAL_BYTES", 1000):
            self.assert_refused(make_epub(), "MB when unpacked.")
        with patch.object(archive, "MAX_FILE_BYTES", 100):
            self.assert_refused(make_epub(), "A file in the book is larger than")

    def test_an_archive_that_lies_about_sizes_is_refused(self):
        data = bytearray(make_epub(raw={"EPUB/one.xhtml": b"x" * 5000}).getvalue())
        at = data.rindex(b"EPUB/one.xhtml") - 46
        data[at + 24 : at + 28] = struct.pack("<I", 100)

        self.assert_refused(BytesIO(bytes(data)), "A file in the book is damaged: EPUB/one.xhtml.")

    def test_ten_thousand_files_are_refused(self):
        file = make_epub(raw={f"EPUB/{number}": b"" for number in range(10_000)})

        self.assert_refused(file, "The book has more than 5,000 files in it.")

    def test_ten_thousand_files_are_counted_before_they_are_listed(self):
        file = make_epub(raw={f"EPUB/{number}": b"" for number in range(10_000)})

        with patch.object(zipfile, "ZipFile") as opened:
            self.assert_refused(file, "The book has more than 5,000 files in it.")

        opened.assert_not_called()

    def test_an_archive_in_an_archive_is_left_shut(self):
        bomb = make_epub(raw={"EPUB/zeros": b"\0" * 20 * 1024**2}).getvalue()

        self.assertEqual(len(read_epub(make_epub(raw={"EPUB/inner.zip": bomb})).chapters), 2)

    def test_two_files_of_one_name_are_refused(self):
        for name in ("EPUB/one.xhtml", "EPUB/cafe\u0301", "EPUB/caf\u00e9"):
            with self.subTest(name):
                file = make_epub(raw={"EPUB/caf\u00e9": b"x"})
                with zipfile.ZipFile(file, "a") as opened, warnings.catch_warnings(action="ignore"):
                    put(opened, name, b"y")

                self.assert_refused(file, "The book contains two files with the same name.")

    def test_a_link_to_another_file_is_refused(self):
        file = make_epub()
        link = zipfile.ZipInfo("EPUB/secret.xhtml")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        with zipfile.ZipFile(file, "a") as opened:
            opened.writestr(link, "/etc/passwd")

        self.assert_refused(file, "The book contains a link to another file instead of the file itself.")

    def test_a_name_and_a_reference_to_it_may_write_an_accent_in_two_ways(self):
        file = make_epub(chapters={"cafe\u0301.xhtml": "<p>It rained.</p>"})
        package = zipfile.ZipFile(file).read("EPUB/package.opf").decode().replace("e\u0301", "\u00e9")

        epub = read_epub(
            make_epub(chapters={"cafe\u0301.xhtml": "<p>It rained.</p>"}, raw={"EPUB/package.opf": package})
        )

        self.assertEqual(epub.chapters[0].plain_text, "It rained.")

    def test_a_container_that_points_out_of_the_book_finds_nothing(self):
        container = (
            b'<container><rootfiles><rootfile full-path="../../../etc/passwd"/></rootfiles></container>'
        )

        self.assert_refused(
            make_epub(raw={"META-INF/container.xml": container}),
            "The book names a file that it does not contain: ../../../etc/passwd.",
        )

    def test_a_missing_mimetype_is_forgiven(self):
        self.assertEqual(len(read_epub(make_epub(raw={"mimetype": None})).chapters), 2)

    def test_a_locked_book_is_refused(self):
        locked = {"META-INF/encryption.xml": ENCRYPTION.format("http://www.w3.org/2001/04/xmlenc#aes256-cbc")}

        self.assert_refused(make_epub(raw=locked), LOCKED)
        self.assert_refused(make_epub(raw=locked | {"META-INF/rights.xml": b"<rights/>"}), LOCKED)

    def test_a_book_whose_fonts_alone_are_obfuscated_is_read(self):
        fonts = {"META-INF/encryption.xml": ENCRYPTION.format("http://www.idpf.org/2008/embedding")}

        self.assertEqual(len(read_epub(make_epub(raw=fonts)).chapters), 2)

    def test_an_archive_with_a_password_is_refused(self):
        data = bytearray(make_epub().getvalue())
        data[data.rindex(b"PK\x01\x02") + 8] |= 1

        self.assert_refused(BytesIO(bytes(data)), LOCKED)

    def test_a_compression_that_epub_does_not_know_is_refused(self):
        file = make_epub()
        with zipfile.ZipFile(file, "a", zipfile.ZIP_LZMA) as opened:
            put(opened, "EPUB/notes.txt", b"It rained.")

        self.assert_refused(file, "The book is compressed in a way that EPUB does not allow.")

    def test_a_damaged_chapter_is_refused(self):
        file = make_epub()
        with zipfile.ZipFile(file) as opened:
            offset = opened.getinfo("EPUB/one.xhtml").header_offset
        data = bytearray(file.getvalue())
        data[offset + 60 : offset + 80] = b"\xff" * 20

        self.assert_refused(BytesIO(bytes(data)), "A file in the book is damaged: EPUB/one.xhtml.")


class PackageTests(SimpleTestCase):
    def assert_refused(self, sentence, **raw):
        with self.assertRaisesMessage(UnusableEpub, sentence):
            read_epub(make_epub(raw=raw))

    def test_a_book_without_a_container_is_refused(self):
        sentence = "The file is not an EPUB: it has no META-INF/container.xml."
        self.assert_refused(sentence, **{"META-INF/container.xml": None, "EPUB/package.opf": None})

    def test_a_container_that_names_nothing_is_refused(self):
        sentence = "The file is not an EPUB: its container names no package document."
        self.assert_refused(sentence, **{"META-INF/container.xml": b"<container/>"})

    def test_a_package_that_is_missing_broken_or_something_else_is_refused(self):
        for package, sentence in {
            None: "The book names a file that it does not contain: EPUB/package.opf.",
            b"": "The book's own description of its parts cannot be read.",
            b"not xml": "The book's own description of its parts cannot be read.",
            b"<html/>": "The file is not an EPUB: its package document is something else.",
            b"<package/>": "The book has no chapters.",
        }.items():
            with self.subTest(package):
                self.assert_refused(sentence, **{"EPUB/package.opf": package})

    def test_a_spine_that_names_a_missing_document_is_refused(self):
        self.assert_refused(
            "The book names a file that it does not contain: EPUB/two.xhtml.", **{"EPUB/two.xhtml": None}
        )

    def test_a_spine_that_names_nothing_in_the_manifest_is_refused(self):
        package = PACKAGE.format(metadata="", manifest="", spine='<itemref idref="a"/>', toc="", guide="")

        self.assert_refused(
            "The book lists a chapter that is not among its files: a.",
            **{"EPUB/package.opf": package.encode()},
        )

    def test_a_place_in_the_spine_that_names_nothing_at_all_is_no_chapter(self):
        package = members_of(make_epub())["EPUB/package.opf"].replace(b"<spine>", b"<spine><itemref/>")

        self.assertEqual(len(read_epub(make_epub(raw={"EPUB/package.opf": package})).chapters), 2)

    def test_a_circle_of_fallbacks_ends(self):
        item = '<item id="{}" href="{}.pdf" media-type="application/pdf" fallback="{}"/>'
        package = PACKAGE.format(
            metadata="",
            manifest=item.format("a", "a", "b") + item.format("b", "b", "a"),
            spine='<itemref idref="a"/>',
            toc="",
            guide="",
        )

        self.assert_refused("The book has no chapters.", **{"EPUB/package.opf": package.encode()})
