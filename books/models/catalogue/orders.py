"""The orders in which books are listed.

A place in a list is a row of values, such as a title and an id. The books after it are found by comparing
rows, which both databases answer from an index on the same columns, however deep in the list the place is.
For that, all columns of an order run the same way, none is NULL, and the last is the id, so that no
book is on two pages or on none. Titles are compared by the database alone, in its own collation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, F, Func, Index, Q, QuerySet, Value
from django.db.models.expressions import OrderBy

# Says of an order the condition for the books on one side of a place.
type Side = Callable[[Order], Q]

# Sorted after every price and every place in a series.
LAST = 2**31 - 1
# The database works it out, for rows that it has.
SORT_TITLE = "sort_title"


@dataclass(frozen=True)
class Order:
    """An order of books; iterating gives what order_by() takes.

    `unknown` is what an empty first column counts as.
    """

    columns: tuple[str, ...]
    is_descending: bool = False
    unknown: int | None = None

    def __iter__(self) -> Iterator[OrderBy]:
        return self._sorted(descending=self.is_descending)

    def backwards(self) -> Iterator[OrderBy]:
        """Return what order_by() takes to list the books from the last one to the first."""
        return self._sorted(descending=not self.is_descending)

    def row_of(self, book: Any) -> tuple[Any, ...]:
        """Return the place of a book; None in it is an unknown first column."""
        return tuple(
            book.title_file_as or book.title if column == SORT_TITLE else getattr(book, column)
            for column in self.columns
        )

    def after(self, row: tuple[Any, ...]) -> Q:
        """Return the condition for the books after this place."""
        return self._compared("<" if self.is_descending else ">", row)

    def before(self, row: tuple[Any, ...]) -> Q:
        """Return the condition for the books before this place."""
        return self._compared(">" if self.is_descending else "<", row)

    def starting_at(self, value: Any) -> Q:
        """Return the condition for the books whose first column is this value or comes after it."""
        return self._compared("<=" if self.is_descending else ">=", (value,))

    def within(self, at_least: Any, below: Any | None) -> Q:
        """Return the condition for the books whose first column is known and between two values.

        The same condition on the column alone would not tell the database where in the index to begin.
        """
        end = self.unknown if below is None and not self.is_descending else below
        condition = self._compared(">=", (at_least,))
        return condition if end is None else condition & self._compared("<", (end,))

    def near(self, books: QuerySet, side: Side, number: int, *, backwards: bool = False) -> QuerySet:
        """Return books on one side of a place, in no order: at least the `number` of them that come first.

        With `backwards` those that come last.
        """
        return books.filter(side(self))

    def index(self, name: str) -> Index:
        """Return the index that finds a page of published books in this order, wherever it is."""
        return Index(*self._expressions(), condition=Q(is_published=True), name=f"shelf_by_{name}")

    def _sorted(self, *, descending: bool) -> Iterator[OrderBy]:
        return (OrderBy(column, descending=descending) for column in self._expressions())

    def _expressions(self) -> list[F | Func]:
        first, *others = self.columns
        return [F(first) if self.unknown is None else self._known(first), *map(F, others)]

    def _known(self, column: str) -> Func:
        # Not a parameter: SQLite would not see that the index has the same expression.
        return Func(F(column), template=f"COALESCE(%(expressions)s, {self.unknown})")

    def _compared(self, operator: str, row: tuple[Any, ...]) -> Q:
        values = (Value(self.unknown if value is None else value) for value in row)
        return Q(_Compared(*self._expressions()[: len(row)], *values, operator=operator))


class _Compared(Func):
    """The condition (a, b) > (x, y): in SQL, as in a dictionary, the first difference decides."""

    output_field = BooleanField()

    def as_sql(self, compiler, connection, **context):
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        parameters = [parameter for _, given in parts for parameter in given]
        return f"({left}) {self.extra['operator']} ({right})", parameters


# The newest are those first published here last: every published book has that date, while many EPUBs have
# none.
BOOK_ORDERS = {
    "newest": Order(("first_published_at", "id"), is_descending=True),
    "title": Order((SORT_TITLE, "id")),
    "price": Order(("price", "title", "id"), unknown=LAST),
    "rating": Order(("rating", "review_count", "id"), is_descending=True, unknown=0),
    "length": Order(("word_count", "id")),
}
# Within one series.
SERIES_ORDER = Order(("series_position", "title", "id"), unknown=LAST)
