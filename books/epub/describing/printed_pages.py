"""Where the pages of the printed book begin: EPUB 3's page list, EPUB 2's, Adobe's, or marks in the text.

https://www.w3.org/TR/epub-33/#sec-nav-pagelist and https://idpf.org/epub/20/spec/OPF_2.0_latest.htm#Section2.4.1.2
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from lxml import etree

from books.epub.opening.archive import Archive
from books.epub.opening.descriptions import parse_xml
from books.epub.opening.markup import parse_xhtml
from books.epub.opening.package import Package
from books.epub.plain_text import element_to_text, one_line

from .contents import Entry, Line, lines_of, meanings_of

# Twice the pages of the longest books in one volume.
MAX_PAGES = 10_000
# In characters: "xxxviii", "1096" and "A-12" are numbers of pages; more is no number.
MAX_LABEL = 20
WORD_FOR_PAGE = re.compile(
    r"^[\W_]*(?:pages?|pagina|página|seite|pg|p|s)?[\W_]*(?=[\divxlcdm])|[\W_]+$", re.IGNORECASE
)
NUMBER = re.compile(r"[0-9]|^[ivxlcdm]+$", re.IGNORECASE)
PAGE_MAP_TYPE = "application/oebps-page-map+xml"
PAGE_BREAKS = frozenset({"pagebreak", "doc-pagebreak"})


def read_page_list(
    archive: Archive, package: Package, documents: Mapping[str, etree._Element], stand_ins: Mapping[str, str]
) -> list[Line]:
    """Return where each page begins, its number as the title; marks in the text without an id get one."""
    lists = (
        (package.navigation(), _in_navigation),
        (package.ncx(), _in_ncx),
        (_page_map(package), _in_page_map),
    )
    for path, read in lists:
        if path and path in archive:
            entries = _numbered(read(archive.read(path)))
            pages = list(islice(lines_of(entries, path, archive, documents, stand_ins), MAX_PAGES))
            if pages:
                return pages
    return list(islice(_in_text(documents), MAX_PAGES))


def page_number(label: str) -> str:
    """Return the number in a page's label, as "37" for "Page 37" and "[p. 37]"; empty if it is none."""
    number = WORD_FOR_PAGE.sub("", one_line(label))
    return number if len(number) <= MAX_LABEL and NUMBER.search(number) else ""


def _numbered(entries: Iterable[Entry]) -> Iterator[Entry]:
    for label, reference, depth in entries:
        if number := page_number(label):
            yield number, reference, depth


def _in_navigation(data: bytes) -> Iterator[Entry]:
    for nav in parse_xhtml(data).iter("nav"):
        if meanings_of(nav) & {"page-list", "doc-pagelist"}:
            for link in nav.iter("a"):
                yield element_to_text(link), link.get("href", ""), 0


def _in_ncx(data: bytes) -> Iterator[Entry]:
    for target in parse_xml(data).iter("{*}pageTarget"):
        content = target.find("{*}content")
        label = one_line(target.findtext("{*}navLabel/{*}text") or "") or target.get("value", "")
        yield label, content.get("src", "") if content is not None else "", 0


def _page_map(package: Package) -> str | None:
    types = package.media_types().items()
    return next((path for path, media_type in types if media_type == PAGE_MAP_TYPE), None)


def _in_page_map(data: bytes) -> Iterator[Entry]:
    """Read the list that Adobe's programs write for EPUB 2."""
    for page in parse_xml(data).iter("{*}page"):
        yield page.get("name", ""), page.get("href", ""), 0


def _in_text(documents: Mapping[str, etree._Element]) -> Iterator[Line]:
    for path, body in documents.items():
        for number, element in enumerate(body.iter(etree.Element)):
            if meanings_of(element) & PAGE_BREAKS:
                element.set("id", element.get("id") or f"pagebreak-{number}")
                if label := _label(element):
                    yield Line(label, path, element.get("id"), 0)


def _label(mark: etree._Element) -> str:
    labels = (
        mark.get("title", ""),
        mark.get("aria-label", ""),
        "".join(mark.itertext())[:1_000],
        mark.get("id"),
    )
    return next(filter(None, map(page_number, labels)), "")
