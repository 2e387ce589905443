"""What a new edition of a book changed, chapter by chapter."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# A chapter's title and plain text.
type Text = tuple[str, str]
# A line in many chapters says little about any one: only the next 20 chapters that have it are compared.
NEXT = 20


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


def compare(old: Sequence[Text], new: Sequence[Text]) -> Changes:
    """Return what became of the old chapters, recognised by their titles, or else by their text."""
    added = removed = renamed = revised = 0
    matcher = SequenceMatcher(None, _told_apart(old), _told_apart(new), autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        before, after = old[start:end], new[new_start:new_end]
        if tag == "equal":
            revised += sum(one[1] != other[1] for one, other in zip(before, after, strict=True))
            continue
        known = _known_again(before, after)
        renamed += known
        removed += len(before) - known
        added += len(after) - known
    return Changes(added, removed, renamed, revised)


def _told_apart(chapters: Sequence[Text]) -> list[tuple[str, int]]:
    """Return the titles, equal ones numbered: SequenceMatcher is slow if many items are equal."""
    seen: Counter[str] = Counter()
    titles = []
    for title, _ in chapters:
        titles.append((title, seen[title]))
        seen[title] += 1
    return titles


def _known_again(before: Sequence[Text], after: Sequence[Text]) -> int:
    """Count the chapters that kept most of their lines, each paired with the next one that has them."""
    lines = [_lines(chapter) for chapter in after]
    places = _places(lines)
    known = start = 0
    for chapter in before:
        kept = _lines(chapter)
        shared = Counter(place for line in kept for place in _next(places.get(line, []), start))
        twins = (at for at, count in shared.items() if 2 * count > max(len(kept), len(lines[at])))
        if (twin := min(twins, default=None)) is not None:
            known, start = known + 1, twin + 1
    return known


def _lines(chapter: Text) -> set[str]:
    title, text = chapter
    return set(text.splitlines()) - {title}


def _places(lines: Sequence[set[str]]) -> dict[str, list[int]]:
    """Return the chapters that have each line, in their order."""
    places = defaultdict(list)
    for place, found in enumerate(lines):
        for line in found:
            places[line].append(place)
    return places


def _next(places: list[int], start: int) -> list[int]:
    first = bisect_left(places, start)
    return places[first : first + NEXT]
