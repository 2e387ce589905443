"""How a reader sees the books: which are open to them, which they can go on with, how far they are."""

from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Least

from books import access
from books.models import Book, Chapter
from books.search import search

CONTINUED_BOOKS = 4

# What one can narrow the library to, and which books that leaves.
FILTERS = {
    "all": Q(),
    "reading": Q(progress__lt=1),
    "unread": Q(progress=None),
    "finished": Q(progress=1),
}


def with_places(books, user):
    """Return the books with the chapter the reader is at, the progress from 0 to 1, and when that was.

    All three are None where the reader has not begun. A chapter that a new edition no longer has is its last.
    """
    last = Chapter.objects.filter(book=OuterRef("pk")).order_by("-number").values("number")[:1]
    return books.annotate(
        place=FilteredRelation("positions", condition=Q(positions__user=user.pk)),
        read_at=F("place__updated_at"),
        progress=F("place__progress"),
        # Not of an unread book: PostgreSQL's least of a number and nothing is the number.
        place_chapter=Case(When(place__isnull=False, then=Least("place__chapter", Subquery(last)))),
    )


def as_seen_by(reader, books):
    """Return the books as cards show them to this reader: open or not, and where they are in them."""
    books = access.mark_open(books, reader)
    return with_places(books, reader) if reader.is_authenticated else books


def library_of(user, *, shown="all", query=""):
    """Return the books this reader may read: those of one of FILTERS, and of a search if there is a query."""
    books = access.readable_books(user).for_cards()
    if query:
        books = books.filter(pk__in=search(query, among=Book.objects.all()).books.order_by().values("pk"))
    books = with_places(books, user).filter(FILTERS[shown])
    return books.order_by(F("read_at").desc(nulls_last=True), "title", "id")


def continued_books(user):
    """Return the few books that this reader began last and has not finished, samples among them."""
    in_sample = Q(is_published=True, place_chapter__lte=F("sample_chapters"))
    readable = Q(pk__in=access.readable_books(user).values("pk")) | in_sample
    books = with_places(Book.objects.for_cards(), user).filter(readable, progress__lt=1)
    return list(books.order_by("-read_at", "id")[:CONTINUED_BOOKS])
