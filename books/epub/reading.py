"""From the file to the whole book: the four steps in order."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from books.epub.cleaning.illustrations import Illustrations
from books.epub.cleaning.inspecting import inspect, inspect_head
from books.epub.cleaning.leaving_out import HIDDEN, LeavingOut
from books.epub.cleaning.sanitising import sanitise
from books.epub.cleaning.surroundings import Surroundings
from books.epub.comparing.account import missing
from books.epub.comparing.letters import letters_of_page
from books.epub.describing.accessibility import read_accessibility
from books.epub.describing.contents import read_lines
from books.epub.describing.metadata import read_metadata
from books.epub.describing.presentation import read_presentation
from books.epub.describing.printed_pages import read_page_list
from books.epub.dividing.chapters import Part, divide, leads_through
from books.epub.dividing.documents import Documents, read_documents
from books.epub.dividing.links import Targets, place_ids
from books.epub.opening.archive import Archive
from books.epub.opening.charset import decode
from books.epub.opening.covers import cover_path, is_drawn
from books.epub.opening.markup import parse_fragment
from books.epub.opening.package import Package, read_package
from books.epub.styling.hiding import is_page_number

from .book import (
    MAX_DETAIL,
    MAX_FINDINGS,
    Chapter,
    ContentsEntry,
    Epub,
    Finding,
    FindingKind,
    Illustration,
    Outline,
    PrintedPage,
    UnusableEpub,
)
from .plain_text import count_words, element_to_text, one_line

# Beyond all books, as MAX_TEXT_BYTES is; the HTML written for a text can be longer than the text.
MAX_CHAPTERS = 5_000
MAX_HTML = 60_000_000
# In characters: one of the longest novels in one piece; no reader's browser lays out more.
MAX_CHAPTER_HTML = 10_000_000
MAX_TITLE = 300
# Media types of what books contain: text, pictures, sound, film, fonts, styles, their own description.
KNOWN_TYPES = re.compile(
    r"(image|audio|video|font|text)/[a-z0-9.+-]+|application/([a-z0-9.-]+\+xml|xml|(x-)?font-[a-z0-9]+|"
    r"vnd\.ms-(opentype|fontobject)|(x-)?(java|ecma)script|pdf|ogg|mp4|octet-stream)"
)
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def read_epub(
    file: Path | BinaryIO,
    take_chapter: Callable[[Chapter], None],
    take_illustration: Callable[[Illustration], None],
) -> Epub:
    """Read a whole book; raise UnusableEpub with the reason if it cannot become one in this shop.

    Each chapter, in reading order, and each illustration is handed on as soon as it is made.
    """
    with Archive(file) as archive:
        package = read_package(archive)
        cover = cover_path(package, archive)
        # A drawing is no cover for the shop, so the page that shows it is a part of the book.
        shown_cover = None if cover and is_drawn(cover, archive) else cover
        documents = read_documents(archive, package, shown_cover)
        presentation = read_presentation(archive, package, documents.roots)
        outside = list(islice(chain(_in_documents(documents), _in_package(package)), MAX_FINDINGS))
        left_out = LeavingOut()
        read, without = frozenset(documents.roots), frozenset(documents.left_out)
        for path in documents.left_out:
            left_out.document(documents.roots[path])
        hidden, page_numbers = _hidden(documents)
        lines = read_lines(archive, package, documents.bodies, documents.stand_ins)
        has_contents = leads_through(documents.bodies, lines)
        page_lines = read_page_list(archive, package, documents.bodies, documents.stand_ins)
        divided = divide(documents.bodies, lines)
        if len(divided) > MAX_CHAPTERS:
            raise UnusableEpub(f"The book has more than {MAX_CHAPTERS:,} chapters.")
        targets = place_ids(divided, documents.stand_ins, archive.find, documents.knows)
        # From here on `divided` alone holds the trees, which take most of the memory.
        del documents
        listed = targets.contents(lines)
        text = _Text(archive, targets, Illustrations(archive, package, take_illustration), listed, left_out)
        for number, parts in enumerate(_used_up(divided), 1):
            take_chapter(text.chapter(number, parts))
        rows = [left_out.passages, hidden.passages, page_numbers.passages]
        by_language = partial(decode, language=package.language)
        lost = missing(archive, by_language, package.path, read, text.shown, rows, without)
        outline = tuple(text.outline)
        return Epub(
            metadata=read_metadata(package.root),
            presentation=presentation,
            accessibility=read_accessibility(package),
            cover=archive.read(cover) if cover and cover in archive else None,
            outline=outline,
            contents=listed if has_contents else _contents_of_titles(outline),
            has_contents=has_contents,
            findings=(
                *lost,
                *outside,
                *targets.findings,
                *left_out.findings,
                *hidden.findings,
                *text.findings,
            )[:MAX_FINDINGS],
            left_out=(*left_out.words, *hidden.words, *page_numbers.words),
            printed_pages=tuple(
                PrintedPage(entry.title, entry.chapter, entry.fragment)
                for entry in targets.contents(page_lines)
            ),
        )


def _used_up(chapters: list[list[Part]]) -> Iterator[list[Part]]:
    """Yield the parts of each chapter and let go of them, so that each tree is freed after its turn."""
    for number in range(len(chapters)):
        parts, chapters[number] = chapters[number], []
        yield parts


class _Text:
    """Turns the parts of chapters into pages, and notes what was found on the way."""

    def __init__(
        self,
        archive: Archive,
        targets: Targets,
        illustrations: Illustrations,
        listed: Sequence[ContentsEntry],
        left_out: LeavingOut,
    ) -> None:
        self._archive = archive
        self._targets = targets
        self._titles = {entry.chapter: entry.title for entry in reversed(listed)}
        self._length = 0
        self._illustrations = illustrations
        self._left_out = left_out
        # The letters of each chapter.
        self.shown: list[str] = []
        self.outline: list[Outline] = []
        self.findings: list[Finding] = []

    def chapter(self, number: int, parts: Sequence[Part]) -> Chapter:
        """Return the chapter as it is shown; its parts are used up. Raises UnusableEpub if it is too long."""
        pages = [
            (
                part.body,
                Surroundings(part.path, number, self._targets, self._illustrations, self._left_out),
            )
            for part in parts
        ]
        for body, surroundings in pages:
            self.findings += islice(
                inspect(body, surroundings, self._archive), MAX_FINDINGS - len(self.findings)
            )
        html = self._within_limits(sanitise(pages, MAX_CHAPTER_HTML))
        for _, surroundings in pages:
            self.findings += surroundings.findings[: MAX_FINDINGS - len(self.findings)]
        self.shown.append(letters_of_page(html))
        tree = parse_fragment(html)
        title = next((part.title for part in parts if part.title), "") or _heading(tree)
        title = title or self._titles.get(number) or f"Chapter {number}"
        text = element_to_text(tree)
        self.outline.append(Outline(title[:MAX_TITLE], len(text), count_words(text), "<img" in html))
        return Chapter(title[:MAX_TITLE], html, text)

    def _within_limits(self, html: str) -> str:
        self._length += len(html)
        if self._length > MAX_HTML:
            raise UnusableEpub(f"The book's text is longer than {MAX_HTML // 10**6} million characters.")
        return html


def _heading(tree: etree._Element) -> str:
    """Return the highest heading, not the first: that may be a "Navigation" of a lower level."""
    headings = (one_line(element_to_text(heading)) for level in HEADINGS for heading in tree.iter(level))
    return next(filter(None, headings), "")


def _contents_of_titles(outline: Sequence[Outline]) -> tuple[ContentsEntry, ...]:
    return tuple(ContentsEntry(chapter.title, number, "", 0) for number, chapter in enumerate(outline, 1))


def _hidden(documents: Documents) -> tuple[LeavingOut, LeavingOut]:
    """Return what the style sheets of the chapters hide, and the numbers of printed pages among it."""
    hidden, page_numbers = LeavingOut(), LeavingOut()
    for path, element in documents.hidden:
        if path not in documents.left_out:
            (page_numbers if is_page_number(element) else hidden).element(element, 0, HIDDEN)
    return hidden, page_numbers


def _in_documents(documents: Documents) -> Iterator[Finding]:
    yield from (Finding(FindingKind.EMPTY_DOCUMENT, 0, path[:MAX_DETAIL]) for path in documents.empty)
    for path, reason in documents.left_out.items():
        yield Finding(FindingKind.LEFT_OUT, 0, f"{reason}: {path}"[:MAX_DETAIL])
    yield from (Finding(FindingKind.ONLY_LINKED, 0, path[:MAX_DETAIL]) for path in documents.only_linked)
    yield from (Finding(FindingKind.OUT_OF_REACH, 0, path[:MAX_DETAIL]) for path in documents.out_of_reach)
    for path in documents.lacking_numbers:
        if path not in documents.left_out:
            yield Finding(FindingKind.NUMBERS_LEFT_OUT, 0, path[:MAX_DETAIL])
    for root in documents.roots.values():
        yield from inspect_head(root)
    if documents.lacks_styles:
        yield Finding(FindingKind.STYLES_LEFT_OUT, 0, "")


def _in_package(package: Package) -> Iterator[Finding]:
    yield from (
        Finding(FindingKind.DUPLICATE_ID, 0, f"{named} in {package.path}"[:MAX_DETAIL])
        for named in package.ids_used_twice()
    )
    for path, media_type in package.media_types().items():
        if not KNOWN_TYPES.fullmatch(media_type):
            yield Finding(FindingKind.UNKNOWN_MEDIA, 0, f"{path} ({media_type})"[:MAX_DETAIL])
