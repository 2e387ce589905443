"""Books like a book."""

from functools import cache

from django.db.models import Case, IntegerField, Q, QuerySet, UUIDField, When

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
    authors = [authorship.author_id for authorship in book.authorships.all()][:FIRST_NAMES]
    subjects = [subject.pk for subject in book.subjects.all()][:FIRST_NAMES]
    if not authors + subjects:
        return []
    query = _prepared(len(authors), len(subjects), LATEST)
    named = {f"name{number}": pk for number, pk in enumerate(authors + subjects)}
    return cards_of(query(book=book.pk, **named))


@cache
def _prepared(authors, subjects, latest):
    names = [Given(f"name{number}", IntegerField()) for number in range(authors + subjects)]
    by_author = [_latest(Authorship, latest, author=name) for name in names[:authors]]
    on_subject = [_latest(Book.subjects.through, latest, subject=name) for name in names[authors:]]
    comes_first = Q(pk__in=QuerySet.union(*by_author) if by_author else [])
    books = (
        Book.objects.published()
        .filter(pk__in=QuerySet.union(*by_author, *on_subject))
        .exclude(pk=Given("book", UUIDField()))
        .order_by(Case(When(comes_first, then=0), default=1), *BOOK_ORDERS["newest"])
    )
    return Prepared(lambda: books.values_list(*card_columns())[:RELATED_BOOKS])


def _latest(links, latest, **of):
    """Return the books of the latest authorships, or of the like for a subject."""
    found = links.objects.filter(book__is_published=True, **of).order_by("-pk").values("pk")[:latest]
    # Wrapped, because SQLite has no limit within a union.
    return links.objects.filter(pk__in=found).order_by().values("book")
