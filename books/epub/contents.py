"""The table of contents, flattened: from EPUB 3's nav, EPUB 2's NCX or else the chapters' own titles.

https://www.w3.org/TR/epub-33/#sec-nav and https://idpf.org/epub/20/spec/OPF_2.0_latest.htm#Section2.4.1
"""

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from .archive import Archive, resolve
from .book import ContentsEntry
from .markup import EPUB_TYPE, parse_xhtml, parse_xml
from .package import Package
from .plain_text import one_line
from .sanitising import fragment_id

MAX_ENTRIES = 2_000
MAX_DEPTH = 8


def read_contents(archive: Archive, package: Package, numbers: dict[str, int]) -> tuple[ContentsEntry, ...]:
    """Return the entries that lead to a chapter, in the book's order; `numbers` gives each path's chapter."""
    for path, read in ((package.navigation(), _read_navigation), (package.ncx(), _read_ncx)):
        if path and path in archive:
            entries = tuple(islice(_leading_somewhere(read(archive.read(path)), path, numbers), MAX_ENTRIES))
            if entries:
                return entries
    return ()


# An entry as the book has it: title, reference, depth.
Line = tuple[str, str, int]


def _leading_somewhere(lines: Iterator[Line], path: str, numbers: dict[str, int]) -> Iterator[ContentsEntry]:
    for title, reference, depth in lines:
        target = resolve(path, reference) if reference else None
        if title and target and target[0] in numbers:
            yield ContentsEntry(title, numbers[target[0]], fragment_id(target[1]), depth)


def _read_navigation(data: bytes) -> Iterator[Line]:
    root = parse_xhtml(data)
    navs = list(root.iter("nav"))
    toc = next((nav for nav in navs if "toc" in nav.get(EPUB_TYPE, nav.get("role", "")).split()), None)
    top = toc if toc is not None else next(iter(navs), root)
    first = next(top.iter("ol"), None)
    if first is not None:
        yield from _list_lines(first, 0)


def _list_lines(ol: etree._Element, depth: int) -> Iterator[Line]:
    for li in ol.iterchildren("li"):
        label = next(li.iterchildren("a", "span"), None)
        # A heading without a link of its own leads to where its first entry does.
        link = next(li.iter("a"), None)
        if label is not None and link is not None:
            yield one_line("".join(label.itertext())), link.get("href", ""), depth
        for nested in li.iterchildren("ol"):
            if depth < MAX_DEPTH:
                yield from _list_lines(nested, depth + 1)


def _read_ncx(data: bytes) -> Iterator[Line]:
    top = parse_xml(data).find("{*}navMap")
    if top is not None:
        yield from _point_lines(top, 0)


def _point_lines(parent: etree._Element, depth: int) -> Iterator[Line]:
    for point in parent.iterchildren("{*}navPoint"):
        content = point.find("{*}content")
        title = one_line(point.findtext("{*}navLabel/{*}text") or "")
        yield title, content.get("src", "") if content is not None else "", depth
        if depth < MAX_DEPTH:
            yield from _point_lines(point, depth + 1)
