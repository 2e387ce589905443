"""Examines a book, and its cover with it."""

from typing import BinaryIO

from books.epub import UnusableEpub, read_epub
from books.publishing.preflight import preflight
from books.publishing.renditions import Cover, UnusableCover, prepare_cover

from .examined import Examined, as_answer

REFUSAL = UnusableEpub


def examine(file: BinaryIO) -> dict[str, object]:
    """Return the book, what the preflight says about it, and its cover or what is wrong with it."""
    epub = read_epub(file)
    cover, fault = _cover(epub.cover)
    return as_answer(Examined(epub, tuple(preflight(epub)), cover, fault))


def _cover(picture: bytes | None) -> tuple[Cover | None, str]:
    try:
        return (prepare_cover(picture) if picture else None), ""
    except UnusableCover as reason:
        return None, str(reason)
