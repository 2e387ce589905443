"""What examining a file finds, as it passes from process to process and waits in a file beside an upload.

Both processes load this module; the libraries that open files are for the other one alone.
"""

from collections.abc import Buffer, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Literal, overload

from books.epub import (
    Chapter,
    ContentsEntry,
    Epub,
    Finding,
    FindingKind,
    Illustration,
    Metadata,
    Outline,
    Person,
    Presentation,
    PrintedPage,
)

# What stands for something in the answer's JSON.
type Raw = dict[str, Any]

type Level = Literal["error", "warning", "note"]

# Of a picture that is to be a cover, or the shop's logo.
MAX_COVER_BYTES = 20 * 1024**2
MAX_LOGO_BYTES = 5 * 1024**2


@dataclass(frozen=True)
class Message:
    """A sentence about a book: an error spoils it for readers, a warning may, a note is for information."""

    level: Level
    sentence: str
    # Whether it is about words that readers would not get.
    is_loss: bool = False


class UnusableCover(Exception):
    """The picture cannot be a cover; the message is one sentence a person understands."""


@dataclass(frozen=True)
class Cover:
    """A picture that passed, with its renditions as WebP by width, none wider than itself."""

    original: bytes
    ending: str
    renditions: dict[int, bytes]
    # Of the widest rendition, in pixels.
    height: int

    @property
    def stem(self) -> str:
        """Return the part of the files' names that says what is in them."""
        return sha256(self.original).hexdigest()[:32]

    @property
    def smallest(self) -> bytes:
        """Return the smallest rendition."""
        return self.renditions[min(self.renditions)]


class UnusableLogo(Exception):
    """The picture cannot be the shop's logo; the message is one sentence a person understands."""


@dataclass(frozen=True)
class Logo:
    """A picture as the shop's logo, and as a square icon; both PNG. The sizes are the logo's, in pixels."""

    picture: bytes
    icon: bytes
    width: int
    height: int

    @property
    def stem(self) -> str:
        """Return the part of the files' names that says what is in them."""
        return sha256(self.picture).hexdigest()[:32]


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
        "cover": cover and cover_as_answer(cover),
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
        cover=raw["cover"] and cover_from_answer(raw["cover"]),
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
        left_out=tuple(raw["left_out"]),
        printed_pages=tuple(PrintedPage(**page) for page in raw["printed_pages"]),
    )


def _metadata(raw: Raw) -> Metadata:
    published = raw["published"] and date.fromisoformat(raw["published"])
    lists = {name: tuple(raw[name]) for name in ("authors", "subjects")}
    contributors = tuple(Person(**person) for person in raw["contributors"])
    return Metadata(**raw | lists | {"published": published, "contributors": contributors})


def _finding(raw: Raw) -> Finding:
    return Finding(FindingKind(raw["kind"]), raw["chapter"], raw["detail"])


def cover_as_answer(cover: Cover) -> Raw:
    """Return a cover as JSON can have it, where names are text and not numbers."""
    return asdict(cover) | {"renditions": list(cover.renditions.items())}


def logo_as_answer(logo: Logo) -> Raw:
    """Return a logo as the answer can have it."""
    return asdict(logo)


def logo_from_answer(raw: Raw) -> Logo:
    """Return the logo that logo_as_answer was given."""
    return Logo(**raw | {"picture": bytes(raw["picture"]), "icon": bytes(raw["icon"])})


def cover_from_answer(raw: Raw) -> Cover:
    """Return the cover that cover_as_answer was given."""
    renditions = {width: bytes(data) for width, data in raw["renditions"]}
    return Cover(**raw | {"original": bytes(raw["original"]), "renditions": renditions})
