"""What a new edition of a book changed, chapter by chapter."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

# A chapter's title and plain text.
type Text = tuple[str, str]
# The positions of two chapters that are one, in the old edition and in the new.
type Twins = tuple[int, int]
# A line in many chapters says little about any one: only the next 20 chapters that have it are compared.
NEXT = 20


class Print(NamedTuple):
    """What a chapter is recognised by: together, the texts of two editions could fill the memory."""

    title: str
    # The hashes of the text, of its lines without the title in their order, and of each of these lines. With
    # 64 bits, no two will be alike.
    text: int
    body: int
    lines: frozenset[int]
    # In characters.
    length: int


@dataclass(frozen=True)
class Pair:
    """A chapter's numbers in the old and in the new edition; None in the one that does not have it."""

    old: int | None
    new: int | None
    is_moved: bool = False
    is_renamed: bool = False
    is_revised: bool = False

    @property
    def is_same(self) -> bool:
        """Whether its title and its text are what they were."""
        return None not in (self.old, self.new) and not (self.is_renamed or self.is_revised)


@dataclass(frozen=True)
class Changes:
    """How many chapters are new, gone, have another title, another text under the same title, or moved."""

    added: int = 0
    removed: int = 0
    renamed: int = 0
    revised: int = 0
    moved: int = 0

    @classmethod
    def among(cls, pairs: Sequence[Pair]) -> "Changes":
        """Return how many of these chapters changed; each counts once, in the order of the conditions."""
        both = [pair for pair in pairs if None not in (pair.old, pair.new)]
        renamed = sum(pair.is_renamed for pair in both)
        revised = sum(pair.is_revised and not pair.is_renamed for pair in both)
        moved = sum(pair.is_moved and pair.is_same for pair in both)
        added = sum(pair.old is None for pair in pairs)
        return cls(added, len(pairs) - len(both) - added, renamed, revised, moved)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.revised or self.moved)

    def __str__(self) -> str:
        """Return them as one phrase: "1 chapter added, 2 chapters revised"; empty if nothing changed."""
        return ", ".join(
            f"{count:,} {'chapter' if count == 1 else 'chapters'} {word}"
            for count, word in [
                (self.added, "added"),
                (self.removed, "removed"),
                (self.renamed, "renamed"),
                (self.revised, "revised"),
                (self.moved, "moved"),
            ]
            if count
        )


def compare(old_texts: Iterable[Text], new_texts: Iterable[Text]) -> Changes:
    """Return how many of the old chapters changed in which way."""
    return Changes.among(pair_up(list(map(print_of, old_texts)), list(map(print_of, new_texts))))


def print_of(chapter: Text) -> Print:
    """Return what a chapter is recognised by."""
    title, text = chapter
    lines = [hash(line) for line in text.splitlines()]
    body = [line for line in lines if line != hash(title)]
    return Print(title, hash(text), hash(tuple(body) or title), frozenset(body), len(text))


def pair_up(old: Sequence[Print], new: Sequence[Print]) -> list[Pair]:
    """Return what became of each chapter, in the order of the new edition, then those that are gone.

    Chapters are recognised by their whole text, then by most of their lines, then by their titles: a
    foreword that is called "1" makes the old chapter "1" no other. First in their order, then moved.
    """
    twins = list(_in_order(old, new))
    moved = _moved(old, new, twins)
    found = {at: (before, False) for before, at in twins} | {at: (before, True) for before, at in moved}
    pairs = [_pair(old, new, *found.get(at, (None, False)), at) for at in range(len(new))]
    kept = {before for before, _ in found.values()}
    return pairs + [Pair(at + 1, None) for at in range(len(old)) if at not in kept]


def _pair(old: Sequence[Print], new: Sequence[Print], before: int | None, is_moved: bool, at: int) -> Pair:
    if before is None:
        return Pair(None, at + 1)
    one, other = old[before], new[at]
    is_renamed = one.title != other.title
    is_revised = one.body != other.body or (one.text != other.text and not is_renamed)
    return Pair(before + 1, at + 1, is_moved, is_renamed, is_revised)


def _in_order(old: Sequence[Print], new: Sequence[Print]) -> Iterator[Twins]:
    bodies = _told_apart([one.body for one in old]), _told_apart([one.body for one in new])
    for tag, start, end, new_start, new_end in _opcodes(*bodies):
        if tag == "equal":
            yield from zip(range(start, end), range(new_start, new_end), strict=True)
            continue
        gap, new_gap = range(start, end), range(new_start, new_end)
        alike = [
            (gap[one], new_gap[other])
            for one, other in _alike([old[at] for at in gap], [new[at] for at in new_gap])
        ]
        yield from alike
        yield from _of_one_title(old, new, *_left(gap, new_gap, alike))


def _left(old: Iterable[int], new: Iterable[int], twins: Sequence[Twins]) -> tuple[list[int], list[int]]:
    """Return the positions that are in none of the pairs."""
    known, new_known = {one for one, _ in twins}, {other for _, other in twins}
    return [at for at in old if at not in known], [at for at in new if at not in new_known]


def _of_one_title(
    old: Sequence[Print], new: Sequence[Print], gap: Sequence[int], new_gap: Sequence[int]
) -> Iterator[Twins]:
    titles = _told_apart([old[at].title for at in gap]), _told_apart([new[at].title for at in new_gap])
    for tag, start, end, new_start, new_end in _opcodes(*titles):
        if tag == "equal":
            yield from zip(gap[start:end], new_gap[new_start:new_end], strict=True)


def _moved(old: Sequence[Print], new: Sequence[Print], twins: Sequence[Twins]) -> list[Twins]:
    """Return those of the other chapters that are found elsewhere: the same text, or most of its lines."""
    gap, new_gap = _left(range(len(old)), range(len(new)), twins)
    places = {new[at].body: at for at in reversed(new_gap)}
    same = {places[old[at].body]: at for at in reversed(gap) if old[at].body in places}
    moved = [(one, other) for other, one in same.items()]
    gap, new_gap = _left(gap, new_gap, moved)
    alike = _alike([old[at] for at in gap], [new[at] for at in new_gap], in_order=False)
    return [*moved, *((gap[one], new_gap[other]) for one, other in alike)]


def line_opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return how to make the new lines of the old ones, as SequenceMatcher says it, in little time."""
    return _opcodes(_told_apart(old), _told_apart(new))


def _opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _told_apart(items: Sequence[Hashable]) -> list[tuple[Hashable, int]]:
    """Return the items, equal ones numbered: SequenceMatcher is slow if many items are equal."""
    seen: Counter[Hashable] = Counter()
    numbered = []
    for item in items:
        numbered.append((item, seen[item]))
        seen[item] += 1
    return numbered


def _alike(before: Sequence[Print], after: Sequence[Print], *, in_order: bool = True) -> list[Twins]:
    """Return the chapters that kept most of their lines, each with the next free one that has them."""
    places = _places(after)
    twins: list[Twins] = []
    free, start = set(range(len(after))), 0
    for at, chapter in enumerate(before):
        shared = Counter(place for line in chapter.lines for place in _next(places.get(line, []), start))
        known = (
            place
            for place, count in shared.items()
            if place in free and 2 * count > max(len(chapter.lines), len(after[place].lines))
        )
        if (twin := min(known, default=None)) is not None:
            twins.append((at, twin))
            free.remove(twin)
            start = twin + 1 if in_order else 0
    return twins


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
