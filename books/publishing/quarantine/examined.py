"""A book that was examined, as it passes from process to process and waits in a file beside an upload."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from books.epub import (
    Chapter,
    ContentsEntry,
    Epub,
    Finding,
    FindingKind,
    Illustration,
    Metadata,
    Presentation,
)
from books.publishing.preflight import Message
from books.publishing.renditions import Cover

from . import cover


@dataclass(frozen=True)
class Examined:
    """A book with what the preflight says about it, and its cover in the shop's sizes."""

    epub: Epub
    messages: tuple[Message, ...]
    cover: Cover | None
    # Why the book's cover cannot be used; one sentence.
    cover_fault: str


def as_answer(examined: Examined) -> dict[str, object]:
    """Return it as `handover` can write it."""
    return asdict(examined) | {"cover": examined.cover and cover.as_answer(examined.cover)}


def from_answer(raw: dict[str, Any]) -> Examined:
    """Return what as_answer was given; raises TypeError, ValueError or LookupError over anything else."""
    return Examined(
        epub=_epub(raw["epub"]),
        messages=tuple(Message(**message) for message in raw["messages"]),
        cover=raw["cover"] and cover.from_answer(raw["cover"]),
        cover_fault=raw["cover_fault"],
    )


def _epub(raw: dict[str, Any]) -> Epub:
    return Epub(
        metadata=_metadata(raw["metadata"]),
        presentation=Presentation(**raw["presentation"]),
        accessibility=raw["accessibility"],
        cover=raw["cover"],
        chapters=tuple(Chapter(**chapter) for chapter in raw["chapters"]),
        contents=tuple(ContentsEntry(**entry) for entry in raw["contents"]),
        has_contents=raw["has_contents"],
        illustrations=tuple(Illustration(**illustration) for illustration in raw["illustrations"]),
        findings=tuple(map(_finding, raw["findings"])),
    )


def _metadata(raw: dict[str, Any]) -> Metadata:
    published = raw["published"] and date.fromisoformat(raw["published"])
    lists = {name: tuple(raw[name]) for name in ("authors", "subjects")}
    return Metadata(**raw | lists | {"published": published})


def _finding(raw: dict[str, Any]) -> Finding:
    return Finding(FindingKind(raw["kind"]), raw["chapter"], raw["detail"])
