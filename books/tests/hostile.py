"""Small files that would cost enormous work. Each is a function, and its name says what is in it."""

import struct
import zlib
from base64 import b64encode
from io import BytesIO

from PIL import Image

from .epubs import METADATA, PACKAGE, make_epub, make_picture, page, toc

SVG = ' xmlns="http://www.w3.org/2000/svg"'
MATHML = ' xmlns="http://www.w3.org/1998/Math/MathML"'


def book(body, **parts):
    return make_epub(chapters={"one.xhtml": body, **parts.pop("chapters", {})}, **parts)


def nested(tag, inner, depth=100, attributes=""):
    return f"<{tag}{attributes}>" * depth + inner + f"</{tag}>" * depth


def numbered(form, count):
    return "".join(form.format(number) for number in range(count))


def paragraphs_in_emphasis_in_paragraphs_110_deep_400_times():
    return book((numbered('<p><b title="{}">', 110) + "a" + "</b></p>" * 110) * 400)


def list_items_in_emphasis_110_deep_400_times():
    return book(f"<div>{(numbered('<i lang="{}"><li>', 110) + 'a' + '</li></i>' * 110) * 400}</div>")


def eighty_thousand_attributes():
    return book(f"<p {numbered('a{}="x" ', 80_000)}>a</p>")


def inline_pictures():
    pixel = make_picture(size=(1, 1))[:-12]
    address = '<img alt="" src="data:image/png;base64,{}"/>'
    pixels = (pixel + chunk(b"tEXt", b"n\0%d" % number) + chunk(b"IEND", b"") for number in range(5_001))
    return book("".join(address.format(b64(data)) for data in pixels))


def a_nul_in_a_name_of_the_manifest():
    manifest = '<item id="a" href="o%00ne.xhtml" media-type="application/xhtml+xml"/>'
    spine = '<itemref idref="a"/>'
    package = PACKAGE.format(metadata=METADATA, manifest=manifest, spine=spine, toc="", guide="")
    return make_epub(raw={"EPUB/package.opf": package})


def a_nul_in_a_name_of_a_file_of_unknown_kind():
    manifest = """<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="a%00b.odd" media-type="application/x-odd"/>"""
    spine = '<itemref idref="a"/>'
    package = PACKAGE.format(metadata=METADATA, manifest=manifest, spine=spine, toc="", guide="")
    return make_epub(raw={"EPUB/package.opf": package})


def five_thousand_creators_with_refinements():
    form = '<dc:creator id="c{0}">N{0}</dc:creator><meta refines="#c{0}" property="role">aut</meta>'
    return make_epub(metadata=METADATA + numbered(form, 5_000))


def a_place_in_the_order_of_5000_digits():
    place = f'<meta refines="#c" property="display-seq">{"9" * 5_000}</meta>'
    return make_epub(metadata=f'{METADATA}<dc:creator id="c">Bob</dc:creator>{place}')


def an_author_of_nothing_but_at_signs():
    return make_epub(metadata=f"{METADATA}<dc:creator>&lt;{'@' * 100_000}</dc:creator>")


def metadata_of_megabytes():
    words = numbered("w{} ", 150_000)
    return make_epub(
        metadata=f"<dc:title>{words}</dc:title><dc:subject>{words}</dc:subject><dc:creator>{words}</dc:creator>"
    )


def drawings_in_each_other():
    return book(nested("svg", "<text>a</text>" * 20_000, attributes=SVG))


def notes_on_a_formula_in_each_other():
    formula = nested("annotation", numbered("<mi>{}</mi>", 20_000)) + "<mi>x</mi>"
    return book(f"<math{MATHML}>{formula}</math>")


def heads_in_each_other():
    head = nested("head", "<script/>" * 20_000, 200)
    return book(f'<html xmlns="http://www.w3.org/1999/xhtml">{head}<body>a</body></html>'.encode())


def containers_with_long_titles_cut_2000_times():
    places = numbered('<p id="p{0}">a{0}</p>', 2_000)
    contents = toc(*((f"T{number}", f"one.xhtml#p{number}") for number in range(2_000)))
    return book(nested("div", places, 45, f' title="{"t" * 3_900}"'), nav=contents)


def a_short_name_for_a_long_id():
    return book(f'<p><a id="{"i" * 3_900}" name="s">x</a>{'<a href="#s">y</a>' * 2_000}</p>')


def unclosed_paragraphs():
    return book(b"<html><body>a" + b"<p>" * 150_000)


def unclosed_emphasis():
    return book(f"<html><body>{(numbered('<b id="{}">', 110) + 'a<p>') * 400}".encode())


def rules_of_style_sheets_for_many_pages():
    linked = '<link rel="stylesheet" href="a.css"/>' * 20
    return make_epub(
        chapters={f"{number}.xhtml": page("a", head=linked) for number in range(1_000)},
        files={"a.css": numbered(".c{}{{writing-mode:tb}}", 20_000).encode()},
    )


def thousands_of_namespaces():
    return book(f"<p {numbered('xmlns:n{0}="urn:{0}" ', 10_000)}>a</p>{'<i>a</i>' * 10_000}")


def a_navigation_of_50000_entries():
    return make_epub(nav=toc(*((f"T{number}", f"one.xhtml#{number}") for number in range(50_000))))


def a_spine_of_thousands_that_names_few_files():
    manifest = '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
    spine = '<itemref idref="a"/>' * 40_000
    package = PACKAGE.format(metadata=METADATA, manifest=manifest, spine=spine, toc="", guide="")
    return make_epub(raw={"EPUB/package.opf": package})


def one_picture_under_thousands_of_spellings():
    spellings = (f"{number:013b}" for number in range(3_000))
    letters = ("".join("xX"[int(digit)] for digit in spelling) for spelling in spellings)
    picture = make_picture(size=(1_000, 1_000)) + bytes(1_000_000)
    return book(numbered_pictures(letters), files={"xxxxxxxxxxxxx.png": picture})


def one_id_thousands_of_times():
    return book(numbered('<p id="p">{}</p>', 50_000))


def a_long_line():
    return book(f"<p>{numbered('w{}', 130_000)}</p>")


def many_classes():
    return book(f'<p class="{numbered("c{} ", 100_000)}">a</p>')


def a_cover_of_1_by_20000():
    return make_epub(cover=make_picture(size=(1, 20_000)))


def a_cover_of_20000_by_1():
    return make_epub(cover=make_picture(size=(20_000, 1)))


def a_cover_with_a_text_that_unpacks_to_megabytes():
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    plain = make_picture()
    return make_epub(cover=plain[:33] + text + plain[33:])


def a_cover_of_hundreds_of_frames():
    file = BytesIO()
    frames = [Image.new("P", (300, 300), number % 256) for number in range(500)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return make_epub(cover=file.getvalue())


def chunk(kind, data):
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def b64(data):
    return b64encode(data).decode()


def numbered_pictures(names):
    return "".join(f'<img src="{name}.png" alt=""/>' for name in names)


TOO_LONG = "A chapter of the book is longer than 10 million characters."
# The sentence with which each is refused.
REFUSED = {
    paragraphs_in_emphasis_in_paragraphs_110_deep_400_times: TOO_LONG,
    list_items_in_emphasis_110_deep_400_times: TOO_LONG,
    eighty_thousand_attributes: "An element of the book has more than 200 attributes.",
    inline_pictures: "The book shows more than 5,000 pictures.",
    a_nul_in_a_name_of_the_manifest: "The book lists a chapter that is not among its files: a.",
}
READ = [
    a_nul_in_a_name_of_a_file_of_unknown_kind,
    five_thousand_creators_with_refinements,
    a_place_in_the_order_of_5000_digits,
    an_author_of_nothing_but_at_signs,
    metadata_of_megabytes,
    drawings_in_each_other,
    notes_on_a_formula_in_each_other,
    heads_in_each_other,
    containers_with_long_titles_cut_2000_times,
    a_short_name_for_a_long_id,
    unclosed_paragraphs,
    unclosed_emphasis,
    rules_of_style_sheets_for_many_pages,
    thousands_of_namespaces,
    a_navigation_of_50000_entries,
    a_spine_of_thousands_that_names_few_files,
    one_picture_under_thousands_of_spellings,
    one_id_thousands_of_times,
    a_long_line,
    many_classes,
]
WITHOUT_COVER = {
    a_cover_of_1_by_20000: "A side of the picture is longer than 16,383 pixels.",
    a_cover_of_20000_by_1: "A side of the picture is longer than 16,383 pixels.",
    a_cover_with_a_text_that_unpacks_to_megabytes: "The picture is damaged.",
}


def pdf_of_pages(number, *, form=b""):
    """Return a PDF of so many empty pages, a line for each; the form is for people to fill in."""
    kids = b" ".join(b"%d 0 R" % page for page in range(4, 4 + number))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    catalogue = b"<< /Type /Catalog /Pages 2 0 R" + (form and b" /AcroForm 3 0 R") + b" >>"
    pages = b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % number
    data, offsets = bytearray(b"%PDF-1.7\n"), []
    for index, content in enumerate([catalogue, pages, form or b"null", *[page] * number], 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n" % index + content + b"\nendobj\n"
    start, size = len(data), len(offsets) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)
    return bytes(data)
