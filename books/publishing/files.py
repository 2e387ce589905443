"""Files that belong to rows: new ones are deleted if the transaction fails, old ones once it succeeds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db import transaction

# Stores bytes or a file in the storage under exactly this name, which must be made from the content.
type Write = Callable[[Storage, str, bytes | File], None]


@contextmanager
def taken_back_on_failure() -> Iterator[Write]:
    """Yield a Write; if the block raises an error, the files written are deleted."""
    written: list[tuple[Storage, str]] = []

    def write(storage: Storage, name: str, data: bytes | File) -> None:
        content = ContentFile(data) if isinstance(data, bytes) else data
        if storage.exists(name):
            if storage.size(name) == content.size:
                return
            # A process that was killed left it half-written.
            storage.delete(name)
        written.append((storage, storage.save(name, content)))

    try:
        yield write
    except BaseException:
        for storage, name in written:
            storage.delete(name)
        raise


@contextmanager
def temporary_file() -> Iterator[BinaryIO]:
    """Yield a nameless file, which vanishes with the last process that holds it, however that ends."""
    # Beside the books: on a read-only system the usual place is in memory.
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        yield file


def remove_on_commit(storage: Storage, names: set[str]) -> None:
    """Delete the files once the rows that no longer name them are committed."""
    for name in names:
        transaction.on_commit(partial(storage.delete, name))
