"""Two runs of letters, what a document says and what is shown → what is missing."""

from collections.abc import Iterator, Sequence
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
        """Return where both go on if a passage that was left out explains the difference.

        Its first letters may be those of what follows it, so that the difference shows only after them.
        """
        for row, first in enumerate(self._next):
            for number, passage in enumerate(self._left_out[row][first : first + MAX_TRIED], first):
                if goes_on := self._without(passage, at, there, back):
                    self._next[row] = number + 1
                    return goes_on
        return None

    def _without(self, passage: LeftOut, at: int, there: int, back: int) -> tuple[int, int] | None:
        length, instead = len(passage.letters), passage.instead
        for start in _places(self._said, passage.letters, at - min(back, length), at):
            shown = there - (at - start)
            goes_on = start + length, shown + len(instead)
            if self._shown.startswith(instead, shown) and self._fits(*goes_on):
                return goes_on
        return None

    def _fits(self, at: int, there: int) -> bool:
        """Tell whether both go on together here, or with another passage that was left out."""
        probe = self._said[at : at + STEP]
        if _in_common(self._said, at, self._shown, there) >= min(len(probe), STEP // 2):
            return True
        following = (
            passage.letters[: len(probe)]
            for row, first in zip(self._left_out, self._next, strict=True)
            for passage in row[first : first + MAX_TRIED]
        )
        return any(probe.startswith(start) for start in following)

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
