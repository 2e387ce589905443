"""Files beside rows: taken back when the transaction fails, the replaced ones removed when it succeeds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import transaction

# Stores bytes or a file in the storage under exactly this name, which must be made from their content.
type Write = Callable[[Storage, str, bytes | File], None]


@contextmanager
def taken_back_on_failure() -> Iterator[Write]:
    """Yield a Write; if the block raises, the files that it made are deleted."""
    written: list[tuple[Storage, str]] = []

    def write(storage: Storage, name: str, data: bytes | File) -> None:
        content = ContentFile(data) if isinstance(data, bytes) else data
        if storage.exists(name):
            if storage.size(name) == content.size:
                return
            # Left half-written by a process that was killed.
            storage.delete(name)
        written.append((storage, storage.save(name, content)))

    try:
        yield write
    except BaseException:
        for storage, name in written:
            storage.delete(name)
        raise


def remove_on_commit(storage: Storage, names: set[str]) -> None:
    """Delete the files once the rows that no longer name them are committed."""
    for name in names:
        transaction.on_commit(partial(storage.delete, name))
