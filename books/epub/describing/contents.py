"""The table of contents as the book has it, flattened: EPUB 3's nav or else EPUB 2's NCX.

https://www.w3.org/TR/epub-33/#sec-nav and https://idpf.org/epub/20/spec/OPF_2.0_latest.htm#Section2.4.1
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from posixpath import basename
from typing import NamedTuple

from lxml import etree

from books.epub.opening.archive import Archive, resolve
from books.epub.opening.descriptions import parse_xml
from books.epub.opening.markup import EPUB_TYPE, parse_xhtml
from books.epub.opening.package import Package
from books.epub.plain_text import element_to_text, one_line

MAX_ENTRIES = 2_000
MAX_DEPTH = 8
MAX_TITLE = 300


class Line(NamedTuple):
    """An entry: its title, the document and place to which it leads, its depth from 0."""

    title: str
    path: str
    fragment: str
    depth: int


def read_lines(
    archive: Archive, package: Package, documents: Collection[str], stand_ins: Mapping[str, str]
) -> list[Line]:
    """Return the entries that lead to a document, or to a file whose fallback it is, in the book's order."""
    for path, read in ((package.navigation(), _read_navigation), (package.ncx(), _read_ncx)):
        if path and path in archive:
            entries = read(archive.read(path))
            lines = list(islice(lines_of(entries, path, archive, documents, stand_ins), MAX_ENTRIES))
            if lines:
                return lines
    return []


# An entry before its reference is resolved: title, reference, depth.
Entry = tuple[str, str, int]


def lines_of(
    entries: Iterable[Entry],
    path: str,
    archive: Archive,
    documents: Collection[str],
    stand_ins: Mapping[str, str],
) -> Iterator[Line]:
    """Yield the entries of the file at `path` that lead to one of the documents, each with its place."""
    known = {**_by_name(documents), **stand_ins}
    for title, reference, depth in entries:
        target = resolve(path, reference) if reference else None
        document = target and _document(archive.name(target[0]) or target[0], known)
        if title and target and document:
            yield Line(title[:MAX_TITLE], document, target[1], depth)


def _document(path: str, known: Mapping[str, str]) -> str | None:
    return known.get(path) or known.get(basename(path))


def _by_name(documents: Collection[str]) -> dict[str, str]:
    """Return each document by its path and, if no other has the same name, by its name alone.

    Contents made apart from the book, as by old versions of Sphinx, leave out the documents' folders.
    """
    names = Counter(map(basename, documents))
    lone = {basename(path): path for path in documents if names[basename(path)] == 1}
    return lone | {path: path for path in documents}


def _read_navigation(data: bytes) -> Iterator[Entry]:
    root = parse_xhtml(data)
    navs = list(root.iter("nav"))
    toc = next((nav for nav in navs if _is_toc(nav)), None)
    top = toc if toc is not None else next(iter(navs), root)
    first = next(top.iter("ol"), None)
    if first is not None:
        yield from _list_entries(first, 0)


def _is_toc(nav: etree._Element) -> bool:
    meanings = f"{nav.get(EPUB_TYPE, '')} {nav.get('role', '')}".split()
    return "toc" in meanings or "doc-toc" in meanings


def _list_entries(ol: etree._Element, depth: int) -> Iterator[Entry]:
    for li in ol.iterchildren("li"):
        label = next(li.iterchildren("a", "span"), None)
        # A heading without a link leads to where its first entry does.
        link = next(li.iter("a"), None)
        if label is not None and link is not None:
            yield _label(label), link.get("href", ""), depth
        for nested in li.iterchildren("ol"):
            if depth < MAX_DEPTH:
                yield from _list_entries(nested, depth + 1)


def _label(element: etree._Element) -> str:
    """Return the entry's words, or those of the picture in their place."""
    words = one_line(element_to_text(element))
    return words or next((one_line(img.get("alt", "")) for img in element.iter("img")), "")


def _read_ncx(data: bytes) -> Iterator[Entry]:
    top = parse_xml(data).find("{*}navMap")
    if top is not None:
        yield from _point_entries(top, 0)


def _point_entries(parent: etree._Element, depth: int) -> Iterator[Entry]:
    for point in parent.iterchildren("{*}navPoint"):
        content = point.find("{*}content")
        title = one_line(point.findtext("{*}navLabel/{*}text") or "")
        yield title, content.get("src", "") if content is not None else "", depth
        if depth < MAX_DEPTH:
            yield from _point_entries(point, depth + 1)
