"""How a book asks to be shown: in fixed pages or flowing, in lines or in columns, turned from which side.

https://www.w3.org/TR/epub-33/#sec-rendering-general and, for EPUB 2, what Apple and Amazon made of it.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from lxml import etree

from books.epub.book import Presentation
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.charset import decode
from books.epub.opening.descriptions import parse_xml
from books.epub.opening.markup import head_elements
from books.epub.opening.package import Package

APPLE_OPTIONS = "META-INF/com.apple.ibooks.display-options.xml"
# The first documents decide for the book.
MAX_DOCUMENTS = 200
# Each sheet's rules are read for each document that uses it.
MAX_SHEETS = 50
MAX_RULES = 100
MAX_HEAD = 100
MAX_SHEET_CHARACTERS = 500_000
IMPORT = re.compile(r"""@import\s+(?:url\(\s*)?["']?([^"')\s;]{1,200})""")
WRITING_MODE = re.compile(r"(?:-epub-|-webkit-)?writing-mode\s*:\s*([a-z-]+)", re.IGNORECASE)
VERTICAL = frozenset({"vertical-rl", "tb-rl"})


class Selector(NamedTuple):
    """A selector of the whole page, by element, class or both."""

    tag: str
    name: str


# "html", ".vrtl", "html.vrtl": those of parts of the text do not matter here.
SIMPLE = re.compile(r"(?P<tag>html|body|:root|\*)?(?:\.(?P<name>[\w-]+))?", re.IGNORECASE)


def read_presentation(
    archive: Archive, package: Package, documents: Mapping[str, etree._Element]
) -> Presentation:
    """Return how the book asks to be shown; `documents` are the roots of the spine's documents by path."""
    vertical = _is_vertical(archive, package, documents)
    spine = package.root.find("{*}spine")
    progression = spine.get("page-progression-direction", "") if spine is not None else ""
    if progression not in {"ltr", "rtl"}:
        progression = "rtl" if vertical else "default"
    return Presentation(
        layout="fixed" if _is_fixed(archive, package) else "reflowable",
        writing_mode="vertical-rl" if vertical else "horizontal",
        page_progression=progression,
    )


def _is_fixed(archive: Archive, package: Package) -> bool:
    if package.meta("rendition:layout") == "pre-paginated" or package.meta("fixed-layout") == "true":
        return True
    items = list(package.root.iterfind("{*}spine/{*}itemref"))
    fixed = sum("rendition:layout-pre-paginated" in item.get("properties", "").split() for item in items)
    if fixed * 2 > len(items):
        return True
    if APPLE_OPTIONS not in archive:
        return False
    options = parse_xml(archive.read(APPLE_OPTIONS)).iter("{*}option")
    return any(it.get("name") == "fixed-layout" and (it.text or "").strip() == "true" for it in options)


def _is_vertical(archive: Archive, package: Package, documents: Mapping[str, etree._Element]) -> bool:
    stated = package.meta("primary-writing-mode")
    if stated:
        return stated.startswith("vertical-rl")
    sheets = _Sheets(archive)
    first = list(islice(documents.items(), MAX_DOCUMENTS))
    vertical = sum(_is_page_vertical(path, root, sheets) for path, root in first)
    return vertical * 2 > len(first)


def _is_page_vertical(path: str, root: etree._Element, sheets: "_Sheets") -> bool:
    """Tell whether the last rule for the whole page, or its own style, makes it vertical."""
    body = root.find(".//body")
    page = [element for element in (root, body) if element is not None]
    found = ""
    for selector, mode in sheets.linked(path, root).items():
        if any(_matches(selector, element) for element in page):
            found = mode
    own = [WRITING_MODE.search(element.get("style", "")[:1000]) for element in page]
    found = next((mode[1].lower() for mode in reversed(own) if mode), found)
    return found in VERTICAL


def _matches(selector: Selector, element: etree._Element) -> bool:
    named = not selector.name or selector.name in element.get("class", "").split()
    return named and selector.tag in {"", element.tag}


class _Sheets:
    """The style sheets of the book, each read once, reduced to their rules on the writing mode."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._read: dict[str, dict[Selector, str]] = {}

    def linked(self, path: str, root: etree._Element) -> dict[Selector, str]:
        """Return the rules of the sheets that a document uses; later rules replace earlier ones."""
        modes: dict[Selector, str] = {}
        for element in islice(head_elements(root), MAX_HEAD):
            if element.tag == "style":
                modes |= _rules("".join(element.itertext())[:MAX_SHEET_CHARACTERS])
            elif element.tag == "link" and element.get("rel", "").split() == ["stylesheet"]:
                target = resolve(path, element.get("href", ""))
                modes |= self._of(target[0]) if target else {}
        return modes

    def _of(self, path: str) -> dict[Selector, str]:
        if path not in self._read and path in self._archive and len(self._read) < MAX_SHEETS:
            # Noted before its imports are read, so that circular imports end.
            self._read[path] = {}
            css = decode(self._archive.read(path))[:MAX_SHEET_CHARACTERS]
            modes: dict[Selector, str] = {}
            for reference in IMPORT.findall(_without_comments(css)):
                target = resolve(path, reference)
                modes |= self._of(target[0]) if target else {}
            self._read[path] = modes | _rules(css)
        return self._read.get(path, {})


def _rules(css: str) -> dict[Selector, str]:
    """Return the first rules for the page's writing mode; books have one or two."""
    return dict(islice(_rules_in_order(css), MAX_RULES))


def _rules_in_order(css: str) -> Iterator[tuple[Selector, str]]:
    """Yield the rules for the page's writing mode; no pattern sees more than one rule at a time."""
    for rule in _without_comments(css).split("}"):
        above, _, declarations = rule.rpartition("{")
        mode = WRITING_MODE.search(declarations)
        if mode:
            # Without what comes before them, such as the beginning of an @media, or an @import.
            selectors = above.rpartition("{")[2].rpartition(";")[2]
            yield from ((selector, mode[1].lower()) for selector in _selectors(selectors))


def _selectors(text: str) -> Iterator[Selector]:
    for selector in map(str.strip, text.split(",")):
        simple = SIMPLE.fullmatch(selector)
        if selector and simple:
            tag = (simple["tag"] or "").lower()
            yield Selector({":root": "html", "*": ""}.get(tag, tag), simple["name"] or "")


def _without_comments(css: str) -> str:
    first, *rest = css.split("/*")
    return first + "".join(part.partition("*/")[2] for part in rest)
