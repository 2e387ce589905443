"""Which facts about a book are its file's, and which are staff's own, which no new edition changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from books.models import Book, LockedField

COVER = "cover"
# The facts that a file may bring and that staff may type, as staff call them.
LABELS = {
    "title": "Title",
    "subtitle": "Subtitle",
    "authors": "Authors",
    "description": "Description",
    "language": "Language",
    "published": "Publication date",
    "subjects": "Subjects",
    "series": "Series",
    "series_position": "Position in the series",
    "isbn": "ISBN",
    COVER: "Cover",
}


@dataclass(frozen=True)
class Difference:
    """A fact that is one thing in the shop and another in a file, in words."""

    name: str
    ours: str
    theirs: str
    is_locked: bool

    @property
    def label(self) -> str:
        """Return what staff call it."""
        return LABELS[self.name]


def differences(book: Book, said: Mapping[str, str]) -> list[Difference]:
    """Return in what the book differs from what a file says about it, as in_words returns that."""
    locked, ours = locked_in(book), _stored(book)
    return [
        Difference(name, ours[name], said[name], name in locked)
        for name in LABELS
        if name in said and said[name] != ours[name]
    ]


def in_words(facts: Mapping[str, Any], cover_stem: str) -> dict[str, str]:
    """Return the facts of a file, from facts_of, as text that can be stored, shown and compared."""
    words = {name: _words(value) for name, value in facts.items() if name in LABELS}
    return words | ({COVER: cover_stem} if cover_stem else {})


def locked_in(book: Book) -> set[str]:
    """Return the names of the facts that are staff's own."""
    return set(book.locked_fields.values_list("name", flat=True))


def lock(books: Iterable[Book], names: Iterable[str]) -> None:
    """Make these facts staff's own."""
    rows = [LockedField(book=book, name=name) for book in books for name in names]
    LockedField.objects.bulk_create(rows, ignore_conflicts=True)


def unlock(book: Book, names: Iterable[str]) -> None:
    """Let the next edition change these facts again."""
    book.locked_fields.filter(name__in=list(names)).delete()


def _stored(book: Book) -> dict[str, str]:
    values = {name: getattr(book, name) for name in LABELS if name not in {"authors", "subjects", COVER}}
    values["authors"] = tuple(book.authorships.values_list("author__name", flat=True))
    values["subjects"] = tuple(book.subjects.values_list("name", flat=True))
    stem = PurePath(book.cover.name).stem if book.cover else ""
    return {name: _words(value) for name, value in values.items()} | {COVER: stem}


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return ", ".join(sorted(value))
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)
