"""How a reader sees the books: which they own, which they can continue, how far they are."""

from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import NamedTuple

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    UUIDField,
    When,
)
from django.db.models.functions import Least
from django.utils import timezone

from books import access
from books.models import Book, Chapter, Position
from books.models.catalogue.cards import card_columns, cards_of
from books.search import matching
from users.prepared import Given, Prepared, PreparedForSeveral

CONTINUED_BOOKS = 4
BOOKS_PER_PAGE = 24
# Nobody turns more pages, and a reader of all books can search and browse the shop for the others.
LONGEST_LIST = 1_000


class Standing(NamedTuple):
    """How a reader stands to a book: whether they have the whole of it, and what with_places() says.

    Whoever has a book can read it, once it has opened: its Card says so, and how they stand stays the same.
    `is_open` is None where that makes no difference.
    """

    is_open: bool | None = False
    read_at: datetime | None = None
    progress: float | None = None
    place_chapter: int | None = None


# Of somebody who neither owns a book nor has begun it.
STRANGER = Standing()


# The library's filters, and the books that each leaves.
FILTERS = {
    "all": Q(),
    "reading": Q(progress__lt=1),
    "unread": Q(progress=None),
    "finished": Q(progress=1),
}


def with_places(books, user):
    """Return the books with the chapter the reader is at, the progress from 0 to 1, and when that was.

    All three are None if the reader has not begun. If a new edition lacks the chapter, its last one counts.
    """
    last = Chapter.objects.filter(book=OuterRef("pk")).order_by("-number").values("number")[:1]
    return books.annotate(
        place=FilteredRelation("positions", condition=Q(positions__user=user.pk)),
        read_at=F("place__updated_at"),
        progress=F("place__progress"),
        # Only for a book with a place: PostgreSQL's LEAST ignores nulls and would return the last chapter.
        place_chapter=Case(When(place__isnull=False, then=Least("place__chapter", Subquery(last)))),
    )


def standings(reader, books):
    """Return how this reader stands to each of these books, by its id, in few queries for any number.

    A few simple queries take less time than a single one with all of it.
    """
    books = list(books)
    begun = {
        book: Standing(False, read_at, progress, min(chapter, last or chapter))
        for book, read_at, progress, chapter, last in _places([book.pk for book in books], reader=reader.pk)
    }
    theirs = access.theirs_among(reader, books)
    return {book.pk: begun.get(book.pk, STRANGER)._replace(is_open=book.pk in theirs) for book in books}


@PreparedForSeveral.of(UUIDField())
def _places(books):
    places = Position.objects.filter(user=_READER, book__pk__in=books).order_by()
    return places.values_list("book", "updated_at", "progress", "chapter").annotate(
        Max("book__chapters__number")
    )


class Library:
    """The books that this reader has and that match one of FILTERS and the query, if any.

    A slice of it is rows for shelved(), those read last first. Of a whole shop there are only the first
    LONGEST_LIST by title, and those that the reader has begun.
    """

    def __init__(self, reader, *, shown="all", query=""):
        self._reader = reader
        self._shown = shown
        self._query = query

    def count(self):
        """Return the number of the books."""
        if self._query:
            return self._books.count()
        [(number,)] = self._prepared(_number)(reader=self._reader.pk) or [(0,)]
        return number

    def __getitem__(self, part):
        if self._query or part.start:
            return self._books.values_list(*_SHELVED)[part]
        return self._prepared(_first_page)(reader=self._reader.pk)[part]

    @property
    def _books(self):
        reads_all = access.has_all_books(self._reader)
        return _library_of(self._reader, reads_all, LONGEST_LIST, self._shown, self._query)

    def _prepared(self, query):
        return query(access.has_all_books(self._reader), LONGEST_LIST, self._shown)


def _library_of(reader, reads_all, longest, shown, query=""):
    books = access.books_of(reader)
    if query:
        books = matching(books, query)
    if reads_all:
        books = books.filter(pk__in=_begun_and_first(books, reader, longest))
    books = with_places(books, reader).filter(FILTERS[shown])
    return books.order_by(F("read_at").desc(nulls_last=True), "title", "id")


# As many as there are filters, for readers of all books and others.
@lru_cache(8)
def _first_page(reads_all, *which):
    books = _library_of(_any_reader(reads_all), reads_all, *which)
    return Prepared(lambda: books.values_list(*_SHELVED)[:BOOKS_PER_PAGE])


@lru_cache(8)
def _number(reads_all, *which):
    books = _library_of(_any_reader(reads_all), reads_all, *which).order_by()
    return Prepared(lambda: books.values("is_open").annotate(number=Count("*")).values_list("number"))


# What a row has of a book and its reader.
_SHELVED = (*card_columns(), *Standing._fields)


def shelved(rows):
    """Return the cards of these books, and by the book's id how the reader stands to each."""
    rows = list(rows)
    standings = {row[0]: Standing(*row[-len(Standing._fields) :]) for row in rows}
    return cards_of(row[: -len(Standing._fields)] for row in rows), standings


def continued_books(user):
    """Return the cards of the few books, or samples, that this reader read last and has not finished; and by
    the book's id how the reader stands to each.
    """
    cards, standings = shelved(_continued[access.has_all_books(user)](reader=user.pk, now=timezone.now()))
    # A sample is continued like a book of their own.
    return cards, {pk: standing._replace(is_open=None) for pk, standing in standings.items()}


def _continued_by(*, reads_all_books):
    user = _any_reader(reads_all_books)
    in_sample = Q(is_published=True, place_chapter__lte=F("sample_chapters"))
    books = with_places(access.mark_open(Book.objects.all(), user, now=_NOW), user)
    books = books.filter(Q(is_open=True) | in_sample, progress__lt=1).order_by("-read_at", "id")
    return books.values_list(*_SHELVED)[:CONTINUED_BOOKS]


def _any_reader(reads_all_books):
    """Return somebody for whom a prepared query is put together."""
    return SimpleNamespace(pk=_READER, is_authenticated=True, has_perm=lambda permission: reads_all_books)


_READER, _NOW = Given("reader", IntegerField()), Given("now", DateTimeField())
_continued = {
    True: Prepared(lambda: _continued_by(reads_all_books=True)),
    False: Prepared(lambda: _continued_by(reads_all_books=False)),
}


def _begun_and_first(books, user, longest):
    """Return the ids of the first books by title, and of those that this reader has begun."""
    first = books.order_by("title", "id").values("pk")[:longest]
    # Wrapped, because SQLite has no limit within a union.
    begun = Position.objects.filter(user=user.pk).values("book")
    return Book.objects.filter(pk__in=first).values("pk").union(begun)
