"""Books like a book."""

from django.db.models import Case, Q, QuerySet, When

from .authors import Authorship
from .books import Book
from .orders import BOOK_ORDERS

# Looked at of each author and subject, and how many of these that a book names: so it costs the same for an
# author of ten books and of ten thousand.
LATEST = 50
FIRST_NAMES = 5


def related_to(book, *, among):
    """Return the other books of `among` by one of its authors, then those on one of its subjects."""
    authors = book.authorships.values_list("author", flat=True)[:FIRST_NAMES]
    subjects = book.subjects.values_list("pk", flat=True)[:FIRST_NAMES]
    by_author = [_latest(Authorship, author=author) for author in authors]
    on_subject = [_latest(Book.subjects.through, subject=subject) for subject in subjects]
    if not by_author + on_subject:
        return among.none()
    comes_first = Q(pk__in=QuerySet.union(*by_author) if by_author else [])
    return (
        among.filter(pk__in=QuerySet.union(*by_author, *on_subject))
        .exclude(pk=book.pk)
        .order_by(Case(When(comes_first, then=0), default=1), *BOOK_ORDERS["newest"])
    )


def _latest(links, **of):
    """Return the books of the latest authorships, or of the like for a subject."""
    latest = links.objects.filter(book__is_published=True, **of).order_by("-pk").values("pk")[:LATEST]
    # Wrapped, because SQLite has no limit within a union.
    return links.objects.filter(pk__in=latest).order_by().values("book")
