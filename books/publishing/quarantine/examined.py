"""A book that was examined, as it passes from process to process and waits in a file beside an upload."""

from collections.abc import Buffer, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, overload

from books.epub import (
    Chapter,
    ContentsEntry,
    Epub,
    Finding,
    FindingKind,
    Illustration,
    Metadata,
    Outline,
    Presentation,
)
from books.publishing.preflight import Message
from books.publishing.renditions import Cover

from . import cover as covers

# What stands for something in the answer's JSON.
type Raw = dict[str, Any]


@dataclass(frozen=True)
class Examined:
    """A book with what the preflight says about it, and its cover in the shop's sizes."""

    epub: Epub
    chapters: Sequence[Chapter]
    illustrations: Sequence[Illustration]
    messages: tuple[Message, ...]
    cover: Cover | None
    # Why the book's cover cannot be used; one sentence.
    cover_fault: str
    # The whole of it as `handover` read it.
    answer: Buffer


class _Made[T](Sequence[T]):
    """Chapters or illustrations, each made whenever it is asked for: together they may fill the memory."""

    def __init__(self, raw: Sequence[Raw], make: Callable[[Raw], T]) -> None:
        self._raw = raw
        self._make = make

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return _Made(self._raw[index], self._make)
        return self._make(self._raw[index])


def as_answer(epub: Epub, messages: Iterable[Message], cover: Cover | None, cover_fault: str) -> Raw:
    """Return a book as `handover` can write it, still without its chapters and illustrations."""
    return {
        "epub": asdict(epub),
        "messages": list(map(asdict, messages)),
        "cover": cover and covers.as_answer(cover),
        "cover_fault": cover_fault,
    }


def from_answer(raw: Raw, answer: Buffer) -> Examined:
    """Return what `answer` says, of which `raw` is the value.

    Raises TypeError, ValueError or LookupError if it says anything else; so does a chapter when it is made.
    """
    return Examined(
        epub=_epub(raw["epub"]),
        chapters=_Made(raw["chapters"], _chapter),
        illustrations=_Made(raw["illustrations"], _illustration),
        messages=tuple(Message(**message) for message in raw["messages"]),
        cover=raw["cover"] and covers.from_answer(raw["cover"]),
        cover_fault=raw["cover_fault"],
        answer=answer,
    )


def _chapter(raw: Raw) -> Chapter:
    return Chapter(raw["title"], str(raw["html"], "utf-8"), str(raw["plain_text"], "utf-8"))


def _illustration(raw: Raw) -> Illustration:
    return Illustration(raw["name"], bytes(raw["data"]), raw["first_chapter"])


def _epub(raw: Raw) -> Epub:
    return Epub(
        metadata=_metadata(raw["metadata"]),
        presentation=Presentation(**raw["presentation"]),
        accessibility=raw["accessibility"],
        cover=raw["cover"] and bytes(raw["cover"]),
        outline=tuple(Outline(**chapter) for chapter in raw["outline"]),
        contents=tuple(ContentsEntry(**entry) for entry in raw["contents"]),
        has_contents=raw["has_contents"],
        findings=tuple(map(_finding, raw["findings"])),
    )


def _metadata(raw: Raw) -> Metadata:
    published = raw["published"] and date.fromisoformat(raw["published"])
    lists = {name: tuple(raw[name]) for name in ("authors", "subjects")}
    return Metadata(**raw | lists | {"published": published})


def _finding(raw: Raw) -> Finding:
    return Finding(FindingKind(raw["kind"]), raw["chapter"], raw["detail"])
