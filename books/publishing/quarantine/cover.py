"""Examines a picture that is to be a cover."""

from typing import BinaryIO

from books.publishing.renditions import prepare_cover

from .examined import Raw, UnusableCover, cover_as_answer
from .handover import Writer

REFUSAL = UnusableCover


def examine(file: BinaryIO, _answer: Writer) -> Raw:
    """Return the cover with its renditions."""
    return cover_as_answer(prepare_cover(file.read()))
