"""Which book of the shop a file is an edition of, as far as it can be told without asking anybody."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from books.models import Book, LockedField
from books.models.publishing import Likeness
from books.models.search import LONGEST_HEADING
from books.search.language.documents import heading

from .earlier_edits import called_by_its_file, lock_earlier_edits
from .locking import locked_in

# Of authors of books with one title, the latest first.
MOST_NAMES = 1_000
# Of files of books that staff have given another title or other authors, of the latest: each takes a process.
MOST_OPENED = 10
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
    """Tell whether the book has this title and one of the authors, in the shop or in its own file.

    What staff have corrected says nothing by itself: another volume may have the same identifier.
    """
    titles, names = [book.title], list(book.authorships.values_list("author__name", flat=True))
    if _agree(titles, names, title, authors):
        return True
    if not {"title", "authors"} & locked_in(book):
        return False
    said = called_by_its_file(book)
    return _agree([*titles, said.title], [*names, *said.authors], title, authors)


def _agree(titles: Sequence[str], names: Sequence[str], title: str, authors: Sequence[str]) -> bool:
    is_titled = _compared(title) in map(_compared, titles)
    return is_titled and (not names or not authors or _share_an_author(names, authors))


def _alike(title: str, authors: Sequence[str]) -> Book | None:
    """Return the latest book of this title by one of these authors, by the shop or its own file, locked."""
    titled = Q(search_entry__heading=heading(title)[:LONGEST_HEADING])
    names = _names(Book.objects.filter(titled))
    latest = next((pk for pk in names if _share_an_author(names[pk], authors)), None)
    if latest is None:
        latest = _alike_by_its_file(titled, title, authors)
    return Book.objects.select_for_update().filter(pk=latest).first()


def _alike_by_its_file(titled: Q, title: str, authors: Sequence[str]) -> UUID | None:
    locks = LockedField.objects.filter(book=OuterRef("pk"))
    retitled, credited = (Exists(locks.filter(name=name)) for name in ["title", "authors"])
    corrected = Book.objects.filter(retitled | Q(credited) & titled).exclude(epub="")
    names = _names(corrected)
    others = set(corrected.filter(credited).values_list("pk", flat=True))
    likely = [pk for pk in names if pk in others or _share_an_author(names[pk], authors)][:MOST_OPENED]
    books = Book.objects.without_text().in_bulk(likely)
    return next((pk for pk in likely if _is_called_by_its_file(books[pk], title, authors)), None)


def _is_called_by_its_file(book: Book, title: str, authors: Sequence[str]) -> bool:
    said = called_by_its_file(book)
    return _compared(said.title) == _compared(title) and _share_an_author(said.authors, authors)


def _names(books: QuerySet[Book]) -> dict[UUID, list[str]]:
    """Return the authors of each of these books, the latest first."""
    names = defaultdict(list)
    rows = books.order_by("-created_at").values_list("pk", "authorships__author__name")
    for pk, name in rows[:MOST_NAMES]:
        names[pk].append(name or "")
    return names


def _share_an_author(names: Iterable[str], others: Iterable[str]) -> bool:
    """Tell whether a name is in both, in whatever order: "Austen, Jane" is Jane Austen."""
    return not set(map(_words, names)).isdisjoint(map(_words, others))


def _words(name: str) -> frozenset[str]:
    return frozenset(_compared(name).split())


def _compared(name: str) -> str:
    """Return the name as the search compares it, without capitals, accents and punctuation."""
    return heading(name) or name
