"""How a reader sees the books: which they own, which they can continue, how far they are."""

from django.db.models import Case, F, FilteredRelation, Max, OuterRef, Q, Subquery, When
from django.db.models.functions import Least

from books import access
from books.models import Book, Chapter, Position
from books.search import matching

CONTINUED_BOOKS = 4
# Nobody turns more pages, and a reader of all books can search and browse the shop for the others.
LONGEST_LIST = 1_000

# How somebody stands to a book who neither owns it nor has begun it.
STRANGER = {"is_open": False, "read_at": None, "progress": None, "place_chapter": None}

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

    That is `is_open`, whether they may read the whole book, and what with_places() says. A few simple
    queries take less time than a single one with all of it.
    """
    books = list(books)
    places = Position.objects.filter(user=reader.pk, book__in=[book.pk for book in books]).order_by()
    begun = {
        book: {"read_at": read_at, "progress": progress, "place_chapter": min(chapter, last or chapter)}
        for book, read_at, progress, chapter, last in places.values_list(
            "book", "updated_at", "progress", "chapter"
        ).annotate(Max("book__chapters__number"))
    }
    opened = access.open_among(reader, books)
    return {book.pk: STRANGER | begun.get(book.pk, {}) | {"is_open": book.pk in opened} for book in books}


def library_of(user, *, shown="all", query=""):
    """Return the books that this reader may read and that match one of FILTERS and the query, if any.

    Of a whole shop only the first LONGEST_LIST by title are returned, and those that the reader has begun.
    """
    books = access.readable_books(user)
    if query:
        books = matching(books, query)
    if access.has_all_books(user):
        books = books.filter(pk__in=_begun_and_first(books, user))
    books = with_places(books.for_cards(), user).filter(FILTERS[shown])
    return books.order_by(F("read_at").desc(nulls_last=True), "title", "id")


def continued_books(user):
    """Return the few books, or samples, that this reader read last and has not finished."""
    # Most readers of a front page have begun nothing, and the query below takes long to put together.
    if not user.positions.filter(progress__lt=1).exists():
        return []
    in_sample = Q(is_published=True, place_chapter__lte=F("sample_chapters"))
    books = with_places(Book.objects.for_cards(), user)
    books = books.filter(Q(access.is_open(user)) | in_sample, progress__lt=1)
    return list(books.order_by("-read_at", "id")[:CONTINUED_BOOKS])


def _begun_and_first(books, user):
    """Return the ids of the first books by title, and of those that this reader has begun."""
    first = books.order_by("title", "id").values("pk")[:LONGEST_LIST]
    # Wrapped, because SQLite has no limit within a union.
    return Book.objects.filter(pk__in=first).values("pk").union(user.positions.values("book"))
