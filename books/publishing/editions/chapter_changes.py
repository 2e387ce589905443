"""What a new edition changes, shown chapter by chapter to whoever decides about it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from books.epub import Chapter as EpubChapter
from books.models import Book
from books.models.places import UNSPACED
from books.publishing.chapters import pairs_with, prints_of
from users.formats import number

from .comparing import Pair, line_opcodes

# A page has excerpts of this many chapters, each with this many passages; of others it says how much changed.
MOST_EXCERPTS, MOST_PASSAGES = 50, 3
# In words: of one passage, in either edition, and of what stayed on either side of a change.
LONGEST_PASSAGE, AROUND = 150, 6
# A word with the white space behind it.
WORD = re.compile(f"(?:[{UNSPACED}]|[^\\s{UNSPACED}]+)\\s*")

type Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True)
class ChapterChange:
    """What becomes of a chapter, in words, with a few of the passages that differ."""

    title: str
    # Empty unless it is another than `title`.
    old_title: str
    number: int | None
    old_number: int | None
    what: str
    words_added: int = 0
    words_removed: int = 0
    passages: tuple[tuple[Piece, ...], ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing about it changes but its number."""
        return self.what == SAME

    @property
    def summary(self) -> str:
        """Return what becomes of it, and how many words that is: "Revised: 1 word added, 2 removed"."""
        if not (self.words_added or self.words_removed):
            return f"{self.what}: the same words in another order" if self.passages else self.what
        words = "1 word" if self.words_added == 1 else f"{number(self.words_added)} words"
        return f"{self.what}: {words} added, {number(self.words_removed)} removed"


SAME = "The same"


def compare_chapters(book: Book, chapters: Sequence[EpubChapter]) -> list[ChapterChange]:
    """Return what becomes of each of the book's chapters if these replace them, and which ones are new."""
    prints = prints_of(chapters)
    titles = dict(book.chapters.order_by().values_list("number", "title"))
    shown = []
    excerpts = 0
    for pair in pairs_with(book, prints):
        texts = ("", "")
        if pair.is_revised:
            excerpts += 1
            texts = _texts(book, chapters, pair)
        old_title = titles.get(pair.old or 0, "")
        title = prints[pair.new - 1].title if pair.new else old_title
        added, removed = _counts(*texts)
        shown.append(
            ChapterChange(
                title=title,
                old_title=old_title if pair.new and old_title != title else "",
                number=pair.new,
                old_number=pair.old,
                what=_what(pair),
                words_added=added,
                words_removed=removed,
                passages=tuple(_passages(*texts)) if excerpts <= MOST_EXCERPTS else (),
            )
        )
    return shown


def _what(pair: Pair) -> str:
    if pair.old is None:
        return "New"
    if pair.new is None:
        return "Gone"
    words = [
        *(["moved"] if pair.is_moved else []),
        *(["renamed"] if pair.is_renamed else []),
        *(["revised"] if pair.is_revised else []),
    ]
    return ", ".join(words).capitalize() or SAME


def _texts(book: Book, chapters: Sequence[EpubChapter], pair: Pair) -> tuple[str, str]:
    old = book.chapters.values_list("plain_text", flat=True).get(number=pair.old)
    return old, chapters[(pair.new or 1) - 1].plain_text


def _counts(old: str, new: str) -> tuple[int, int]:
    """Return how many words are more, and how many fewer; words that only changed places are neither."""
    before, after = (Counter(word.strip() for word in WORD.findall(text)) for text in (old, new))
    return (after - before).total(), (before - after).total()


def _passages(old: str, new: str) -> Iterator[tuple[Piece, ...]]:
    old_lines, new_lines = old.splitlines(), new.splitlines()
    changed = [codes for codes in line_opcodes(old_lines, new_lines) if codes[0] != "equal"]
    for _, start, end, new_start, new_end in changed[:MOST_PASSAGES]:
        before, after = (
            WORD.findall("\n".join(lines))[:LONGEST_PASSAGE]
            for lines in (old_lines[start:end], new_lines[new_start:new_end])
        )
        yield tuple(_pieces(before, after))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (tag, start, end, new_start, new_end) in enumerate(codes):
        if tag == "equal":
            yield "same", _shortened(old[start:end], is_first=at == 0, is_last=at == len(codes) - 1)
            continue
        if start < end:
            yield "gone", "".join(old[start:end])
        if new_start < new_end:
            yield "new", "".join(new[new_start:new_end])


def _shortened(words: Sequence[str], *, is_first: bool, is_last: bool) -> str:
    """Return the words next to a change, the others left out."""
    before, after = ([] if is_first else words[:AROUND]), ([] if is_last else words[-AROUND:])
    if len(before) + len(after) >= len(words):
        return "".join(words)
    return "".join([*before, "… ", *after])
