"""Books like a book."""

from functools import cache

from django.db.models import Case, Q, QuerySet, UUIDField, When

from users.prepared import Given, Prepared

from .authors import Authorship
from .books import Book
from .cards import Card, card_columns, cards_of
from .orders import BOOK_ORDERS

# Looked at of each author and subject, and how many of these that a book names: so it costs the same for an
# author of ten books and of ten thousand.
LATEST = 50
FIRST_NAMES = 5
RELATED_BOOKS = 4


def related_to(book) -> list[Card]:
    """Return the cards of a few other books by one of its authors, then of those on one of its subjects."""
    return cards_of(_related(LATEST)(book=book.pk))


@cache
def _related(latest):
    return Prepared(lambda: _related_books(Given("book", UUIDField()), latest))


def _related_books(book, latest):
    authors = Authorship.objects.filter(book__pk=book).values("author")
    subjects = Book.subjects.through.objects.filter(book__pk=book).order_by("subject__name").values("subject")
    by_author = [_latest(Authorship, latest, author=one) for one in _each(authors)]
    on_subject = [_latest(Book.subjects.through, latest, subject=one) for one in _each(subjects)]
    comes_first = Q(pk__in=QuerySet.union(*by_author))
    return (
        Book.objects.published()
        .filter(pk__in=QuerySet.union(*by_author, *on_subject))
        .exclude(pk=book)
        .order_by(Case(When(comes_first, then=0), default=1), *BOOK_ORDERS["newest"])
        .values_list(*card_columns())[:RELATED_BOOKS]
    )


def _each(names):
    """Return a query of each of the first names."""
    return [names[place : place + 1] for place in range(FIRST_NAMES)]


def _latest(links, latest, **of):
    """Return the books of the latest authorships, or of the like for a subject."""
    found = links.objects.filter(book__is_published=True, **of).order_by("-pk").values("pk")[:latest]
    # Wrapped, because SQLite has no limit within a union.
    return links.objects.filter(pk__in=found).order_by().values("book")
