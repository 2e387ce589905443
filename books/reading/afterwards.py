"""What to read after a book."""

from books.models import Book
from books.models.catalogue.related import related_to

# Whoever has just finished a book wants the next one, not a shop window.
FEW = 3


def what_follows(book):
    """Return the cards of the next book of its series, in a list, and of a few others like it."""
    following = _next_in_series(book)
    return {
        "following": following,
        "related": [other for other in related_to(book) if other not in following][:FEW],
    }


def _next_in_series(book):
    if book.series_id is None or book.series_position is None:
        return []
    later = Book.objects.published().filter(series=book.series_id, series_position__gt=book.series_position)
    return later.order_by("series_position", "id")[:1].cards()
