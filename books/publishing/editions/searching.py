"""Finding the words at a place in another text, also if a few of them have changed.

All words that are sought are looked for in one pass through the text: each is taken apart into overlapping
runs of four words. Where many runs of one place lie as far apart as they used to, there the place is now.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from books.models.places import UNSPACED, Words

WORD = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")
RUN = 4
# In characters: how far edits among a place's words may shift them, without that being another place.
LEEWAY = 64
# Of one run in one chapter, and of all runs of one place: so that a book that repeats itself costs no more.
MOST_FINDS, MOST_LOOKED_AT = 100, 300
# In words from the place: the runs that begin there decide, since what follows may be another paragraph.
NEAR = range(1 - RUN, 6)


class Sought(NamedTuple):
    """Words to find, and where they are expected: of places that are equally good, the nearest is taken."""

    words: Words
    chapter: int
    offset: int


class Found(NamedTuple):
    """A place in a text: the chapter's number and the characters before it; how much of the words is there.

    `share` is 1 if every run of the excerpt is there, and 0 if none is that is near the place.
    """

    chapter: int
    offset: int
    share: float


class _Run(NamedTuple):
    key: int
    # In characters, from the place on: negative before it.
    distance: int
    # In words; the excerpt's begin with the one that contains its first word.
    count: int

    @property
    def is_near(self) -> bool:
        return self.count in NEAR

    @property
    def is_of_excerpt(self) -> bool:
        return self.count > -RUN


# Where each run is, as chapter and offset.
type _Finds = dict[int, list[tuple[int, int]]]
# Where the place would be, as this run says.
type _Vote = tuple[int, _Run]
type _Areas = defaultdict[tuple[int, int], list[_Vote]]


def find(sought: Sequence[Sought], texts: Iterable[tuple[int, str]]) -> list[Found | None]:
    """Return for each where its words are best found in the numbered texts; None if in no part."""
    runs = [_runs(one.words) for one in sought]
    finds = _finds({run.key for of_one in runs for run in of_one}, texts)
    return [_best(one, of_one, finds) for one, of_one in zip(sought, runs, strict=True)]


def is_searchable(words: Words) -> bool:
    """Tell whether there are enough words to look for."""
    return bool(_runs(words))


def _runs(words: Words) -> list[_Run]:
    before = [(match[0], match.start() - len(words.before) - 1) for match in WORD.finditer(words.before)]
    after = [(match[0], match.start()) for match in WORD.finditer(words.excerpt)]
    all_words = before + after
    runs: dict[int, _Run] = {}
    # Of equal ones, the nearest counts.
    for at in sorted(range(len(all_words) - RUN + 1), key=lambda at: abs(at - len(before))):
        key = hash(tuple(word for word, _ in all_words[at : at + RUN]))
        runs.setdefault(key, _Run(key, all_words[at][1], at - len(before)))
    return list(runs.values())


def _finds(keys: set[int], texts: Iterable[tuple[int, str]]) -> _Finds:
    finds: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, text in texts:
        counts: Counter[int] = Counter()
        for key, offset in _runs_of(text):
            if key in keys and counts[key] < MOST_FINDS:
                counts[key] += 1
                finds[key].append((number, offset))
    return finds


def _runs_of(text: str) -> Iterator[tuple[int, int]]:
    first = second = third = ""
    starts = [0, 0, 0]
    for count, match in enumerate(WORD.finditer(text)):
        word = match[0]
        if count >= RUN - 1:
            yield hash((first, second, third, word)), starts[count % 3]
        first, second, third = second, third, word
        starts[count % 3] = match.start()


def _best(sought: Sought, runs: Sequence[_Run], finds: _Finds) -> Found | None:
    looked_at = _looked_at(runs, finds)
    areas: _Areas = defaultdict(list)
    for run in looked_at:
        for chapter, offset in finds.get(run.key, ()):
            place = offset - run.distance
            areas[chapter, place // LEEWAY].append((place, run))
    if not areas:
        return None
    # With the next one, so that a border between two areas matters little.
    together = {
        (chapter, area): areas[chapter, area] + areas.get((chapter, area + 1), []) for chapter, area in areas
    }
    chapter, area = max(together, key=_rank(sought, together))
    votes = together[chapter, area]
    return Found(chapter, max(_place(votes, sought.offset), 0), _share(votes, looked_at))


def _share(votes: Sequence[_Vote], looked_at: Sequence[_Run]) -> float:
    there = {run for _, run in votes}
    near = [run in there for run in looked_at if run.is_near]
    of_excerpt = [run in there for run in looked_at if run.is_of_excerpt]
    if not any(near):
        return 0
    return max(sum(near) / len(near) * 2 / 3, sum(of_excerpt) / len(of_excerpt))


def _looked_at(runs: Sequence[_Run], finds: _Finds) -> list[_Run]:
    """Return the runs that say most about the place: all of them, or the rarest."""
    rarest = sorted(runs, key=lambda run: len(finds.get(run.key, ())))
    looked_at, count = [], 0
    for run in rarest:
        count += len(finds.get(run.key, ()))
        if count > MOST_LOOKED_AT and looked_at:
            break
        looked_at.append(run)
    return looked_at


def _rank(
    sought: Sought, together: dict[tuple[int, int], list[_Vote]]
) -> Callable[[tuple[int, int]], tuple[int, int, bool, int]]:
    def rank(at: tuple[int, int]) -> tuple[int, int, bool, int]:
        there = {run for _, run in together[at]}
        chapter, area = at
        distance = abs(area * LEEWAY - sought.offset)
        return sum(run.is_near for run in there), len(there), chapter == sought.chapter, -distance

    return rank


def _place(votes: Sequence[_Vote], expected: int) -> int:
    """Return the place as the run says that is nearest to it, best one that begins there."""

    def rank(vote: _Vote) -> tuple[bool, int, int]:
        place, run = vote
        return run.distance < 0, abs(run.distance), abs(place - expected)

    return min(votes, key=rank)[0]
