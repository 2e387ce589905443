"""Examines a picture that is to be the shop's logo."""

from typing import BinaryIO

from books.publishing.logos import prepare_logo

from .examined import Raw, UnusableLogo, logo_as_answer
from .handover import Writer

REFUSAL = UnusableLogo


def examine(file: BinaryIO, _answer: Writer) -> Raw:
    """Return the logo and its icon."""
    return logo_as_answer(prepare_logo(file.read()))
