"""What the page of one book shows, read with prepared queries."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Count, UUIDField

from books.models import Author, Authorship, Book, Edition, OtherEdition, Review, Series, Subject
from books.models.catalogue.querysets import RATINGS
from users.models import public_name
from users.prepared import Given, Prepared, prefill

EDITIONS_SHOWN = 3
OTHER_EDITIONS_SHOWN = 20
_OTHER = ("kind", "seller", "address", "isbn", "price")
_BOOK = Given("book", UUIDField())
_COLUMNS = [field.attname for field in Book._meta.concrete_fields]


def book_at(pk):
    """Return the book, published or not, with its authors, subjects and series and its number of reviews by
    stars; None if there is none.
    """
    rows = _book(book=pk)
    if not rows:
        return None
    *row, series = rows[0]
    book = Book.from_db("default", _COLUMNS, row)
    book.series = series and Series(book.series_id, series)
    authors = [Author(id=author, name=name) for author, name in _authors(book=pk)]
    prefill(book, "authorships", [Authorship(book=book, author=author) for author in authors])
    prefill(book, "subjects", [Subject(id=subject, name=name) for subject, name in _subjects(book=pk)])
    numbers = dict(_tallies(book=pk))
    book.reviews_by_stars = tuple((stars, numbers.get(stars, 0)) for stars in RATINGS)
    return book


def editions_of(book):
    """Return the last few editions that say what is new in them."""
    return [Edition(book=book, notes=notes, published_at=at) for notes, at in _editions(book=book.pk)]


def other_editions_of(book):
    """Return the editions that others sell, in the order that staff gave them."""
    return [OtherEdition(**dict(zip(_OTHER, row, strict=True))) for row in _other_editions(book=book.pk)]


class ShownReview(NamedTuple):
    """A review as everybody sees it; `author_name` is empty if its author's account was erased."""

    pk: int
    rating: int
    text: str
    reply: str
    created_at: datetime
    author_id: int | None
    author_name: str


class ReviewsOf:
    """The visible reviews of a book, newest first, for a Paginator that knows their number."""

    def __init__(self, book):
        self._book = book

    def __getitem__(self, part):
        if part.start == part.stop:
            return []
        return [_shown(*row) for row in _reviews(part.start, part.stop)(book=self._book.pk)]


def _shown(pk, rating, text, reply, created_at, author, *names):
    return ShownReview(pk, rating, text, reply, created_at, author, public_name(*names) if author else "")


# As many as the first pages of reviews have.
@lru_cache(16)
def _reviews(start, stop):
    columns = ("pk", "rating", "text", "reply", "created_at", "author")
    names = ("author__username", "author__first_name", "author__last_name")
    return Prepared(
        lambda: Review.objects.visible().filter(book=_BOOK).values_list(*columns, *names)[start:stop]
    )


@Prepared
def _book():
    return Book.objects.filter(pk=_BOOK).values_list(*_COLUMNS, "series__title")


@Prepared
def _authors():
    return Authorship.objects.filter(book=_BOOK).values_list("author__id", "author__name")


@Prepared
def _subjects():
    return Subject.objects.filter(books=_BOOK).values_list("id", "name")


@Prepared
def _tallies():
    visible = Review.objects.visible().filter(book=_BOOK).order_by()
    return visible.values("rating").annotate(Count("pk")).values_list("rating", "pk__count")


@Prepared
def _editions():
    found = Edition.objects.filter(book=_BOOK).exclude(notes="")
    return found.values_list("notes", "published_at")[:EDITIONS_SHOWN]


@Prepared
def _other_editions():
    return OtherEdition.objects.filter(book=_BOOK).values_list(*_OTHER)[:OTHER_EDITIONS_SHOWN]
