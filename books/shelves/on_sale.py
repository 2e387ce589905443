"""What running sales make of the prices by which a list of books is narrowed and sorted.

A sale of everything moves every price in the same direction, so a band of today's prices is a band of regular
prices, and the order of regular prices stays: indexes find both. Books in a sale of some products are few;
they are looked up, and put where their price is today.
"""

import json
from uuid import UUID

from django.db.models import BigIntegerField, F, Func, Q

from books.models import Prices
from books.money import price_step

from .facets import Band


class OnSale:
    """The sales of one moment, as a list of books in one currency sees them. Asks the database when used."""

    def __init__(self, prices: Prices):
        self._prices = prices
        self._reductions = prices.reductions

    def regular(self, price: int) -> int:
        """Return the lowest regular price that a sale of everything leaves at this or more."""
        left = 100 - self._reductions.percent_off_everything
        if left == 100 or price <= self._reductions.least_for(self._prices.currency):
            return price
        step = price_step(self._prices.currency)
        rounded = -(-price // step) * step
        return -(-100 * rounded // left)

    @property
    def some(self) -> dict[UUID, int]:
        """What the books in sales of some products cost today, by their ids."""
        return self._prices.books_on_sale

    def within(self, band: Band, others: Q) -> Q:
        """Return the condition for the books that cost this today; `others` is it for regular prices."""
        if not self.some:
            return others
        found = [
            key
            for key, price in self.some.items()
            if price >= band.at_least and (band.below is None or price < band.below)
        ]
        return (others & ~Q(pk__in=list(self.some))) | Q(pk__in=found)


class PlaceOnSale(Func):
    """The number that a book has in `places`, by its id; NULL for any other book."""

    output_field = BigIntegerField()

    def __init__(self, places: dict[UUID, int]):
        super().__init__(F("id"))
        self._places = places

    def as_sqlite(self, compiler, connection, **context):
        return self._looked_up(
            "json_extract(%s, '$.\"' || {} || '\"')",
            compiler,
            {key.hex: each for key, each in self._places.items()},
        )

    def as_postgresql(self, compiler, connection, **context):
        return self._looked_up(
            "(%s::jsonb ->> {}::text)::bigint",
            compiler,
            {str(key): each for key, each in self._places.items()},
        )

    def _looked_up(self, template, compiler, places):
        column, parameters = compiler.compile(self.source_expressions[0])
        return template.format(column), [json.dumps(places), *parameters]
