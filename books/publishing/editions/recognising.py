"""Which book of the shop a file is an edition of, as far as it can be told without asking anybody."""

import re
from collections.abc import Sequence

from books.models import Book
from books.models.publishing import Likeness

# Of one author: of more, those whose titles come first. They are compared without capitals and punctuation.
MOST_BOOKS = 1_000
# What there is to decide, to be filled in with the book.
DOUBTS = {
    Likeness.ALIKE: "“{book}” by the same author is in the shop under another identifier.",
    Likeness.CONTRADICTED: "“{book}” has the identifier or ISBN of this file, but another title or author.",
}
NOT_OF_WORDS = re.compile(r"[\W_]+")


def known_book(identifier: str, isbn: str) -> Book | None:
    """Return the book that is in the shop under this identifier or ISBN, locked until the transaction ends.

    Call it in a transaction.
    """
    books = Book.objects.select_for_update()
    book = books.filter(identifier=identifier).first()
    if book is None and isbn:
        book = books.filter(isbn=isbn).first()
    return book


def recognise(
    identifier: str, isbn: str, *, title: str, authors: Sequence[str]
) -> tuple[Book | None, Likeness]:
    """Return the book that such a file is or may be an edition of, locked, and how far it is like it.

    Call it in a transaction.
    """
    known = known_book(identifier, isbn)
    if known and _is_called(known, title, authors):
        return known, Likeness.KNOWN
    if alike := _alike(title, authors):
        return alike, Likeness.ALIKE
    return known, Likeness.CONTRADICTED if known else Likeness.NONE


def _is_called(book: Book, title: str, authors: Sequence[str]) -> bool:
    """Tell whether the book has this title and one of the authors; what staff have typed does not count."""
    typed = set(book.locked_fields.values_list("name", flat=True))
    names = {_folded(name) for name in book.authorships.values_list("author__name", flat=True)}
    is_titled = "title" in typed or _folded(book.title) == _folded(title)
    is_written = "authors" in typed or not names or not authors or names & set(map(_folded, authors))
    return is_titled and bool(is_written)


def _alike(title: str, authors: Sequence[str]) -> Book | None:
    """Return the latest book of this title by one of these authors, locked."""
    theirs = Book.objects.filter(authorships__author__name__in=authors).order_by("title").distinct()
    titled = [
        pk for pk, name in theirs.values_list("pk", "title")[:MOST_BOOKS] if _folded(name) == _folded(title)
    ]
    return Book.objects.select_for_update().filter(pk__in=titled).order_by("-created_at").first()


def _folded(name: str) -> str:
    return NOT_OF_WORDS.sub(" ", name.casefold()).strip()
