"""What a file says about its book → the book's own facts: title, authors, series, subjects …"""

from decimal import Decimal
from typing import Any

from books.epub import Epub
from books.models import Author, Authorship, Book, Series, Subject
from users.names import visible

from .lengths import word_count

MAX_SUBJECTS = 20


def facts_of(epub: Epub, *, fallback_title: str) -> dict[str, Any]:
    """Return what a file says about its book, by the names of the fields in which staff may change it.

    Authors, subjects and the series are names here; `describe` and `credit` find their rows. What is missing
    is left as the book has it.
    """
    metadata = epub.metadata
    said_only = {"description": metadata.description, "isbn": metadata.isbn}
    return {
        "title": (metadata.title or fallback_title)[:200],
        "subtitle": metadata.subtitle[:200],
        "language": metadata.language,
        "published": metadata.published,
        "authors": tuple(dict.fromkeys(name[:200] for name in metadata.authors)),
        "subjects": tuple(dict.fromkeys(name[:100] for name in metadata.subjects[:MAX_SUBJECTS])),
        **{name: value for name, value in said_only.items() if value},
        **_series(visible(metadata.series)[:200], metadata.series_position),
    }


def describe(book: Book, facts: dict[str, Any]) -> None:
    """Set the book's own fields to these facts; nothing is saved but a new series."""
    for name, value in facts.items():
        if name == "series":
            book.series, _ = Series.objects.get_or_create(title=value)
        elif name not in {"authors", "subjects"}:
            setattr(book, name, value)


def credit(book: Book, facts: dict[str, Any]) -> None:
    """Give the book, which is saved already, the authors and subjects among these facts."""
    if "authors" in facts:
        authors = [Author.objects.get_or_create(name=name)[0] for name in facts["authors"]]
        book.authorships.all().delete()
        Authorship.objects.bulk_create(
            Authorship(book=book, author=author, position=position) for position, author in enumerate(authors)
        )
    if "subjects" in facts:
        book.subjects.set([Subject.objects.get_or_create(name=name)[0] for name in facts["subjects"]])


def arrange(book: Book, epub: Epub) -> None:
    """Set what staff never type: the contents, the length and how the text asks to be shown."""
    book.contents = [
        {"title": entry.title, "chapter": entry.chapter, "fragment": entry.fragment, "depth": entry.depth}
        for entry in epub.contents
    ]
    book.layout = epub.presentation.layout
    book.writing_mode = epub.presentation.writing_mode
    book.page_progression = epub.presentation.page_progression
    book.accessibility = epub.accessibility
    book.word_count = word_count(epub)


def _series(title: str, position: str) -> dict[str, Any]:
    if not title:
        return {}
    return {"series": title, "series_position": Decimal(position) if position else None}
