"""Where the links of a book lead now that its documents are chapters."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from books.epub.book import MAX_DETAIL, MAX_FINDINGS, ContentsEntry, Finding, FindingKind
from books.epub.describing.contents import Line
from books.epub.opening.archive import resolve
from books.epub.opening.markup import TAGS_WITHOUT_CONTENT, is_drawing

from .chapters import Part, names_of

# Set before every id of the book, so that none is one of the page's own.
ID_PREFIX = "text-"
# In characters. Every link to a place repeats its id, even a link that names it by a shorter one.
MAX_ID = 200


@dataclass(frozen=True)
class Targets:
    """The chapter and the id there for each path and fragment; an empty fragment is the document's start."""

    # Where the archive has what a reference in a file means, however it is written.
    look_up: Callable[[str, str], str | None]
    # Whether a file is read or shown: a link to any other leads readers nowhere.
    knows: Callable[[str], bool]
    places: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    # The places in the table of contents where a chapter begins.
    openings: dict[tuple[str, str], int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, base: str, reference: str) -> tuple[int, str] | None:
        """Return where a reference in the file `base` leads: for a missing place, to the document's start."""
        target = resolve(base, reference)
        if target is None:
            return None
        if (target[0], "") not in self.places:
            target = self.look_up(base, reference) or target[0], target[1]
        missing = target[1] and target not in self.places
        # Within its own document a link to nowhere is no link; browsers do not move either.
        return self.places.get((target[0], "") if missing and target[0] != base else target)

    def contents(self, lines: Sequence[Line]) -> tuple[ContentsEntry, ...]:
        """Return the table of contents with its places."""
        return tuple(
            ContentsEntry(line.title, *self._of_line(line), line.depth)
            for line in lines
            if (line.path, "") in self.places
        )

    def note_duplicate(self, name: str, chapter: int) -> None:
        """Note an id that an earlier element of the file has already."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(FindingKind.DUPLICATE_ID, chapter, name[:MAX_DETAIL]))

    def _of_line(self, line: Line) -> tuple[int, str]:
        place = line.path, line.fragment
        if place in self.openings:
            return self.openings[place], ""
        return self.places.get(place) or self.places[line.path, ""]


def place_ids(
    chapters: Sequence[Sequence[Part]],
    stand_ins: Mapping[str, str],
    look_up: Callable[[str, str], str | None],
    knows: Callable[[str], bool],
) -> Targets:
    """Give every id of the book the one that it has on our pages, unique in its chapter.

    A link to a document whose fallback is read leads to the fallback.
    """
    targets = Targets(look_up, knows)
    for number, parts in enumerate(chapters, 1):
        page = _Page(number, targets)
        for part in parts:
            for element, shown_as in _with_what_is_shown(part.body):
                page.place(part.path, element, shown_as)
            page.place_start(part, is_first=part is parts[0])
        if titled := next((part for part in parts if part.title), None):
            targets.openings.update({(titled.path, fragment): number for fragment in titled.openings})
    targets.places.update({(path, ""): targets.places[read, ""] for path, read in stand_ins.items()})
    return targets


def is_dropped(element: etree._Element) -> bool:
    """Tell whether the element goes with all that is in it."""
    # Links to the neighbours, which every page of ours has anyway.
    return element.tag in TAGS_WITHOUT_CONTENT or element.get("role") == "navigation"


def fragment_id(fragment: str) -> str:
    """Return the id that an anchor of the book has on our pages, if no other of its chapter has it."""
    words = "-".join(fragment[: 2 * MAX_ID].split())
    name = "".join(letter for letter in words if letter.isprintable())
    return f"{ID_PREFIX}{name[:MAX_ID]}" if name else ""


def _with_what_is_shown(body: etree._Element) -> Iterator[tuple[etree._Element, etree._Element | None]]:
    """Yield each element with the one that our pages show for it: the drawing around it, itself, or None."""
    drawing: etree._Element | None = None
    dropped = 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if is_dropped(element):
            dropped += 1 if event == "start" else -1
        if event == "start":
            if drawing is None and is_drawing(element):
                drawing = element
            yield element, None if dropped else _drawing_or_itself(drawing, element)
        elif element is drawing:
            drawing = None


def _drawing_or_itself(drawing: etree._Element | None, element: etree._Element) -> etree._Element:
    return element if drawing is None else drawing


class _Page:
    """The ids on the page of one chapter, each given once."""

    def __init__(self, number: int, targets: Targets) -> None:
        self._number = number
        self._targets = targets
        self._taken: Counter[str] = Counter()

    def place(self, path: str, element: etree._Element, shown_as: etree._Element | None) -> None:
        """Give an element of the file `path` its id, or have its names lead to the drawing that shows it."""
        names = names_of(element)
        if shown_as is not None and shown_as is not element:
            self._place_in_drawing(path, names, shown_as)
            return
        element.attrib.pop("id", None)
        if shown_as is not None:
            for name in names:
                self._place_name(path, name, element)

    def place_start(self, part: Part, *, is_first: bool) -> None:
        """Note where the part's document begins: at the top of the page, or at the part's own id."""
        if (part.path, "") in self._targets.places:
            return
        if not is_first and not part.body.get("id"):
            part.body.set("id", self._unique(f"{ID_PREFIX}start"))
        self._targets.places[part.path, ""] = self._number, "" if is_first else part.body.get("id")

    def _place_in_drawing(self, path: str, names: list[str], drawing: etree._Element) -> None:
        drawing_id = drawing.get("id") or (self._unique(f"{ID_PREFIX}drawing") if names else "")
        if drawing_id:
            drawing.set("id", drawing_id)
        for name in names:
            self._targets.places.setdefault((path, name), (self._number, drawing_id))

    def _place_name(self, path: str, name: str, element: etree._Element) -> None:
        if (path, name) in self._targets.places:
            self._targets.note_duplicate(name, self._number)
        elif element.get("id") or fragment_id(name):
            if not element.get("id"):
                element.set("id", self._unique(fragment_id(name)))
            self._targets.places[path, name] = self._number, element.get("id")

    def _unique(self, wanted: str) -> str:
        found = wanted
        while found in self._taken:
            self._taken[wanted] += 1
            found = f"{wanted}-{self._taken[wanted]}"
        self._taken[found] = 1
        return found
