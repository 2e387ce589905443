"""One page of a list of books, found by its place instead of its number."""

from collections.abc import Iterator
from functools import cached_property

from django.db.models import Q, QuerySet

from books.models import Book
from books.models.catalogue.orders import Order

from .places import written

type Books = QuerySet[Book]


class Page:
    """Up to `size` books: the first ones, or those after or before a place. Asks the database when used."""

    def __init__(
        self,
        books: Books,
        order: Order,
        *,
        size: int,
        beginning: Q | None = None,
        end: Q | None = None,
    ):
        self._books = books
        self._order = order
        self._size = size
        self._beginning = beginning
        self._end = end

    def __iter__(self) -> Iterator[Book]:
        return iter(self._found[0])

    def __len__(self) -> int:
        return len(self._found[0])

    @cached_property
    def previous(self) -> str:
        """The place before which the previous page ends; empty on the first page."""
        return self._place_of(0) if self._found[1] else ""

    @cached_property
    def next(self) -> str:
        """The place after which the next page begins; empty on the last page."""
        return self._place_of(-1) if self._found[2] else ""

    @property
    def is_only(self) -> bool:
        """Whether there are no other pages."""
        return not (self.previous or self.next)

    @cached_property
    def _found(self) -> tuple[list[Book], bool, bool]:
        """The books, whether there are any before them, and after them."""
        if self._end is None:
            books, has_more = self._some(self._beginning or Q(), self._order)
            return books, self._beginning is not None and self._any(books[:1], self._order.before), has_more
        books, has_more = self._some(self._end, self._order.backwards())
        return books[::-1], has_more, self._any(books[:1], self._order.after)

    def _some(self, condition, order):
        # One book more than are shown says whether there is another page.
        books = self._books.filter(condition).order_by(*order)[: self._size + 1].cards()
        return books[: self._size], len(books) > self._size

    def _any(self, outermost, side):
        return any(self._books.filter(side(self._order.row_of(book))).exists() for book in outermost)

    def _place_of(self, index):
        return written(self._order, self._order.row_of(self._found[0][index]))
