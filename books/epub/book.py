"""What reading an EPUB file returns: plain values, safe to store and to show."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# Accessibility metadata under schema.org's names; a name that the book does not use is missing.
type AccessibilityFacts = dict[str, list[str]]


class UnusableEpub(Exception):
    """The file cannot become a book in this shop; the message is one sentence that a person understands."""


@dataclass(frozen=True)
class Person:
    """Somebody who made the book."""

    name: str
    # A code of the Library of Congress, as "trl" for a translator; empty for a creator without one.
    role: str = ""
    # As in "Quill, Ada"; empty if the book does not say.
    file_as: str = ""


@dataclass(frozen=True)
class Metadata:
    """What the book says about itself. What it does not say is empty."""

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
    series: str = ""
    # In digits, as "2" or "1.5".
    series_position: str = ""
    # How much of the date the book says: "day", "month" or "year".
    published_to: str = "day"
    # Under what the title is sorted, as "Ferry, The"; empty if the book does not say.
    title_file_as: str = ""
    # Who did something else than write it.
    contributors: tuple[Person, ...] = ()
    # The authors that have one, by their names.
    authors_file_as: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Presentation:
    """How the book means to be shown: "reflowable" or "fixed", "horizontal" or "vertical-rl"."""

    layout: str
    writing_mode: str
    # On which side the next page lies: "ltr", "rtl" or "default", which leaves it to the language.
    page_progression: str


@dataclass(frozen=True)
class Chapter:
    """One page of the reader. Its links are relative to the address of its page, …/read/<number>/."""

    title: str
    html: str
    plain_text: str


@dataclass(frozen=True)
class Outline:
    """What is known of a chapter without its text, which is handed on as soon as it is made."""

    title: str
    # Of its plain text, in characters and in words.
    length: int
    words: int
    has_picture: bool


@dataclass(frozen=True)
class ContentsEntry:
    """One line of the table of contents: a chapter's number from 1, a place in it, a depth from 0."""

    title: str
    chapter: int
    fragment: str
    depth: int


@dataclass(frozen=True)
class PrintedPage:
    """Where a page of the printed book begins: its number as printed, such as "37" or "xii", and a place."""

    number: str
    chapter: int
    fragment: str


# Of the raster pictures that browsers show, by the endings of their names.
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}
# Of what the text shows: drawings too, cleaned by books/epub/cleaning/drawings/.
ILLUSTRATION_TYPES = MEDIA_TYPES | {".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Illustration:
    """A picture or cleaned drawing that the text shows. Its name is made from its content."""

    name: str
    data: bytes
    first_chapter: int


class FindingKind(StrEnum):
    """What a publisher may want to know about a text before it is sold."""

    SCRIPT = "script"
    FORM = "form"
    SOUND_OR_FILM = "sound or film"
    DRAWING = "drawing"
    REMOTE_RESOURCE = "remote resource"
    UNUSABLE_PICTURE = "unusable picture"
    NO_ALTERNATIVE_TEXT = "no alternative text"
    BROKEN_LINK = "broken link"
    REMOVED_LINK = "removed link"
    DUPLICATE_ID = "duplicate id"
    EMPTY_DOCUMENT = "empty document"
    UNKNOWN_MEDIA = "unknown media"
    STYLES_LEFT_OUT = "styles left out"
    NUMBERS_LEFT_OUT = "numbers left out"
    LOST_DOCUMENT = "lost document"
    LOST_WORDS = "lost words"
    NOT_IN_SPINE = "not in the spine"
    ONLY_LINKED = "only linked"
    OUT_OF_REACH = "out of reach"
    MISSING_DOCUMENT = "missing document"
    LEFT_OUT = "left out"


# In a book with more findings than this, the rest tells nothing new.
MAX_FINDINGS = 5_000
# In characters, of the detail of a finding.
MAX_DETAIL = 100


@dataclass(frozen=True)
class Finding:
    """Something found while a book was read: in which chapter (0: in none), and an address, id or file."""

    kind: FindingKind
    chapter: int
    detail: str


@dataclass(frozen=True)
class Epub:
    """A whole book but for the texts of its chapters and its illustrations: see `read_epub`."""

    metadata: Metadata
    presentation: Presentation
    accessibility: AccessibilityFacts
    cover: bytes | None
    outline: tuple[Outline, ...]
    contents: tuple[ContentsEntry, ...]
    # Whether the contents are the book's own, not made from its chapters' titles.
    has_contents: bool
    findings: tuple[Finding, ...]
    # The words that are not shown on purpose, passage by passage.
    left_out: tuple[str, ...]
    printed_pages: tuple[PrintedPage, ...]
