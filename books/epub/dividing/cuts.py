"""One document → several: cut where the table of contents points into it, at the edge of a block."""

from collections.abc import Iterable
from itertools import takewhile

from lxml import etree

from books.epub.opening.markup import EPUB_TYPE, XML_LANG

# What may be closed before a cut and opened again after it; anything else goes whole to one side.
CONTAINERS = frozenset("div section article main header footer aside nav center blockquote".split())
# Deeper than any book nests its sections; copies of more ancestors would multiply a hostile text.
MAX_DEPTH = 50
# What a copy of them takes along: language, direction and meaning, and none of more letters than these need.
COPIED = ("lang", XML_LANG, "dir", "role", EPUB_TYPE)
MAX_COPIED = 100
PICTURES = frozenset({"img", "svg", "object", "{http://www.w3.org/2000/svg}svg"})


def anchors(body: etree._Element) -> dict[str, etree._Element]:
    """Return the elements that links can lead to by their names; of two with one name, the first."""
    found: dict[str, etree._Element] = {}
    for element in body.iter(etree.Element):
        for name in names_of(element):
            found.setdefault(name, element)
    return found


def names_of(element: etree._Element) -> list[str]:
    """Return the element's id, and the name that old documents give to an <a>."""
    named = element.get("name", "") if element.tag == "a" else ""
    return [name for name in dict.fromkeys([element.get("id", ""), named]) if name]


class Cuts:
    """Where a document can be cut: the block of each place, and how much stands before it."""

    def __init__(self, body: etree._Element) -> None:
        self._body = body
        # Characters and pictures before each element.
        self._before: dict[etree._Element, int] = {}
        count = 0
        for event, element in etree.iterwalk(body, events=("start", "end")):
            if event == "start":
                self._before[element] = count
                count += len((element.text or "").strip()) + (element.tag in PICTURES)
            elif element is not body:
                count += len((element.tail or "").strip())

    def block(self, element: etree._Element) -> etree._Element | None:
        """Return the block to cut before so that the element begins a part; None if the document does."""
        above = takewhile(lambda ancestor: ancestor is not self._body, element.iterancestors())
        path = [element, *above][::-1][:MAX_DEPTH]
        if element is self._body or not self._before[element]:
            return None
        depth = next((i for i, part in enumerate(path) if part.tag not in CONTAINERS), len(path) - 1)
        # The first block of a section takes the section, with its id, along.
        while depth and self._before[path[depth]] == self._before[path[depth - 1]]:
            depth -= 1
        return path[depth] if self._before[path[depth]] else None

    def in_order(self, blocks: Iterable[etree._Element]) -> list[etree._Element]:
        """Return the blocks as they stand in the document, without those that have nothing between."""
        wanted, ordered, before = set(blocks), [], 0
        for element in self._before:
            if element in wanted and self._before[element] > before:
                ordered.append(element)
                before = self._before[element]
        return ordered


def split(body: etree._Element, blocks: list[etree._Element]) -> list[etree._Element]:
    """Cut the body before each block, given in order; return the parts, one more than there are blocks."""
    parts = [_cut_off(body, block) for block in reversed(blocks)]
    return [body, *reversed(parts)]


def _cut_off(body: etree._Element, block: etree._Element) -> etree._Element:
    """Move the block and all that follows it into a copy of the elements that it was in."""
    following = [block, *block.itersiblings()]
    parent = block.getparent()
    while True:
        copy = etree.Element(parent.tag, _copied(parent))
        if parent is not body:
            copy.tail, parent.tail = parent.tail, None
        above, outer = list(parent.itersiblings()) if parent is not body else [], parent.getparent()
        copy.extend(following)
        if parent is body:
            return copy
        following, parent = [copy, *above], outer


def _copied(element: etree._Element) -> dict[str, str]:
    """Return the attributes for a copy: a long title would be in the book as often as it is cut."""
    values = {name: element.get(name, "") for name in COPIED}
    return {name: value for name, value in values.items() if 0 < len(value) <= MAX_COPIED}
