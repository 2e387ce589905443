"""Examines a picture that is to be a cover."""

from dataclasses import asdict
from typing import Any, BinaryIO

from books.publishing.renditions import Cover, UnusableCover, prepare_cover

from .handover import Writer

REFUSAL = UnusableCover


def examine(file: BinaryIO, _answer: Writer) -> dict[str, object]:
    """Return the cover with its renditions."""
    return as_answer(prepare_cover(file.read()))


def as_answer(cover: Cover) -> dict[str, object]:
    """Return a cover as JSON can have it, where names are text and not numbers."""
    return asdict(cover) | {"renditions": list(cover.renditions.items())}


def from_answer(raw: dict[str, Any]) -> Cover:
    """Return the cover that as_answer was given."""
    renditions = {width: bytes(data) for width, data in raw["renditions"]}
    return Cover(**raw | {"original": bytes(raw["original"]), "renditions": renditions})
