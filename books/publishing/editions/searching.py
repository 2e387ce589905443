"""Finding the words at a place in another text, also if a few of them have changed.

All words that are sought are looked for in one pass through the text: each is taken apart into overlapping
runs of four words. Where many runs of one place lie as far apart as they used to, there the place is now.
Where words repeat themselves, so that they fit several places equally, it is the first of those that overlap,
and of others the nearest to where it is expected.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from books.models.places import UNSPACED, Words

WORD = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")
RUN = 4
# In characters: how far edits among a place's words may shift them, without that being another place.
LEEWAY = 64
# Of one run in one chapter, and of all runs of one place: so that a book that repeats itself costs no more.
MOST_FINDS, MOST_LOOKED_AT = 100, 1_000
# In words from the place: the runs that begin there decide, since what follows may be another paragraph.
NEAR = range(1 - RUN, 6)


class Sought(NamedTuple):
    """Words to find, and where they are expected."""

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
# For each place in one chapter, the runs that say it is there.
type _Votes = dict[int, list[_Run]]
# How many runs say that a place is there: see _agreed().
type _Agreed = tuple[int, int, int]


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
    runs = []
    for at in sorted(range(len(all_words) - RUN + 1), key=lambda at: abs(at - len(before))):
        key = hash(tuple(word for word, _ in all_words[at : at + RUN]))
        runs.append(_Run(key, all_words[at][1], at - len(before)))
    return runs


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
    votes: defaultdict[int, defaultdict[int, list[_Run]]] = defaultdict(lambda: defaultdict(list))
    for run in looked_at:
        for chapter, offset in finds.get(run.key, ()):
            votes[chapter][offset - run.distance].append(run)
    if not votes:
        return None

    def rank(at: tuple[int, int]) -> tuple[_Agreed, bool, int]:
        chapter, place = at
        return _agreed(votes[chapter][place]), chapter == sought.chapter, -abs(place - sought.offset)

    chapter, best = max(((chapter, place) for chapter in votes for place in votes[chapter]), key=rank)
    # Edits among the words have shifted some of the runs.
    around = {place: runs for place, runs in votes[chapter].items() if abs(place - best) <= LEEWAY}
    return Found(chapter, max(_place(around), 0), _share(around, looked_at))


def _agreed(runs: Sequence[_Run]) -> _Agreed:
    """Return how many runs say so: those near, all from the place on, and all before it."""
    near = sum(run.count in NEAR for run in runs if run.count >= 0)
    across = sum(run.is_of_excerpt for run in runs if run.count < 0)
    before = sum(not run.is_of_excerpt for run in runs)
    # Words may be preceded by what also precedes their repetition: that alone is no context.
    return near + (across if before else 0), sum(run.count >= 0 for run in runs), before


def _share(votes: _Votes, looked_at: Sequence[_Run]) -> float:
    # Each only once: what repeats itself says no more about whether these are the words.
    there = {run.key for runs in votes.values() for run in runs}
    near = {run.key for run in looked_at if run.is_near}
    of_excerpt = {run.key for run in looked_at if run.is_of_excerpt}
    if not near & there:
        return 0
    return max(len(near & there) / len(near) * 2 / 3, len(of_excerpt & there) / len(of_excerpt))


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


def _place(votes: _Votes) -> int:
    """Return the place as the surest run says: of its finds, where most agree; of equal ones, the first."""
    surest = min((run for runs in votes.values() for run in runs), key=_unsureness)
    places = sorted(place for place, runs in votes.items() if surest in runs)
    return max(places, key=lambda place: _agreed(votes[place]))


def _unsureness(run: _Run) -> tuple[int, int]:
    """Return how much may have changed between the run and the place: nothing, if the run reaches it."""
    reaches = -RUN <= run.count <= 0
    return 0 if reaches else 1 + (run.distance < 0), abs(run.distance)
