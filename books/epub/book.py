"""What an EPUB file comes to: plain values, safe to store and to show."""

from dataclasses import dataclass
from datetime import date


class UnusableEpub(Exception):
    """The file cannot be a book of this shop; the message is one sentence a person understands."""


@dataclass(frozen=True)
class Metadata:
    """What the book says of itself. What it does not say is empty."""

    title: str
    subtitle: str
    authors: tuple[str, ...]
    # A BCP 47 tag; "und" if the book names none.
    language: str
    published: date | None
    # Plain text; an empty line starts a paragraph.
    description: str
    subjects: tuple[str, ...]
    # 13 digits.
    isbn: str
    identifier: str


@dataclass(frozen=True)
class Chapter:
    """One document of the spine. Its links are relative to the address of its page, …/read/<number>/."""

    title: str
    html: str
    plain_text: str


@dataclass(frozen=True)
class ContentsEntry:
    """One line of the table of contents: a chapter's number from 1, a place in it, a depth from 0."""

    title: str
    chapter: int
    fragment: str
    depth: int


@dataclass(frozen=True)
class Illustration:
    """A raster picture that the text shows, under a name made from its content."""

    name: str
    data: bytes
    first_chapter: int


@dataclass(frozen=True)
class Epub:
    """A whole book."""

    metadata: Metadata
    cover: bytes | None
    chapters: tuple[Chapter, ...]
    contents: tuple[ContentsEntry, ...]
    illustrations: tuple[Illustration, ...]
