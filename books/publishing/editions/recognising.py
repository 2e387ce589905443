"""Which book of the shop a file is an edition of, as far as it can be told without asking anybody."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from books.models import Book
from books.models.publishing import Likeness
from books.models.search import LONGEST_HEADING
from books.search.language.documents import heading

from .earlier_edits import lock_earlier_edits

# Of authors of books with one title, the latest first.
MOST_NAMES = 1_000
# What there is to decide, to be filled in with the book.
DOUBTS = {
    Likeness.ALIKE: "“{book}” by the same author is in the shop under another identifier.",
    Likeness.CONTRADICTED: "“{book}” has the identifier or ISBN of this file, but another title or author.",
}


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

    What staff have typed into that book is known then (lock_earlier_edits). Call it in a transaction.
    """
    known = known_book(identifier, isbn)
    if known:
        lock_earlier_edits(known)
    if known and _is_called(known, title, authors):
        return known, Likeness.KNOWN
    if alike := _alike(title, authors):
        lock_earlier_edits(alike)
        return alike, Likeness.ALIKE
    return known, Likeness.CONTRADICTED if known else Likeness.NONE


def _is_called(book: Book, title: str, authors: Sequence[str]) -> bool:
    """Tell whether the book has this title and one of the authors; what staff have typed does not count."""
    typed = set(book.locked_fields.values_list("name", flat=True))
    names = book.authorships.values_list("author__name", flat=True)
    is_titled = "title" in typed or _compared(book.title) == _compared(title)
    is_written = "authors" in typed or not names or not authors or _share_an_author(names, authors)
    return is_titled and is_written


def _alike(title: str, authors: Sequence[str]) -> Book | None:
    """Return the latest book of this title by one of these authors, locked."""
    titled = Book.objects.filter(search_entry__heading=heading(title)[:LONGEST_HEADING])
    names = defaultdict(list)
    for pk, name in titled.order_by("-created_at").values_list("pk", "authorships__author__name")[
        :MOST_NAMES
    ]:
        names[pk].append(name or "")
    latest = next((pk for pk in names if _share_an_author(names[pk], authors)), None)
    return Book.objects.select_for_update().filter(pk=latest).first()


def _share_an_author(names: Iterable[str], others: Iterable[str]) -> bool:
    """Tell whether a name is in both, in whatever order: "Austen, Jane" is Jane Austen."""
    return not set(map(_words, names)).isdisjoint(map(_words, others))


def _words(name: str) -> frozenset[str]:
    return frozenset(_compared(name).split())


def _compared(name: str) -> str:
    """Return the name as the search compares it, without capitals, accents and punctuation."""
    return heading(name) or name
