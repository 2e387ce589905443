"""Covers, stored in the widths in which pages show them."""

from django.core.files.storage import default_storage

from books.models import Book

from .files import Write, remove_on_commit
from .quarantine.examined import Cover


def store_cover(book: Book, cover: Cover, write: Write) -> None:
    """Write the cover's files and fill in the book's fields, unsaved; old files are deleted on commit."""
    stem = f"covers/{book.pk}/{cover.stem}"
    old = files_of_cover(book)
    write(default_storage, f"{stem}{cover.ending}", cover.original)
    for width, data in cover.renditions.items():
        write(default_storage, _rendition(stem, width), data)
    book.cover = f"{stem}{cover.ending}"
    book.cover_widths = list(cover.renditions)
    book.cover_height = cover.height
    remove_on_commit(default_storage, old - files_of_cover(book))


def cover_urls(book: Book) -> list[tuple[str, int]]:
    """Return the address and the width of each of the book's renditions."""
    stem = str(book.cover).rpartition(".")[0]
    # Asked once: putting an address together takes long, and a page has dozens of covers.
    before = default_storage.url(stem)
    return [(_rendition(before, width), width) for width in book.cover_widths]


def files_of_cover(book: Book) -> set[str]:
    """Return the names of the book's cover and its renditions in the storage."""
    if not book.cover:
        return set()
    stem = book.cover.name.rpartition(".")[0]
    return {book.cover.name, *(_rendition(stem, width) for width in book.cover_widths)}


def _rendition(stem: str, width: int) -> str:
    return f"{stem}-{width}.webp"
