"""The XML documents of an EPUB 3 file other than its chapters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".ncx": "application/x-dtbncx+xml",
    ".png": "image/png",
    ".xhtml": "application/xhtml+xml",
}
PROPERTIES = {"cover.jpg": ' properties="cover-image"', "nav.xhtml": ' properties="nav"'}
FEATURES = ("displayTransformability", "tableOfContents", "readingOrder", "structuralNavigation")
SUMMARY = "Plain text with real headings and a table of contents in reading order."
CONTENTS = {"en": "Contents", "de": "Inhalt", "ja": "目次"}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
CONTAINER = f"""{DECLARATION}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid"
 xml:lang="{}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
{}
</metadata>
<manifest>
{}
</manifest>
<spine toc="toc.ncx">
{}
</spine>
</package>
"""
NAV = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 lang="{0}" xml:lang="{0}">
<head><meta charset="utf-8"/><title>{1}</title></head>
<body><nav epub:type="toc" role="doc-toc"><h1>{1}</h1>
{2}</nav></body>
</html>
"""
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="{}">
<head><meta name="dtb:uid" content={}/></head>
<docTitle><text>{}</text></docTitle>
<navMap>
{}</navMap>
</ncx>
"""
Book = dict[str, Any]
Entry = tuple[str, str, list["Entry"]]  # title, address, what is nested below


def package_document(book: Book, names: list[str]) -> str:
    """Write the package document: metadata, manifest and spine."""
    has_pictures = any(name.endswith((".jpg", ".png")) and name != "cover.jpg" for name in names)
    properties = [
        f'<meta property="{name}">{escape(text)}</meta>' for name, text in _properties(book, has_pictures)
    ]
    metadata = [*_dublin_core(book), *properties, '<meta name="cover" content="cover.jpg"/>']
    manifest = [
        f'<item id="{_id(name)}" href="{name}" media-type="{MEDIA_TYPES[Path(name).suffix]}"'
        f"{PROPERTIES.get(name, '')}/>"
        for name in names
    ]
    spine = [f'<itemref idref="{_id(chapter["file"])}"/>' for chapter in book["chapters"]]
    return DECLARATION + PACKAGE.format(book["language"], *map("\n".join, (metadata, manifest, spine)))


def _dublin_core(book: Book) -> Iterator[str]:
    yield f'<dc:identifier id="uid">{escape(book["identifier"])}</dc:identifier>'
    elements = {
        "title": [book["title"]],
        "creator": book["authors"],
        "language": [book["language"]],
        "date": [book["published"]],
        "subject": book["subjects"],
        "description": [book["description"]],
    }
    for name, texts in elements.items():
        yield from (f"<dc:{name}>{escape(text)}</dc:{name}>" for text in texts)
    if "subtitle" in book:
        yield f'<dc:title id="subtitle">{escape(book["subtitle"])}</dc:title>'
        yield '<meta refines="#subtitle" property="title-type">subtitle</meta>'
    if "series" in book:
        yield f'<meta property="belongs-to-collection" id="series">{escape(book["series"])}</meta>'
        yield '<meta refines="#series" property="collection-type">series</meta>'
        yield f'<meta refines="#series" property="group-position">{book["series_position"]}</meta>'


def _properties(book: Book, has_pictures: bool) -> Iterator[tuple[str, str]]:
    yield "dcterms:modified", f"{book['published']}T00:00:00Z"
    yield "schema:accessMode", "textual"
    if has_pictures:
        yield "schema:accessMode", "visual"
    yield "schema:accessModeSufficient", "textual"
    yield "schema:accessibilityHazard", "none"
    for feature in FEATURES if not has_pictures else (*FEATURES, "alternativeText"):
        yield "schema:accessibilityFeature", feature
    yield "schema:accessibilitySummary", SUMMARY + " Pictures are described." * has_pictures


def nav_document(book: Book) -> str:
    """Write the table of contents."""
    language = book["language"]
    return DECLARATION + NAV.format(language, CONTENTS[language], _list(_contents(book)))


def ncx_document(book: Book) -> str:
    """Write the table of contents again, for readers of EPUB 2."""
    identifier, title = quoteattr(book["identifier"]), escape(book["title"])
    return DECLARATION + NCX.format(book["language"], identifier, title, _points(_contents(book), "p"))


def _id(name: str) -> str:
    """Make an XML id of a file name: it must not begin with a digit."""
    return f"chapter-{name}" if name[0].isdigit() else name


def _contents(book: Book) -> list[Entry]:
    """Return the table of contents, with the sections that a chapter names."""
    return [
        (
            c["title"],
            c["file"],
            [(s["title"], f"{c['file']}#{s['anchor']}", []) for s in c.get("sections", [])],
        )
        for c in book["chapters"]
    ]


def _list(entries: list[Entry]) -> str:
    """Write entries as the nested list of nav.xhtml."""
    items = [
        f"<li><a href={quoteattr(href)}>{escape(title)}</a>{_list(below)}</li>\n"
        for title, href, below in entries
    ]
    return f"<ol>\n{''.join(items)}</ol>\n" if items else ""


def _points(entries: list[Entry], prefix: str) -> str:
    """Write entries as the nested points of toc.ncx."""
    return "".join(
        f'<navPoint id="{prefix}-{number}"><navLabel><text>{escape(title)}</text></navLabel>'
        f"<content src={quoteattr(href)}/>\n{_points(below, f'{prefix}-{number}')}</navPoint>\n"
        for number, (title, href, below) in enumerate(entries, 1)
    )
