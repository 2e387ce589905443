"""Where the links of a book lead once its documents have become chapters."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from books.epub.book import MAX_REMARKS, ContentsEntry, Oddity, Remark
from books.epub.describing.contents import Line
from books.epub.opening.archive import resolve
from books.epub.opening.markup import TAGS_WITHOUT_CONTENT, local_name

from .chapters import Part, names_of

# Set before every id of the book, so that none is one of the page's own.
ID_PREFIX = "text-"
# An id is repeated in every link to it, a short name of the same place notwithstanding.
MAX_ID = 200


@dataclass(frozen=True)
class Targets:
    """The chapter and the id there for each path and fragment; an empty fragment is the document's start."""

    places: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    # The places from the table of contents that are the beginning of their chapter.
    openings: dict[tuple[str, str], int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def find(self, base: str, reference: str) -> tuple[int, str] | None:
        """Return where a reference in the file `base` leads: for a missing place, to the document's start."""
        target = resolve(base, reference)
        if target is None:
            return None
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

    def _of_line(self, line: Line) -> tuple[int, str]:
        place = line.path, line.fragment
        if place in self.openings:
            return self.openings[place], ""
        return self.places.get(place) or self.places[line.path, ""]


def place_ids(chapters: Sequence[Sequence[Part]], stand_ins: Mapping[str, str]) -> Targets:
    """Give every id of the book the one that it has on our pages, unique in its chapter.

    A link to a document that another stands in for leads to that one.
    """
    targets = Targets()
    for number, parts in enumerate(chapters, 1):
        taken: Counter[str] = Counter()
        titled = next((part for part in parts if part.title), None)
        for index, part in enumerate(parts):
            for element, holder in _with_holders(part.body):
                _place(element, holder, part.path, number, taken, targets)
            start = part.path, ""
            if start not in targets.places:
                if index and not part.body.get("id"):
                    part.body.set("id", _unique(f"{ID_PREFIX}start", taken))
                targets.places[start] = number, part.body.get("id", "") if index else ""
            if part is titled:
                targets.openings.update({(part.path, fragment): number for fragment in part.openings})
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


def _with_holders(body: etree._Element) -> Iterator[tuple[etree._Element, etree._Element | None]]:
    """Yield each element with what stands for it on our pages: the drawing around it, itself, or nothing."""
    drawing: etree._Element | None = None
    dropped = 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if is_dropped(element):
            dropped += 1 if event == "start" else -1
        if event == "end":
            drawing = None if element is drawing else drawing
            continue
        if drawing is None and local_name(element) == "svg":
            drawing = element
        yield element, None if dropped else element if drawing is None else drawing


def _place(
    element: etree._Element,
    holder: etree._Element | None,
    path: str,
    number: int,
    taken: Counter[str],
    targets: Targets,
) -> None:
    names = names_of(element)
    if holder is not None and holder is not element:
        holder_id = holder.get("id") or (_unique(f"{ID_PREFIX}drawing", taken) if names else "")
        if holder_id:
            holder.set("id", holder_id)
        for name in names:
            targets.places.setdefault((path, name), (number, holder_id))
        return
    element.attrib.pop("id", None)
    if holder is None:
        return
    for name in names:
        if (path, name) in targets.places:
            if len(targets.remarks) < MAX_REMARKS:
                targets.remarks.append(Remark(Oddity.DUPLICATE_ID, number, name[:100]))
        elif element.get("id") or fragment_id(name):
            if not element.get("id"):
                element.set("id", _unique(fragment_id(name), taken))
            targets.places[path, name] = number, element.get("id")


def _unique(wanted: str, taken: Counter[str]) -> str:
    found = wanted
    while found in taken:
        taken[wanted] += 1
        found = f"{wanted}-{taken[wanted]}"
    taken[found] = 1
    return found
