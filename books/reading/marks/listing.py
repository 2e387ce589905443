"""All marks of a reader, book by book and in reading order: narrowed, counted to a limit, page by page.

As in the shop's lists (docs/decisions/0015), a page is found by its place, which is written into the address.
"""

import re
from functools import cached_property
from uuid import UUID

from django.db.models import Q

from books.models import Book, Mark
from books.models.catalogue.orders import Order
from books.models.catalogue.querysets import MOST_COUNTED

from .shown import with_access

PER_PAGE = 24
# In the order of titles, books with the same title apart.
ORDER = Order(("book__title", "book", "chapter", "fraction", "id"))
KINDS = {
    "bookmarks": ("Bookmarks", Q(colour="")),
    "highlights": ("Highlights", ~Q(colour="")),
    "notes": ("With a note", ~Q(note="")),
}
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PLACE = re.compile(rf"({_ID})~([0-9]{{1,9}})~([0-9](?:\.[0-9]{{1,20}})?(?:e-[0-9]{{1,3}})?)~({_ID})")


class MarkList:
    """A reader's marks, from the parameters of an address; what is no choice there is ignored."""

    def __init__(self, reader, query):
        self._reader = reader
        self.kind = query.get("kind") if query.get("kind") in KINDS else ""
        self.colour = query.get("colour") if query.get("colour") in Mark.Colour.values else ""
        self._asked_book = query.get("book", "")
        self._after, self._before = query.get("after", ""), query.get("before", "")

    @cached_property
    def books(self):
        """The first books, by title, in which this reader has marked anything."""
        marked = Book.objects.filter(pk__in=self._reader.marks.values("book"))
        return list(marked.order_by("title", "id").only("title", "language")[:MOST_COUNTED])

    @cached_property
    def book(self):
        """The book that the list is narrowed to, or None."""
        return next((book for book in self.books if str(book.pk) == self._asked_book), None)

    @property
    def is_filtered(self):
        """Whether the list is narrowed."""
        return bool(self.book or self.kind or self.colour)

    @cached_property
    def count(self):
        """How many marks there are, or MOST_COUNTED + 1 if there are more than MOST_COUNTED."""
        return self._marks.order_by()[: MOST_COUNTED + 1].count()

    @property
    def is_longer(self):
        """Whether there are more marks than are counted."""
        return self.count > MOST_COUNTED

    @cached_property
    def marks(self):
        """The marks of this page, each with `can_read`: whether the reader may read the chapter it is in."""
        return with_access(self._reader, self._page[0])

    @property
    def previous(self):
        """The place before which the previous page ends; empty on the first page."""
        return _written(self._page[0][0]) if self._page[1] else ""

    @property
    def next(self):
        """The place after which the next page begins; empty on the last page."""
        return _written(self._page[0][-1]) if self._page[2] else ""

    @property
    def _marks(self):
        kind = KINDS[self.kind][1] if self.kind else Q()
        colour = Q(colour=self.colour) if self.colour else Q()
        book = Q(book=self.book) if self.book else Q()
        return self._reader.marks.filter(kind, colour, book)

    @cached_property
    def _page(self):
        """The marks, whether there are any before them, and after them."""
        after, before = _read(self._after), _read(self._before)
        if before:
            marks, has_more = self._some(ORDER.before(before), ORDER.backwards())
            # The mark whose place is in the address comes after them, unless it has been deleted.
            return marks[::-1], has_more, True
        marks, has_more = self._some(ORDER.after(after) if after else Q(), ORDER)
        return marks, bool(after and marks), has_more

    def _some(self, condition, order):
        marks = self._marks.filter(condition).select_related("book").order_by(*order)
        marks = list(marks.defer("book__description", "book__contents")[: PER_PAGE + 1])
        return marks[:PER_PAGE], len(marks) > PER_PAGE


def _written(mark):
    return f"{mark.book_id}~{mark.chapter}~{mark.fraction!r}~{mark.pk}"


def _read(text):
    """Return the place that _written() wrote; None for anything else, which is the list's beginning."""
    found = _PLACE.fullmatch(text)
    # Titles are compared by the database, in its own order.
    title = found and Book.objects.filter(pk=found[1]).values_list("title", flat=True).first()
    if not title:
        return None
    return title, UUID(found[1]), int(found[2]), float(found[3]), UUID(found[4])
