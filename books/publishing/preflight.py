"""What a publisher should know of a book before it is sold, in sentences."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image

from books.epub.book import Epub, Oddity, Remark
from books.epub.pictures import UnusablePicture, check_picture
from books.epub.plain_text import one_line

type Level = Literal["error", "warning", "note"]

# In pixels: the width in which a book's own page shows its cover.
COVER_WIDTH = 960
MAX_COVER_BYTES = 20 * 1024**2
MAX_COVER_PIXELS = 40_000_000
# In characters: an hour and a half of reading.
LONG_CHAPTER = 100_000
EXAMPLES = 5

# For each oddity: how bad it is, the sentence for one and for several; examples follow after a colon.
SENTENCES: dict[Oddity, tuple[Level, str, str]] = {
    Oddity.SCRIPT: ("warning", "A script was removed", "{} scripts were removed"),
    Oddity.FORM: ("warning", "A form field was removed", "{} form fields were removed"),
    Oddity.SOUND_OR_FILM: (
        "warning",
        "A sound, film or frame was removed",
        "{} sounds, films or frames were removed",
    ),
    Oddity.DRAWING: (
        "warning",
        "A drawing is shown by its words alone",
        "{} drawings are shown by their words alone",
    ),
    Oddity.REMOTE_RESOURCE: (
        "warning",
        "Something that lies on another server was removed",
        "{} things that lie on other servers were removed",
    ),
    Oddity.UNUSABLE_PICTURE: (
        "error",
        "A picture is missing, damaged or of a kind that is not shown",
        "{} pictures are missing, damaged or of a kind that is not shown",
    ),
    Oddity.NO_ALTERNATIVE_TEXT: (
        "warning",
        "A picture has no alternative text",
        "{} pictures have no alternative text",
    ),
    Oddity.BROKEN_LINK: (
        "error",
        "A link leads to nothing in the book",
        "{} links lead to nothing in the book",
    ),
    Oddity.REMOVED_LINK: (
        "warning",
        "A link to where readers cannot go was removed",
        "{} links to where readers cannot go were removed",
    ),
    Oddity.DUPLICATE_ID: ("note", "An id is used twice", "{} ids are used twice"),
    Oddity.EMPTY_DOCUMENT: ("note", "A document is empty", "{} documents are empty"),
    Oddity.UNKNOWN_MEDIA: ("note", "A file is of an unknown kind", "{} files are of unknown kinds"),
}


@dataclass(frozen=True)
class Finding:
    """Something about a book: an error spoils it for readers, a warning may, a note is for information."""

    level: Level
    sentence: str


def preflight(epub: Epub) -> list[Finding]:
    """Return what is to be said of the book, errors first; nothing at all of a flawless one."""
    findings = [*_of_metadata(epub), *_of_cover(epub), *_of_chapters(epub), *_of_remarks(epub)]
    return sorted(findings, key=lambda finding: ("error", "warning", "note").index(finding.level))


def _of_metadata(epub: Epub) -> Iterator[Finding]:
    metadata = epub.metadata
    if not metadata.title:
        yield Finding("error", "The book has no title.")
    if not metadata.authors:
        yield Finding("warning", "The book names no author.")
    if metadata.language == "und":
        yield Finding("error", "The book does not say in which language it is; screen readers need to know.")
    if not metadata.identifier:
        yield Finding(
            "warning", "The book has no identifier, so that a new edition is not known as the same book."
        )
    if not epub.accessibility:
        yield Finding("warning", "The book says nothing about its accessibility.")
    if epub.presentation.layout == "fixed":
        yield Finding("warning", "The book has fixed pages; here its text is shown flowing.")


def _of_cover(epub: Epub) -> Iterator[Finding]:
    if not epub.cover:
        yield Finding("warning", "The book has no cover.")
        return
    try:
        check_picture(epub.cover, max_bytes=MAX_COVER_BYTES, max_pixels=MAX_COVER_PIXELS)
        with Image.open(BytesIO(epub.cover)) as image:
            width, height = image.size
    except UnusablePicture as reason:
        yield Finding("error", f"The cover cannot be used. {reason}")
        return
    if width < COVER_WIDTH:
        yield Finding(
            "warning", f"The cover is small: {width} × {height} pixels; {COVER_WIDTH} across look sharp."
        )


def _of_chapters(epub: Epub) -> Iterator[Finding]:
    if not epub.has_contents:
        yield Finding("warning", "The book has no usable table of contents; one was made from its headings.")
    empty = [
        chapter.title for chapter in epub.chapters if not chapter.plain_text and "<img" not in chapter.html
    ]
    if empty:
        yield Finding("warning", f"There is nothing to read in {_listed(empty)}.")
    long = [chapter.title for chapter in epub.chapters if len(chapter.plain_text) > LONG_CHAPTER]
    if long:
        yield Finding("note", f"Longer than {LONG_CHAPTER:,} characters, and slow to open: {_listed(long)}.")


def _of_remarks(epub: Epub) -> Iterator[Finding]:
    for oddity, (level, one, several) in SENTENCES.items():
        found = [remark for remark in epub.remarks if remark.oddity is oddity]
        if found:
            words = one if len(found) == 1 else several.format(f"{len(found):,}")
            yield Finding(level, f"{words}{_where(found, epub)}.")


def _where(remarks: list[Remark], epub: Epub) -> str:
    """Return the examples to put after a sentence, the most frequent first, each with its chapter."""
    places = Counter(
        f"{remark.detail} in “{epub.chapters[remark.chapter - 1].title}”" if remark.chapter else remark.detail
        for remark in remarks
        if remark.detail
    )
    return f": {_listed([place for place, _ in places.most_common()])}" if places else ""


def _listed(names: list[str]) -> str:
    more = len(names) - EXAMPLES
    return ", ".join(map(one_line, names[:EXAMPLES])) + (f" and {more:,} more" if more > 0 else "")
