"""What a publisher should know about a book before selling it, in sentences."""

from collections import Counter
from collections.abc import Iterator

from books.epub.book import Epub, Finding, FindingKind
from books.epub.plain_text import one_line

from .quarantine.examined import Level, Message, UnusableCover
from .renditions import WIDTHS, DrawnCover, check_cover

# The worst first.
LEVELS = ("error", "warning", "note")

# In characters: an hour and a half of reading.
LONG_CHAPTER = 100_000
EXAMPLES = 5
# With these, a book is not all there.
LOSSES = frozenset({FindingKind.LOST_DOCUMENT, FindingKind.LOST_WORDS})

# For each kind of finding: how bad it is, the sentence for one and for several; examples follow a colon.
SENTENCES: dict[FindingKind, tuple[Level, str, str]] = {
    FindingKind.LOST_DOCUMENT: (
        "error",
        "A document of the book cannot be shown",
        "{} documents of the book cannot be shown",
    ),
    FindingKind.LOST_WORDS: ("error", "Some words would be lost", "Words would be lost in {} places"),
    FindingKind.MISSING_DOCUMENT: (
        "error",
        "The contents list a document that is not in the file",
        "The contents list {} documents that are not in the file",
    ),
    FindingKind.NOT_IN_SPINE: (
        "error",
        "A document is in the contents but not in the spine, so it is shown at the end",
        "{} documents are in the contents but not in the spine, so they are shown at the end",
    ),
    FindingKind.SCRIPT: ("warning", "A script was removed", "{} scripts were removed"),
    FindingKind.FORM: ("warning", "A form field was removed", "{} form fields were removed"),
    FindingKind.SOUND_OR_FILM: (
        "warning",
        "An audio clip, video or frame was removed",
        "{} audio clips, videos or frames were removed",
    ),
    FindingKind.DRAWING: (
        "warning",
        "A drawing, or a part of it, cannot be shown; readers get its words",
        "{} drawings, or parts of them, cannot be shown; readers get their words",
    ),
    FindingKind.REMOTE_RESOURCE: (
        "warning",
        "Something on another server was removed",
        "{} things on other servers were removed",
    ),
    FindingKind.UNUSABLE_PICTURE: (
        "error",
        "A picture is missing, damaged or of a kind that we cannot show",
        "{} pictures are missing, damaged or of a kind that we cannot show",
    ),
    FindingKind.NO_ALTERNATIVE_TEXT: (
        "warning",
        "A picture has no alternative text",
        "{} pictures have no alternative text",
    ),
    FindingKind.BROKEN_LINK: (
        "error",
        "A link leads nowhere in the book",
        "{} links lead nowhere in the book",
    ),
    FindingKind.REMOVED_LINK: (
        "warning",
        "A link that readers cannot follow was removed",
        "{} links that readers cannot follow were removed",
    ),
    FindingKind.ONLY_LINKED: (
        "warning",
        "A file is linked but not in the spine, so it is shown at the end",
        "{} files are linked but not in the spine, so they are shown at the end",
    ),
    FindingKind.OUT_OF_REACH: (
        "note",
        "A document is not shown, because neither the spine, the contents nor a link leads to it",
        "{} documents are not shown, because neither the spine, the contents nor a link leads to them",
    ),
    FindingKind.DUPLICATE_ID: (
        "error",
        "An id is used twice",
        "{} ids are used twice",
    ),
    FindingKind.LEFT_OUT: (
        "note",
        "A passage was left out on purpose",
        "{} passages were left out on purpose",
    ),
    FindingKind.EMPTY_DOCUMENT: ("note", "A document is empty", "{} documents are empty"),
    FindingKind.STYLES_LEFT_OUT: (
        "warning",
        "The style sheets are larger than we read, so some emphasis is lost",
        "{} style sheets are larger than we read, so some emphasis is lost",
    ),
    FindingKind.NUMBERS_LEFT_OUT: (
        "note",
        "Numbers that a style sheet counts outside lists are not shown in a document",
        "Numbers that style sheets count outside lists are not shown in {} documents",
    ),
    FindingKind.UNKNOWN_MEDIA: ("note", "A file is of an unknown kind", "{} files are of unknown kinds"),
}


def preflight(epub: Epub) -> list[Message]:
    """Return what is to be said about the book, errors first; nothing at all about a flawless one."""
    messages = [*_on_metadata(epub), *_on_cover(epub), *_on_chapters(epub), *_on_findings(epub)]
    return sorted(messages, key=lambda message: LEVELS.index(message.level))


def _on_metadata(epub: Epub) -> Iterator[Message]:
    metadata = epub.metadata
    if not metadata.title:
        yield Message("error", "The book has no title.")
    if not metadata.authors:
        yield Message("warning", "The book names no author.")
    if metadata.language == "und":
        yield Message("error", "The book does not name its language; screen readers need to know it.")
    if not metadata.identifier:
        yield Message(
            "warning", "The book has no identifier, so a new edition will not be recognised as the same book."
        )
    if not epub.accessibility:
        yield Message("warning", "The book says nothing about its accessibility.")
    if epub.presentation.layout == "fixed":
        yield Message("warning", "The book has fixed pages; readers see its text without them.")


def _on_cover(epub: Epub) -> Iterator[Message]:
    if not epub.cover:
        yield Message("warning", "The book has no cover.")
        return
    try:
        _, picture = check_cover(epub.cover)
    except DrawnCover as reason:
        yield Message("warning", f"The cover cannot be used, so the shop sets one from the title. {reason}")
        return
    except UnusableCover as reason:
        yield Message("error", f"The cover cannot be used. {reason}")
        return
    if picture.width < WIDTHS[-1]:
        size = f"{picture.width} × {picture.height} pixels"
        yield Message(
            "warning", f"The cover is small: {size}. It looks sharp from {WIDTHS[-1]} pixels across."
        )


def _on_chapters(epub: Epub) -> Iterator[Message]:
    if not epub.has_contents:
        yield Message("warning", "The book has no usable table of contents; one was made from its headings.")
    empty = [chapter.title for chapter in epub.outline if not chapter.length and not chapter.has_picture]
    if empty:
        yield Message("warning", f"There is nothing to read in {_listed(empty)}.")
    long = [chapter.title for chapter in epub.outline if chapter.length > LONG_CHAPTER]
    if long:
        yield Message("note", f"Longer than {LONG_CHAPTER:,} characters, and slow to open: {_listed(long)}.")


def _on_findings(epub: Epub) -> Iterator[Message]:
    for kind, (level, one, several) in SENTENCES.items():
        found = [finding for finding in epub.findings if finding.kind is kind]
        if found:
            words = one if len(found) == 1 else several.format(f"{len(found):,}")
            yield Message(level, f"{words}{_where(found, epub)}.", is_loss=kind in LOSSES)


def _where(findings: list[Finding], epub: Epub) -> str:
    """Return the examples to put after a sentence, the most frequent first, each with its chapter."""
    places = Counter(_place(finding, epub) for finding in findings if finding.detail)
    return f": {_listed([place for place, _ in places.most_common()])}" if places else ""


def _place(finding: Finding, epub: Epub) -> str:
    if not finding.chapter:
        return finding.detail
    return f"{finding.detail} in “{epub.outline[finding.chapter - 1].title}”"


def _listed(names: list[str]) -> str:
    more = len(names) - EXAMPLES
    return ", ".join(map(one_line, names[:EXAMPLES])) + (f" and {more:,} more" if more > 0 else "")
