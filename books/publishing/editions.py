"""What a new edition of a book changed, chapter by chapter."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

# A chapter's title and plain text.
type Text = tuple[str, str]
# A line in many chapters says little about any one: only the next 20 chapters that have it are compared.
NEXT = 20


class Print(NamedTuple):
    """What a chapter is recognised by: together, the texts of two editions could fill the memory."""

    title: str
    # The hash of the text, and those of its lines without the title. With 64 bits, no two will be alike.
    text: int
    lines: frozenset[int]


@dataclass(frozen=True)
class Changes:
    """How many chapters are new, gone, have another title, or another text under the same title."""

    added: int = 0
    removed: int = 0
    renamed: int = 0
    revised: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.revised)

    def __str__(self) -> str:
        """Return them as one phrase: "1 chapter added, 2 chapters revised"; empty if nothing changed."""
        return ", ".join(
            f"{count:,} {'chapter' if count == 1 else 'chapters'} {word}"
            for count, word in [
                (self.added, "added"),
                (self.removed, "removed"),
                (self.renamed, "renamed"),
                (self.revised, "revised"),
            ]
            if count
        )


def compare(old_texts: Iterable[Text], new_texts: Iterable[Text]) -> Changes:
    """Return what became of the old chapters, recognised by their titles, or else by their text."""
    old, new = list(map(_print, old_texts)), list(map(_print, new_texts))
    added = removed = renamed = revised = 0
    matcher = SequenceMatcher(None, _told_apart(old), _told_apart(new), autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        before, after = old[start:end], new[new_start:new_end]
        if tag == "equal":
            revised += sum(one.text != other.text for one, other in zip(before, after, strict=True))
            continue
        known = _known_again(before, after)
        renamed += known
        removed += len(before) - known
        added += len(after) - known
    return Changes(added, removed, renamed, revised)


def _print(chapter: Text) -> Print:
    title, text = chapter
    return Print(title, hash(text), frozenset(map(hash, text.splitlines())) - {hash(title)})


def _told_apart(chapters: Sequence[Print]) -> list[tuple[str, int]]:
    """Return the titles, equal ones numbered: SequenceMatcher is slow if many items are equal."""
    seen: Counter[str] = Counter()
    titles = []
    for chapter in chapters:
        titles.append((chapter.title, seen[chapter.title]))
        seen[chapter.title] += 1
    return titles


def _known_again(before: Sequence[Print], after: Sequence[Print]) -> int:
    """Count the chapters that kept most of their lines, each paired with the next one that has them."""
    places = _places(after)
    known = start = 0
    for chapter in before:
        shared = Counter(place for line in chapter.lines for place in _next(places.get(line, []), start))
        twins = (
            at for at, count in shared.items() if 2 * count > max(len(chapter.lines), len(after[at].lines))
        )
        if (twin := min(twins, default=None)) is not None:
            known, start = known + 1, twin + 1
    return known


def _places(chapters: Sequence[Print]) -> dict[int, list[int]]:
    """Return the chapters that have each line, in their order."""
    places = defaultdict(list)
    for place, chapter in enumerate(chapters):
        for line in chapter.lines:
            places[line].append(place)
    return places


def _next(places: list[int], start: int) -> list[int]:
    first = bisect_left(places, start)
    return places[first : first + NEXT]
