"""The documents of the spine, parsed within limits, and which of them are chapters."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from posixpath import basename
from urllib.parse import quote

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.opening.archive import HEAD_BYTES, Archive, resolve
from books.epub.opening.charset import decode
from books.epub.opening.dtbook import words_of
from books.epub.opening.kinds import Kind, kind_of
from books.epub.opening.markup import SVG, document_body, page_of_text, parse_xhtml
from books.epub.opening.package import Package, picture_source
from books.epub.plain_text import has_text

# Ten times the longest novels; all the trees are in memory at once.
MAX_TEXT_BYTES = 60 * 1024**2
MAX_ELEMENTS = 1_000_000
# Of the text they say nothing that our pages keep, and in some books they take half of the memory.
UNUSED = ("class", "style")
# The sanitiser takes ten times as long for a passage with three times as many of these characters.
ESCAPED = "&<>"
MAX_ESCAPED = 100_000


@dataclass(frozen=True)
class Documents:
    """The roots of all documents by their paths, and the bodies of those that are chapters."""

    roots: dict[str, etree._Element]
    bodies: dict[str, etree._Element]
    empty: tuple[str, ...]
    # For each path of the spine whose fallback is read instead, the fallback's path.
    stand_ins: dict[str, str]


def read_documents(archive: Archive, package: Package, cover_path: str | None) -> Documents:
    """Parse the spine's documents; raise UnusableEpub if there is nothing to read, or far too much.

    The navigation and the cover page are no chapters: our pages show both in their own way.
    """
    spine = package.documents(archive)
    roots = _parsed(archive, package, dict.fromkeys(spine.values()))
    bodies = {path: document_body(root) for path, root in roots.items()}
    filled = {path: body for path, body in bodies.items() if not _is_blank(body)}
    chapters = _to_be_read(filled, package.navigation(), cover_path)
    stand_ins = {path: read for path, read in spine.items() if path != read and read in chapters}
    return Documents(roots, chapters, tuple(sorted(bodies.keys() - filled.keys())), stand_ins)


def _to_be_read(
    bodies: dict[str, etree._Element], navigation: str | None, cover_path: str | None
) -> dict[str, etree._Element]:
    """Return the bodies without the navigation and the cover page, unless the book is nothing else."""
    if not bodies:
        raise UnusableEpub("The book has no text.")
    rest = {
        path: body
        for path, body in bodies.items()
        if path != navigation and not _shows_only(body, path, cover_path)
    }
    return rest or bodies


def _parsed(archive: Archive, package: Package, paths: Iterable[str]) -> dict[str, etree._Element]:
    types = package.media_types()
    roots, size, elements = {}, 0, 0
    for path in paths:
        data = archive.read(path)
        kind = kind_of(data[:HEAD_BYTES], types.get(path, ""))
        if kind is Kind.PICTURE:
            roots[path] = _page_of_picture(path)
            continue
        size += len(data)
        if size > MAX_TEXT_BYTES:
            raise UnusableEpub(f"The book's text is longer than {MAX_TEXT_BYTES // 1024**2} MB.")
        root = _root(data, kind, package.language)
        elements += int(root.xpath("count(//*)"))
        if elements > MAX_ELEMENTS:
            raise UnusableEpub(f"The book's text has more than {MAX_ELEMENTS:,} elements.")
        if any(_is_slow(passage) for passage in root.itertext()):
            raise UnusableEpub(f"A passage of the book has more than {MAX_ESCAPED:,} characters &, < and >.")
        # The page's own say whether it is set in columns.
        for part in document_body(root).iterchildren():
            etree.strip_attributes(part, *UNUSED)
        roots[path] = _page_of_drawing(root) if kind is Kind.DRAWING else root
    return roots


def _root(data: bytes, kind: Kind | None, language: str) -> etree._Element:
    if kind is Kind.PLAIN_TEXT:
        return page_of_text(decode(data, language))
    root = parse_xhtml(data, language)
    return words_of(root) if kind is Kind.MARKUP else root


def _is_slow(passage: str) -> bool:
    return len(passage) > MAX_ESCAPED and sum(map(passage.count, ESCAPED)) > MAX_ESCAPED


def _page_of_picture(path: str) -> etree._Element:
    return parse_xhtml(f'<html><body><img src="{escape(quote(basename(path)))}"/></body></html>'.encode())


def _page_of_drawing(root: etree._Element) -> etree._Element:
    page, body = etree.Element("html"), etree.Element("body")
    page.append(body)
    body.append(root)
    return page


def _pictures(body: etree._Element, path: str) -> set[tuple[str, str] | None]:
    return {
        resolve(path, picture_source(element)) for element in body.iter("img", "image", f"{{{SVG}}}image")
    }


def _is_blank(body: etree._Element) -> bool:
    has_picture = next(body.iter("img", "svg", f"{{{SVG}}}svg", "object"), None) is not None
    return not has_picture and not has_text(body)


def _shows_only(body: etree._Element, path: str, picture: str | None) -> bool:
    """Tell whether the page shows this one picture and has no words, as a cover page does."""
    return bool(picture) and _pictures(body, path) == {(picture, "")} and not has_text(body)
