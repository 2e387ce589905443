"""The day on which a book that is sold before it opens."""

from datetime import datetime

from books.models import moments
from books.models.catalogue import Book

from .announcements import Announcement, AnnouncementKind
from .opening import has_opened


def day_chosen(book: Book, *, before: datetime | None) -> str:
    """Have pages change at the moment that staff chose, and buyers told if it is later than `before`, in UTC.

    Call it in the transaction that saves the book. The letters are written by the worker
    (orders.preorders.announcing). Returns a warning for staff, or an empty text.
    """
    if book.opens_at is None:
        return ""
    moments.expect(book.opens_at)
    is_waited_for = book.is_published and before is not None and not has_opened(before, book.epub)
    if is_waited_for and book.opens_at > before:
        Announcement.objects.get_or_create(book=book, kind=AnnouncementKind.MOVED, opens_at=book.opens_at)
    if book.epub:
        return ""
    return f"“{book}” has no file yet. It opens on its day, or as soon as its file is here after it."
