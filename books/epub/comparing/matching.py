"""Two runs of letters, what a document says and what is shown → what is missing."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from os.path import commonprefix
from typing import NamedTuple

# In letters: as many that are the same again, and the two readings are in step again.
STEP = 24
# In letters: how far ahead in what is shown a passage is looked for.
REACH = 20_000
# A book in which more is looked for than this is another one than was read.
MAX_SEARCHES = 20_000
# How many passages that were left out are tried where something is missing.
MAX_TRIED = 200
# How many of them may follow each other so closely that only together they explain a difference.
MAX_AT_ONCE = 6
# In letters: so many are compared at once.
STRIDE = 4_096


class LeftOut(NamedTuple):
    """A passage that is not shown, and what is shown in its place; both as letters."""

    letters: str
    instead: str = ""


class Lost(NamedTuple):
    """A run of letters that is missing: where it begins in the document, and how long it is."""

    start: int
    length: int


class Comparison:
    """One pass through what a book says, beside what is shown of it and what was left out on the way."""

    def __init__(self, said: str, shown: str, left_out: Sequence[Sequence[LeftOut]]) -> None:
        """Begin; `left_out` are several rows of passages, each in the order of the book."""
        self._said = said
        self._shown = shown
        self._left_out = [[passage for passage in row if passage.letters] for row in left_out]
        self._next = [0 for _ in left_out]
        self._searches = 0

    def lost(self) -> Iterator[Lost]:
        """Yield what is missing, in order."""
        at = there = 0
        while True:
            same = _in_common(self._said, at, self._shown, there)
            at, there = at + same, there + same
            if at == len(self._said):
                return
            if passed := self._passed(at, there, same):
                at, there = passed
                continue
            missing, extra = self._out_of_step(at, there)
            if missing:
                yield Lost(at, missing)
            at, there = at + missing, there + extra

    def _passed(self, at: int, there: int, back: int) -> tuple[int, int] | None:
        """Return where both go on if a passage that was left out explains the difference."""
        for passage, following in self._candidates(self._next, MAX_TRIED):
            for goes_on in self._without(passage, at, there, back):
                if self._fits(*goes_on, following, MAX_AT_ONCE):
                    self._next = following
                    return goes_on
        return None

    def _candidates(self, next_ones: list[int], count: int) -> Iterator[tuple[LeftOut, list[int]]]:
        """Yield the next passages, each with what comes next after it.

        First those for which the fewest are skipped: a word such as "FAIL" may be in every row.
        """
        for skipped in range(count):
            for row, first in enumerate(next_ones):
                if first + skipped < len(self._left_out[row]):
                    following = [*next_ones]
                    following[row] = first + skipped + 1
                    yield self._left_out[row][first + skipped], following

    def _without(self, passage: LeftOut, at: int, there: int, back: int) -> Iterator[tuple[int, int]]:
        """Yield where both may go on after this passage.

        Its first letters may be those of what follows it, so that the difference shows only after them.
        """
        length, instead = len(passage.letters), passage.instead
        for start in _places(self._said, passage.letters, at - min(back, length), at):
            shown = there - (at - start)
            if self._shown.startswith(instead, shown):
                yield start + length, shown + len(instead)

    def _fits(self, at: int, there: int, following: list[int], depth: int) -> bool:
        """Tell whether both go on together here, if need be without some of the next passages."""
        same = _in_common(self._said, at, self._shown, there)
        if same >= STEP // 2 or at + same == len(self._said) or self._fits_after_row(at, there, following):
            return True
        self._searches += 1
        if not depth or self._searches > MAX_SEARCHES:
            return False
        for passage, later in self._candidates(following, MAX_AT_ONCE):
            places = self._without(passage, at + same, there + same, same)
            if any(self._fits(*goes_on, later, depth - 1) for goes_on in places):
                return True
        return False

    def _fits_after_row(self, at: int, there: int, following: list[int]) -> bool:
        """Tell whether both go on together after passages of one row that follow each other here."""
        for row, first in enumerate(following):
            place, passages = at, self._left_out[row][first : first + MAX_TRIED]
            for passage in takewhile(lambda one: not one.instead, passages):
                if not self._said.startswith(passage.letters, place):
                    break
                place += len(passage.letters)
            same = _in_common(self._said, place, self._shown, there)
            if place > at and (same >= STEP // 2 or place + same == len(self._said)):
                return True
        return False

    def _out_of_step(self, at: int, there: int) -> tuple[int, int]:
        """Return how much of what is said is missing here, and how much is shown instead of it."""
        ahead = at
        while ahead < len(self._said) and self._searches < MAX_SEARCHES:
            self._searches += 1
            reach = there + REACH + (ahead - at)
            found = self._shown.find(self._said[ahead : ahead + STEP], there, reach)
            if found >= 0:
                back = _in_common_before(self._said, at, ahead, self._shown, there, found)
                return ahead - back - at, found - back - there
            # At every letter first, then farther and farther apart.
            ahead += max(1, (ahead - at) // STEP)
        return len(self._said) - at, 0


def _places(document: str, passage: str, first: int, last: int) -> Iterator[int]:
    """Yield where the passage is in the document, from `last` back to `first`."""
    end = last + len(passage)
    while (found := document.rfind(passage, first, end)) >= 0:
        yield found
        end = found + len(passage) - 1


def _in_common(one: str, at: int, other: str, there: int) -> int:
    """Return how many letters both have in common from these places on."""
    same = 0
    while one[at + same : at + same + STRIDE] == other[there + same : there + same + STRIDE]:
        if at + same >= len(one) or there + same >= len(other):
            return min(len(one) - at, len(other) - there)
        same += STRIDE
    pair = one[at + same : at + same + STRIDE], other[there + same : there + same + STRIDE]
    return same + len(commonprefix(pair))  # noqa: RUF071 (of letters, not of paths)


def _in_common_before(one: str, first: int, at: int, other: str, start: int, there: int) -> int:
    """Return how many letters both have in common before these places, back to `first` and `start`."""
    same = 0
    while at - same > first and there - same > start and one[at - same - 1] == other[there - same - 1]:
        same += 1
    return same
