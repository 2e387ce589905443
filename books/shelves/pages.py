"""One page of a list of books, found by its place instead of its number."""

from collections.abc import Iterator
from functools import cached_property, lru_cache, partial

from django.db.models import Q, QuerySet

from books.models import Book
from books.models.catalogue.cards import Card, card_columns, cards_of
from books.models.catalogue.orders import Order, Side
from users.prepared import Prepared

from .places import written

type Books = QuerySet[Book]


def anywhere(order: Order) -> Q:
    """Return the condition for all books of an order."""
    return Q()


def first_of_everything(order: Order, number: int) -> list[Card]:
    """Return the cards of the first published books, the page that is asked for most."""
    return cards_of(_first(order, number)())


# As many as there are orders and sizes of pages.
@lru_cache(32)
def _first(order, number):
    books = Book.objects.published().order_by(*order)
    return Prepared(lambda: books.values_list(*card_columns())[:number])


class Page:
    """Up to `size` books: the first ones, or those after or before a place. Asks the database when used.

    Without `books`, of everything that is published.
    """

    def __init__(
        self,
        books: Books | None,
        order: Order,
        *,
        size: int,
        beginning: Side | None = None,
        end: Side | None = None,
    ):
        self._is_first = books is None and beginning is None and end is None
        self._books = Book.objects.published() if books is None else books
        self._order = order
        self._size = size
        self._beginning = beginning
        self._end = end

    def __iter__(self) -> Iterator[Card]:
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
    def _found(self) -> tuple[list[Card], bool, bool]:
        """The books, whether there are any before them, and after them."""
        if self._end is None:
            books, has_more = self._some(self._beginning or anywhere)
            return books, self._beginning is not None and self._any(books[:1], Order.before), has_more
        books, has_more = self._some(self._end, backwards=True)
        return books[::-1], has_more, self._any(books[:1], Order.after)

    def _some(self, side, *, backwards=False):
        # One book more than are shown says whether there is another page.
        if self._is_first:
            books = first_of_everything(self._order, self._size + 1)
        else:
            near = self._order.near(self._books, side, self._size + 1, backwards=backwards)
            in_order = near.order_by(*(self._order.backwards() if backwards else self._order))
            books = in_order[: self._size + 1].cards()
        return books[: self._size], len(books) > self._size

    def _any(self, outermost, side):
        places = (self._order.row_of(book) for book in outermost)
        return any(self._order.near(self._books, partial(side, row=row), number=1).exists() for row in places)

    def _place_of(self, index):
        return written(self._order, self._order.row_of(self._found[0][index]))
