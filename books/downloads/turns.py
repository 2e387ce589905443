"""Work that would keep a process busy: so many at a time, the next is told at once to come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class Busy(Exception):
    """As many as may are being served; in a few seconds there will be room."""


class Turns:
    """So many turns at a time in each process. Nobody is kept waiting for one: that would hold a thread."""

    def __init__(self, at_once: int) -> None:
        self._free = BoundedSemaphore(at_once)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a turn for as long as the block lasts. Raises Busy."""
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
