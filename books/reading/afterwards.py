"""What to read after a book."""

from django.db.models import prefetch_related_objects

from books.models import Book
from books.models.catalogue.authors import authors_prefetch
from books.models.catalogue.related import related_to

# Whoever has just finished a book wants the next one, not a shop window.
FEW = 3


def what_follows(book):
    """Return the next book of its series, or None, and others like it, for cards; in five queries."""
    books = Book.objects.published().for_cards().prefetch_related(None)
    following = _next_in_series(book, books)
    related = [other for other in related_to(book, among=books)[: FEW + 1] if other != following][:FEW]
    prefetch_related_objects([*([following] if following else []), *related], authors_prefetch())
    return {"following": following, "related": related}


def _next_in_series(book, books):
    if book.series_id is None or book.series_position is None:
        return None
    later = books.filter(series=book.series_id, series_position__gt=book.series_position)
    return later.order_by("series_position", "id").first()
