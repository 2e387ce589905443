"""Limits on work that keeps a process busy: a few turns at a time, and the rest are asked to come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class Busy(Exception):
    """All turns are taken; there will be a free one in a few seconds."""


class Turns:
    """`at_once` turns in each process. Nobody waits for one, because that would hold a thread."""

    def __init__(self, at_once: int) -> None:
        self._free = BoundedSemaphore(at_once)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a turn during the block. Raises Busy."""
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
