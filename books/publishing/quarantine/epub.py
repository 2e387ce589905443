"""Examines a book, and its cover with it."""

from dataclasses import asdict
from typing import BinaryIO

from books.epub import UnusableEpub, read_epub
from books.publishing.preflight import preflight
from books.publishing.renditions import UnusableCover, prepare_cover

from . import cover

REFUSAL = UnusableEpub


def examine(file: BinaryIO) -> dict[str, object]:
    """Return the book, its remarks as findings, and its cover or what is wrong with it."""
    epub = read_epub(file)
    parts = {name: value for name, value in asdict(epub).items() if name != "remarks"}
    return {"epub": parts, "findings": list(map(asdict, preflight(epub)))} | _cover(epub.cover)


def _cover(picture: bytes | None) -> dict[str, object]:
    try:
        return {"cover": cover.as_answer(prepare_cover(picture)) if picture else None, "cover_fault": ""}
    except UnusableCover as reason:
        return {"cover": None, "cover_fault": str(reason)}
