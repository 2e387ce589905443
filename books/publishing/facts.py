"""What a file says about its book → the book's own facts: title, authors, series, subjects …"""

from decimal import Decimal
from typing import Any

from books.epub import Epub, Metadata
from books.models import Author, Authorship, Book, PrintedPages, Series, Subject
from users.names import visible

from .lengths import largest_sample, word_count

MAX_SUBJECTS = 20
# Facts that belong to others: they are set with those, or not at all.
COMPANIONS = {
    "title_file_as": "title",
    "published_to": "published",
    "series_position": "series",
    "authors_file_as": "authors",
}
# Rows of their own, which `credit` writes.
CREDITS = frozenset({"authors", "authors_file_as", "subjects"})


def facts_of(epub: Epub, *, fallback_title: str) -> dict[str, Any]:
    """Return what a file says about its book, by the names of the fields in which staff may change it.

    Authors, subjects and the series are names here, which `describe` and `credit` find rows for.
    What is missing is left as the book has it.
    """
    metadata = epub.metadata
    said_only = {"description": metadata.description, "isbn": metadata.isbn}
    return {
        "title": (metadata.title or fallback_title)[:200],
        "title_file_as": metadata.title_file_as[:200] if metadata.title else "",
        "subtitle": metadata.subtitle[:200],
        "language": metadata.language,
        "published": metadata.published,
        "published_to": metadata.published_to,
        "authors": tuple(dict.fromkeys(name[:200] for name in metadata.authors)),
        "authors_file_as": {name[:200]: file_as[:200] for name, file_as in metadata.authors_file_as.items()},
        "contributors": _contributors(metadata),
        "subjects": tuple(dict.fromkeys(name[:100] for name in metadata.subjects[:MAX_SUBJECTS])),
        **{name: value for name, value in said_only.items() if value},
        **_series(visible(metadata.series)[:200], metadata.series_position),
    }


def describe(book: Book, facts: dict[str, Any]) -> None:
    """Set the book's own fields to these facts; nothing is saved but a new series."""
    for name, value in facts.items():
        if name == "series":
            book.series, _ = Series.objects.get_or_create(title=value)
        elif name not in CREDITS and COMPANIONS.get(name, name) in facts:
            setattr(book, name, value)


def credit(book: Book, facts: dict[str, Any]) -> None:
    """Give the book, which is saved already, the authors and subjects among these facts."""
    if "authors" in facts:
        authors = [_author(name, facts.get("authors_file_as", {}).get(name, "")) for name in facts["authors"]]
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
    book.largest_sample = largest_sample([chapter.length for chapter in epub.outline])
    book.printed_page_count = len(epub.printed_pages)


def number_pages(book: Book, epub: Epub) -> None:
    """Keep where the pages of the printed book begin, of a book that is saved already."""
    places = [[page.number, page.chapter, page.fragment] for page in epub.printed_pages]
    if places:
        PrintedPages.objects.update_or_create(book=book, defaults={"places": places})
    else:
        PrintedPages.objects.filter(book=book).delete()


def _author(name: str, file_as: str) -> Author:
    """Return the author of this name; what staff, or an earlier file, sort it under stays."""
    author, _ = Author.objects.get_or_create(name=name, defaults={"file_as": file_as})
    if file_as and not author.file_as:
        author.file_as = file_as
        author.save(update_fields=["file_as"])
    return author


def _contributors(metadata: Metadata) -> list[list[str]]:
    """Return role and name of each, as the book keeps them."""
    pairs = dict.fromkeys((person.role, visible(person.name)[:200]) for person in metadata.contributors)
    return [[role, name] for role, name in pairs if name]


def _series(title: str, position: str) -> dict[str, Any]:
    if not title:
        return {}
    return {"series": title, "series_position": Decimal(position) if position else None}
