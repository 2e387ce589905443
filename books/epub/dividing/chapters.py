"""The spine's documents → chapters, as the book's own table of contents divides it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import takewhile

from lxml import etree

from books.epub.describing.contents import Line
from books.epub.opening.markup import EPUB_TYPE, XML_LANG
from books.epub.plain_text import element_to_text, one_line
from books.epub.styling.looks import LOOKS

# What a cut may go through, so that there is one before and one after it; anything else stays whole.
CONTAINERS = frozenset("div section article main header footer aside nav center blockquote".split())
# Deeper than any book nests its sections; copying more ancestors would multiply a hostile text.
MAX_DEPTH = 50
# What is copied from them: language, direction, meaning and looks, in no more characters than these need.
COPIED = ("lang", XML_LANG, "dir", "role", EPUB_TYPE, LOOKS)
MAX_COPIED = 100
PICTURES = frozenset({"img", "svg", "object", "{http://www.w3.org/2000/svg}svg"})

HEADING = re.compile("h[1-6]")
# In characters: text before the first entry's place that is no longer is its epigraph, not a chapter.
MAX_LEAD = 400
# In characters: documents that the contents do not list make a chapter no longer than this.
MAX_CONTINUED = 150_000
# In characters, what a picture counts for.
PICTURE_LENGTH = 1_000


class Join(Enum):
    """What a part is to the parts around it."""

    BEGINS = auto()
    CONTINUES = auto()
    INTRODUCES = auto()


@dataclass(frozen=True)
class Part:
    """A document or a stretch of one."""

    path: str
    body: etree._Element
    # Its title in the contents; empty if they do not list it.
    title: str
    join: Join
    # The fragments by which the contents refer to its beginning.
    openings: frozenset[str] = frozenset()

    @property
    def length(self) -> int:
        """Return how much room it takes, in characters."""
        pictures = sum(1 for _ in self.body.iter(*PICTURES))
        return len("".join(self.body.itertext())) + pictures * PICTURE_LENGTH


def divide(bodies: Mapping[str, etree._Element], lines: Sequence[Line]) -> list[list[Part]]:
    """Return the parts of each chapter; the bodies are used up.

    A document is cut at the places to which top entries of the contents lead. Text before the first of them
    belongs to the chapter before. So does a document to which no entry leads, unless it has its own heading.
    """
    if not leads_through(bodies, lines):
        titles = {line.path: line.title for line in reversed(lines)}
        return [[Part(path, body, titles.get(path, ""), Join.BEGINS)] for path, body in bodies.items()]
    top = _top_depth(lines)
    lines_into = defaultdict(list)
    for line in lines:
        lines_into[line.path].append(line)
    parts: list[Part] = []
    for path, body in bodies.items():
        parts += _parts(path, body, lines_into[path], top)
    return _chapters(parts)


def leads_through(bodies: Mapping[str, etree._Element], lines: Sequence[Line]) -> bool:
    """Tell whether the book's own contents are of use: some list nothing but the title page."""
    paths, top = {line.path for line in lines}, _top_depth(lines)
    tops = {(line.path, line.fragment) for line in lines if line.depth == top}
    return len(paths) > 1 or len(tops) > 1 or (len(bodies) == 1 and bool(lines))


def _top_depth(lines: Sequence[Line]) -> int:
    """Return the depth of the chapters: 1 where the only entry above them is the book itself."""
    depths = Counter(line.depth for line in lines)
    return 1 if depths[0] == 1 and depths[1] > 1 else 0


def _parts(path: str, body: etree._Element, lines: list[Line], top: int) -> list[Part]:
    # Going through all elements takes long, and most books have a document for each chapter.
    cuts = Cuts(body) if any(line.fragment for line in lines) else None
    titles: dict[etree._Element | None, str] = {}
    openings: dict[etree._Element | None, set[str]] = {}
    for line in lines:
        block = cuts.block(line.fragment) if cuts else None
        if block is None or line.depth <= top:
            titles.setdefault(block, line.title)
            openings.setdefault(block, set()).add(line.fragment)
    blocks = cuts.in_order(block for block in titles if block is not None) if cuts else []
    bodies = split(body, blocks)
    title = titles.get(None, "")
    join = Join.BEGINS if title else _join_of_unlisted(body, is_lead=len(bodies) > 1, listed=bool(lines))
    first = Part(path, body, title, join, frozenset(openings.get(None, set())))
    rest = zip(bodies[1:], blocks, strict=True)
    return [
        first,
        *(Part(path, part, titles[block], Join.BEGINS, frozenset(openings[block])) for part, block in rest),
    ]


def _join_of_unlisted(body: etree._Element, *, is_lead: bool, listed: bool) -> Join:
    heading = next((element for element in body.iter(etree.Element) if _is_heading(element)), None)
    if is_lead:
        return _join_of_lead(one_line(element_to_text(body)), heading)
    return Join.BEGINS if listed or heading is not None else Join.CONTINUES


def _join_of_lead(words: str, heading: etree._Element | None) -> Join:
    """Return what the words before the first listed place of a document are."""
    begins_with_heading = heading is not None and words.startswith(one_line(element_to_text(heading)))
    if not words or (begins_with_heading and len(words) <= MAX_LEAD):
        return Join.INTRODUCES
    return Join.BEGINS if begins_with_heading else Join.CONTINUES


def _is_heading(element: etree._Element) -> bool:
    return bool(HEADING.fullmatch(element.tag) and one_line("".join(element.itertext())))


def _chapters(parts: Sequence[Part]) -> list[list[Part]]:
    chapters: list[list[Part]] = []
    introduction: list[Part] = []
    length = 0
    for part in parts:
        length += part.length
        if part.join is Join.INTRODUCES:
            introduction.append(part)
        elif part.join is Join.CONTINUES and chapters and length <= MAX_CONTINUED:
            chapters[-1].append(part)
        else:
            chapters.append([*introduction, part])
            introduction, length = [], part.length
    return chapters


def anchors(body: etree._Element) -> dict[str, etree._Element]:
    """Return the elements that links can lead to, by name; of two with the same name, the first."""
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
    """Where a document can be cut: the block around each place, and how much comes before it."""

    def __init__(self, body: etree._Element) -> None:
        self._body = body
        self._anchors = anchors(body)
        # Characters and pictures before each element.
        self._before: dict[etree._Element, int] = {}
        count = 0
        for event, element in etree.iterwalk(body, events=("start", "end")):
            if event == "start":
                self._before[element] = count
                count += len((element.text or "").strip()) + (element.tag in PICTURES)
            elif element is not body:
                count += len((element.tail or "").strip())

    def block(self, fragment: str) -> etree._Element | None:
        """Return the block to cut before so that a part begins at the fragment; None at the very start."""
        element = self._anchors.get(fragment)
        if element is None or element is self._body or not self._before[element]:
            return None
        above = takewhile(lambda ancestor: ancestor is not self._body, element.iterancestors())
        path = [element, *above][::-1][:MAX_DEPTH]
        depth = next((i for i, part in enumerate(path) if part.tag not in CONTAINERS), len(path) - 1)
        # A cut before the first block of a section goes before the section, which has the id.
        while depth and self._before[path[depth]] == self._before[path[depth - 1]]:
            depth -= 1
        return path[depth] if self._before[path[depth]] else None

    def in_order(self, blocks: Iterable[etree._Element]) -> list[etree._Element]:
        """Return the blocks in the order of the document, of several with nothing between them the first."""
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
    """Move the block and all that follows it into copies of the elements around it."""
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
    """Return the attributes for a copy, without long ones, which every cut would repeat."""
    values = {name: element.get(name, "") for name in COPIED}
    return {name: value for name, value in values.items() if 0 < len(value) <= MAX_COPIED}
