"""SVG and rare kinds of pictures in a book: shown as pictures, in which nothing runs or is fetched."""

import re
from base64 import b64decode, b64encode
from io import BytesIO
from random import Random
from urllib.parse import quote

from django.test import SimpleTestCase
from lxml import etree
from PIL import Image

from books.epub import FindingKind
from books.epub.cleaning.drawings import uses
from books.tests.cases import case
from books.tests.epubs import make_epub, make_picture, page, read_epub

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOAT = f'<svg {SVG} viewBox="0 0 400 200"><path d="M0 0L10 10"/></svg>'


def read(body, files=None, **parts):
    """Return a book whose only chapter has this body."""
    files = {name: data.encode() if isinstance(data, str) else data for name, data in (files or {}).items()}
    return read_epub(make_epub(chapters={"one.xhtml": page(body)}, files=files, **parts))


def img(epub):
    """Return the attributes of the first picture in the first chapter."""
    return dict(
        re.findall(r'([a-z]+)="([^"]*)"', epub.chapters[0].html.partition("<img ")[2].partition(">")[0])
    )


def drawing(svg, files=None):
    """Return the cleaned drawing in which the inside of an <svg> results."""
    epub = read('<p><img src="d.svg" alt="A boat"/></p>', {"d.svg": svg, **(files or {})})
    return epub.illustrations[0].data.decode() if epub.illustrations else None


class ShownTests(SimpleTestCase):
    def test_the_case_of_a_figure_in_svg(self):
        epub = read_epub(case("F09-svg-figure"))

        self.assertEqual(epub.findings, ())
        self.assertEqual(img(epub)["alt"], "Plan of the harbour")
        self.assertEqual(img(epub)["src"], f"../../pictures/{epub.illustrations[0].name}")
        self.assertIn(b'<circle cx="5" cy="5" r="4"/>', epub.illustrations[0].data)

    def test_a_drawing_is_shown_however_the_text_refers_to_it(self):
        encoded = b64encode(BOAT.encode()).decode()
        for body in (
            '<img src="d.svg" alt="A boat"/>',
            '<object data="d.svg" type="image/svg+xml">A boat</object>',
            '<embed src="d.svg" aria-label="A boat"/>',
            f'<svg {SVG}><title>A boat</title><image xlink:href="d.svg"/></svg>',
            f'<img src="data:image/svg+xml;base64,{encoded}" alt="A boat"/>',
            f'<img src="data:image/svg+xml,{quote(BOAT)}" alt="A boat"/>',
            BOAT.replace("<path", "<title>A boat</title><path"),
            BOAT.replace("<svg", '<svg aria-label="A boat"'),
        ):
            with self.subTest(body):
                epub = read(f"<p>It rained.</p><figure>{body}</figure>", {"d.svg": BOAT})

                self.assertEqual((epub.findings, len(epub.illustrations)), ((), 1))
                self.assertRegex(img(epub)["src"], r"^\.\./\.\./pictures/[0-9a-f]{32}\.svg$")
                self.assertEqual(
                    (img(epub)["alt"], img(epub)["width"], img(epub)["height"]), ("A boat", "400", "200")
                )

    def test_a_page_of_nothing_but_a_drawing_is_not_empty(self):
        for body in ('<embed src="d.svg"/>', '<object data="d.svg"></object>', BOAT):
            with self.subTest(body):
                epub = read(body, {"d.svg": BOAT})

                self.assertEqual((epub.findings, img(epub)["width"]), ((), "400"))

    def test_a_drawing_in_the_spine_is_a_page(self):
        package = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>
        <item id="d" href="d.svg" media-type="image/svg+xml"/></manifest>
        <spine><itemref idref="d"/></spine></package>"""

        epub = read_epub(make_epub(raw={"EPUB/package.opf": package, "EPUB/d.svg": BOAT}))

        self.assertEqual(img(epub)["width"], "400")

    def test_a_drawing_has_the_words_that_it_says_of_itself(self):
        for svg, words in {
            "<title>A boat</title><desc>From the pier.</desc><text>Ada</text>": "A boat From the pier.",
            "<text>The <tspan>Ferry</tspan></text>": "The Ferry",
            "<path d='M0 0'/>": "",
        }.items():
            with self.subTest(svg):
                epub = read('<p><img src="d.svg"/></p>', {"d.svg": f"<svg {SVG}>{svg}<path d='M0 0'/></svg>"})

                self.assertEqual(img(epub)["alt"], words)
                missing = [finding.kind for finding in epub.findings]
                self.assertEqual(missing, [] if words else [FindingKind.NO_ALTERNATIVE_TEXT])

    def test_the_text_has_the_last_word_about_a_picture(self):
        svg = BOAT.replace("<path", "<title>untitled-3</title><path")

        self.assertEqual(img(read('<img src="d.svg" alt=""/><p>a</p>', {"d.svg": svg}))["alt"], "")

    def test_a_drawing_is_as_large_as_it_says(self):
        for attributes, size in {
            'width="200" height="100"': ("200", "100"),
            'width="1in" height="72pt"': ("96", "96"),
            'width="200" viewBox="0 0 4 2"': ("200", "100"),
            'viewBox="0 0 800 300"': ("800", "300"),
            'viewBox="0 0 10 10"': ("300", "300"),
            'width="100%" height="100%" viewBox="0 0 800 300"': ("800", "300"),
            'width="-5" height="1e99"': ("300", "150"),
            'width="99999999" height="99999999"': ("16383", "16383"),
            'viewBox="0 0 0 0"': ("300", "150"),
        }.items():
            with self.subTest(attributes):
                epub = read(
                    '<p><img src="d.svg" alt=""/></p>',
                    {"d.svg": f'<svg {SVG} {attributes}><path d="M0 0"/></svg>'},
                )

                self.assertEqual((img(epub)["width"], img(epub)["height"]), size)

    def test_a_sign_among_words_is_as_high_as_the_line(self):
        epub = read('<p>Turn <img src="d.svg" alt="left"/> here.</p>', {"d.svg": BOAT})

        self.assertEqual((img(epub)["width"], img(epub)["height"]), ("40", "20"))

    def test_a_drawing_above_its_caption_is_no_sign_among_words(self):
        epub = read(
            '<figure><img src="d.svg" alt="a"/> <figcaption>A boat</figcaption></figure>', {"d.svg": BOAT}
        )

        self.assertEqual((img(epub)["width"], img(epub)["height"]), ("400", "200"))

    def test_drawings_may_use_what_others_of_the_page_define(self):
        defined = '<defs><path id="a" d="M1 1"/><g id="b"><use href="#a"/></g></defs>'
        symbols = f'<svg {SVG} style="display: none">{defined}</svg>'

        epub = read(f'<p>It rained.</p>{symbols}<svg {SVG} viewBox="0 0 9 9"><use xlink:href="#b"/></svg>')

        self.assertEqual(len(epub.illustrations), 1)
        self.assertIn(b'<path id="a" d="M1 1"/>', epub.illustrations[0].data)
        self.assertEqual(epub.findings, ())

    def test_style_sheets_of_page_and_drawing_apply(self):
        css = "svg .hull { stroke: #a00; fill: none; background: url(https://evil.example/) }"
        head = f"<style>{css}</style>"
        inline = page(f'<p>a</p><svg {SVG}><path class="hull" d="M0 0"/></svg>', head=head)

        inside = drawing(
            f'<svg {SVG}><style>{css}</style><path class="hull" d="M0 0" style="opacity: .5"/></svg>'
        )
        outside = read_epub(make_epub(chapters={"one.xhtml": inline})).illustrations[0].data.decode()

        self.assertIn('<path d="M0 0" style="stroke:#a00;fill:none;opacity:.5"/>', inside)
        self.assertIn('<path d="M0 0" style="stroke:#a00;fill:none"/>', outside)

    def test_pictures_inside_a_drawing_are_in_it(self):
        svg = f'<svg {SVG}><image xlink:href="img/p.png" width="6" height="9"/><path d="M0 0"/></svg>'

        found = drawing(svg, {"img/p.png": make_picture()})

        address = re.search(r'href="data:image/png;base64,([^"]+)"', found)
        self.assertEqual(b64decode(address[1]), make_picture())

    def test_a_picture_inside_that_is_missing_is_named_and_the_rest_is_shown(self):
        svg = f'<svg {SVG}><image xlink:href="gone.png"/><path d="M0 0"/></svg>'

        epub = read('<p>a<img src="d.svg" alt="b"/></p>', {"d.svg": svg})

        self.assertEqual(
            [(f.kind, f.detail) for f in epub.findings], [(FindingKind.UNUSABLE_PICTURE, "gone.png")]
        )
        self.assertEqual(len(epub.illustrations), 1)

    def test_words_of_html_inside_a_drawing_are_its_alternative_text_and_that_is_said(self):
        label = '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">Low water</p></foreignObject>'

        epub = read(f'<p>It rained.</p><svg {SVG} id="tide"><path d="M0 0"/>{label}</svg>')

        self.assertEqual(img(epub)["alt"], "Low water")
        self.assertEqual([finding.kind for finding in epub.findings], [FindingKind.DRAWING])

    def test_names_in_lower_case_are_those_of_svg(self):
        inside = b'<linearGradient id="g"/><path d="M0 0"/>'
        body = b'<html><body><p>a<br><svg viewBox="0 0 40 20">' + inside + b"</svg></body></html>"

        epub = read_epub(make_epub(chapters={"one.xhtml": body}))

        self.assertIn(b'viewBox="0 0 40 20"', epub.illustrations[0].data)
        self.assertIn(b"<linearGradient ", epub.illustrations[0].data)

    def test_entities_of_drawing_programs_are_known(self):
        svg = f'<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>{BOAT}'.replace(
            'xmlns="http://www.w3.org/2000/svg"', 'xmlns="&ns_svg;"'
        )

        self.assertIn("<path", drawing(svg))

    def test_what_one_can_see_through_gets_a_light_ground(self):
        for name, data, expected in (
            ("d.svg", BOAT.encode(), "see-through"),
            ("p.png", make_picture(mode="RGBA", colour=(0, 0, 0, 0)), "see-through"),
            ("p.png", make_picture(), None),
        ):
            with self.subTest(name):
                self.assertEqual(
                    img(read(f'<p><img src="{name}" alt=""/></p>', {name: data})).get("class"), expected
                )


class RareKindTests(SimpleTestCase):
    def test_pictures_of_kinds_that_few_browsers_show_are_converted(self):
        for kind in ("TIFF", "BMP", "AVIF", "JPEG2000", "ICO"):
            with self.subTest(kind):
                epub = read(
                    '<p><img src="p.png" alt="A map"/></p>', {"p.png": make_picture(kind, size=(32, 48))}
                )

                self.assertEqual(epub.findings, ())
                self.assertEqual(epub.illustrations[0].data[:4], b"\x89PNG")
                self.assertTrue(epub.illustrations[0].name.endswith(".png"))

    def test_what_cannot_be_converted_leaves_its_words_and_is_named(self):
        tiff = make_picture("TIFF")
        for data in (
            b"\0\0\0\x18ftypheic" + bytes(100),
            tiff[:20],
            tiff[:-4],
            b"BM" + bytes(60),
            b"P6 99999 99999 255 ",
        ):
            with self.subTest(data[:12]):
                epub = read('<p>See <img src="p.png" alt="A map"/>.</p>', {"p.png": data})

                self.assertEqual(epub.chapters[0].plain_text, "See A map.")
                self.assertEqual([finding.kind for finding in epub.findings], [FindingKind.UNUSABLE_PICTURE])


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in a namespace": '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    "handler": '<rect width="1" height="1" onclick="alert(1)" onload="alert(1)"/>',
    "foreign object": "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example/'/></foreignObject>",
    "animation": '<a href="#x"><animate attributeName="href" values="javascript:alert(1)"/>'
    '<set attributeName="onload" to="alert(1)"/></a>',
    "link": '<a href="javascript:alert(1)" xlink:href="javascript:alert(1)" target="x"><text>a</text></a>',
    "use": '<use href="https://evil.example/#a"/><use xlink:href="other.svg#a"/>'
    '<use href="data:image/svg+xml,x#a"/>',
    "picture": '<image href="https://evil.example/a.png"/><image xlink:href="//evil.example/a.png"/><image href="file:///etc/passwd"/>',
    "picture that is a page": '<image href="data:text/html;base64,PHNjcmlwdD4="/>'
    '<image href="data:image/svg+xml,%3Cscript/%3E"/>',
    "fill": '<rect fill="url(https://evil.example/)" style="fill: url(https://evil.example/#a)"/>',
    "escapes": r'<rect style="fill: u\72l(https://evil.example/); mask: \75 rl(//evil.example)"/>',
    "style": "<style>@import url(https://evil.example/); @font-face { src: url(//evil.example/f) } "
    "* { fill: image-set('https://evil.example/' 1x); cursor: url(//evil.example) }</style>",
    "style sheet": '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="https://evil.example/"/>',
    "filter": '<filter id="f"><feImage href="https://evil.example/"/></filter><rect filter="url(#f)"/>',
    "sound": '<audio xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/" autoplay=""/>',
    "base": '<rect xml:base="https://evil.example/" href="a"/>',
    "end of text": "<text><![CDATA[</text></svg><script>alert(1)</script>]]></text>",
    "comment": "<!--><script>alert(1)</script>-->",
    "handler element": "<handler "
    'xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler>',
    "unclosed": "<g><script>alert(1)<g>",
}  # fmt: skip
ALLOWED_IN_DRAWINGS = set(
    "svg g defs symbol use switch title desc path rect circle ellipse line polyline polygon text tspan "
    "textPath image linearGradient radialGradient stop pattern clipPath mask marker".split()
)


class HostileDrawingTests(SimpleTestCase):
    def test_nothing_active_or_remote_is_in_a_drawing(self):
        for name, inside in HOSTILE.items():
            for closing in ("</svg>", ""):
                with self.subTest(name, closing=closing):
                    found = drawing(f'<svg {SVG} onload="alert(1)"><path d="M0 0"/>{inside}{closing}')

                    self.assertNotIn("evil.example", found)
                    self.assertNotIn("javascript", found)
                    for element in etree.fromstring(found.encode()).iter():
                        self.assertIn(etree.QName(element).localname, ALLOWED_IN_DRAWINGS)
                        self.assertEqual(etree.QName(element).namespace, "http://www.w3.org/2000/svg")
                        self.assertEqual([key for key in element.attrib if key.lower().startswith("on")], [])
                        self.assertRegex(element.get("href", "#"), "^#")
                        self.assertNotIn("url(", re.sub(r"url\(#", "", element.get("style", "")))

    def test_nothing_of_it_is_in_one_written_into_the_text_either(self):
        for name, inside in HOSTILE.items():
            with self.subTest(name):
                epub = read(f'<p>It rained.</p><svg {SVG} onload="alert(1)"><path d="M0 0"/>{inside}</svg>')

                text = epub.chapters[0].html + "".join(each.data.decode() for each in epub.illustrations)
                for word in (
                    "evil.example",
                    "javascript",
                    "<script",
                    "onload",
                    "onclick",
                    "<animate",
                    "<iframe",
                    "@import",
                ):
                    self.assertNotIn(word, text.lower())

    def test_entities_never_grow(self):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        long = "".join(f'<!ENTITY l{n} "{"ha" * 150}">' for n in range(50))
        for name, doctype in {
            "billion laughs": f'<!DOCTYPE svg [<!ENTITY l0 "haha">{laughs}]>',
            "external": '<!DOCTYPE svg [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
            "parameter": "<!DOCTYPE svg [<!ENTITY % p \"<!ENTITY l9 'haha'>\">%p;]>",
            "quadratic": f"<!DOCTYPE svg [{long}]>",
        }.items():
            with self.subTest(name):
                text = "&l9;" * (20_000 if name == "quadratic" else 1)

                found = drawing(f'{doctype}<svg {SVG}><path d="M0 0"/><text>{text}</text></svg>')

                self.assertLess(len(found or ""), 300_000)
                if name != "quadratic":
                    self.assertNotIn("hahaha", found or "")

    def test_a_drawing_that_multiplies_itself_is_not_shown(self):
        doubled = "".join(
            f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, 19)
        )
        filled = "".join(
            f'<pattern id="p{n}">{f"<rect fill='url(#p{n - 1})'/>" * 20}</pattern>' for n in range(1, 15)
        )
        for name, inside in {
            "uses": f'<defs><path id="g0" d="M0 0"/>{doubled}</defs><use href="#g18"/>',
            "circle": '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
            "itself": '<g id="a"><use href="#a"/></g>',
            "patterns": f'<pattern id="p0"><path d="M0 0"/></pattern>{filled}<rect fill="url(#p14)"/>',
            "chain": "".join(f'<g id="c{n}"><use href="#c{n + 1}"/></g>' for n in range(5_000))
            + '<path d="M0 0" id="c5000"/>',
            "elements": "<path/>" * (uses.MAX_DRAWN + 1),
        }.items():
            with self.subTest(name):
                epub = read(
                    '<p>See <img src="d.svg" alt="a boat"/>.</p>', {"d.svg": f"<svg {SVG}>{inside}</svg>"}
                )

                self.assertEqual(epub.chapters[0].plain_text, "See a boat.")
                self.assertEqual([finding.kind for finding in epub.findings], [FindingKind.UNUSABLE_PICTURE])

    def test_a_few_uses_are_fine(self):
        self.assertIn(
            "<use", drawing(f'<svg {SVG}><path id="a" d="M0 0"/>{"<use href='#a' x='2'/>" * 500}</svg>')
        )

    def test_pictures_in_drawings_in_drawings_come_to_an_end(self):
        files = {
            f"{n}.svg": f'<svg {SVG}><image href="{(n + 1) % 3}.svg"/><path d="M0 0"/></svg>'
            for n in range(3)
        }

        epub = read('<p>a<img src="0.svg" alt="b"/></p>', files)

        self.assertEqual(len(epub.illustrations), 1)
        self.assertLess(len(epub.illustrations[0].data), 2_000)

    def test_a_picture_shown_hundreds_of_times_in_a_drawing_does_not_fill_the_memory(self):
        noise = Image.frombytes("L", (1000, 1000), Random(1).randbytes(1_000_000))
        noise.save(file := BytesIO(), "PNG")
        svg = f'<svg {SVG}>{"<image href='p.png'/>" * 400}<path d="M0 0"/></svg>'

        epub = read('<p>a<img src="d.svg" alt="b"/></p>', {"d.svg": svg, "p.png": file.getvalue()})

        self.assertLess(len(epub.illustrations[0].data), 10 * 1024**2)
        self.assertIn((FindingKind.UNUSABLE_PICTURE, "p.png"), [(f.kind, f.detail) for f in epub.findings])
