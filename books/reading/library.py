"""How a reader sees the books: which they own, which they can continue, how far they are."""

from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Least

from books import access
from books.models import Book, Chapter
from books.search import matching

CONTINUED_BOOKS = 4

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


def as_seen_by(reader, books):
    """Return the books as cards show them to this reader: whether they own each, and how far they are."""
    books = access.mark_open(books, reader)
    return with_places(books, reader) if reader.is_authenticated else books


def library_of(user, *, shown="all", query=""):
    """Return the books that this reader may read and that match one of FILTERS and the query, if any."""
    books = access.readable_books(user).for_cards()
    if query:
        books = matching(books, query)
    books = with_places(books, user).filter(FILTERS[shown])
    return books.order_by(F("read_at").desc(nulls_last=True), "title", "id")


def continued_books(user):
    """Return the few books, or samples, that this reader read last and has not finished."""
    in_sample = Q(is_published=True, place_chapter__lte=F("sample_chapters"))
    readable = Q(pk__in=access.readable_books(user).values("pk")) | in_sample
    books = with_places(Book.objects.for_cards(), user).filter(readable, progress__lt=1)
    return list(books.order_by("-read_at", "id")[:CONTINUED_BOOKS])
