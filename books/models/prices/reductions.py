"""What the sales of a moment make of the prices in one currency, and what reductions may be announced."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import Any
from uuid import UUID

from django.db.models import (
    BigAutoField,
    CharField,
    DateTimeField,
    Field,
    IntegerField,
    PositiveIntegerField,
    Q,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast

from books.money import LARGEST_CHARGE, smallest_charge

from .history import Lowering, Past, Step, lowest, steps
from .lists import PriceList
from .past import PastFormula, PastPrice
from .rounding import Formula
from .sales import LOOKED_BACK, BegunSales, Sale, Terms, begun_sales

type ProductKey = UUID | int
# Until when it was the price, the row's key, its currency and the amount.
type PastRow = tuple[datetime, int, str, int | None]
# As Prices.AT_ONCE.
AT_ONCE = 500


class Reductions:
    """The sales that count for prices, and of the products that are looked up, which are in them.

    While no sale runs, nothing is asked about any product.
    """

    def __init__(self, price_list: PriceList | None, sales: BegunSales | None):
        self._price_list = price_list
        self._given = sales
        # By the product's key: the sales that name it, and its past prices in their sequence.
        self._sales_of: dict[ProductKey, list[int]] = {}
        self._past_of: dict[ProductKey, list[PastRow]] = {}

    @cached_property
    def begun(self) -> BegunSales:
        """The sales of the moment, asked for when the first price is."""
        return self._given if self._given is not None else begun_sales()

    @cached_property
    def running(self) -> tuple[Terms, ...]:
        return self.begun.running

    def look_up(self, keys: Iterable[ProductKey]) -> None:
        """Look up which sales these products are in, and their past prices, in one query."""
        if self.begun.counting_from is None:
            return
        unknown = [key for key in keys if key not in self._past_of]
        for some in batched(unknown, AT_ONCE, strict=False):
            sales: dict[ProductKey, list[int]] = defaultdict(list)
            past: dict[ProductKey, list[PastRow]] = defaultdict(list)
            for sale, book, bundle, currency, amount, until, pk in self._rows(some):
                if sale is not None:
                    sales[book or bundle].append(sale)
                else:
                    past[book or bundle].append((until, pk, currency, amount))
            self._sales_of |= {key: sales[key] for key in some}
            self._past_of |= {key: sorted(past[key]) for key in some}

    def _rows(self, keys: Iterable[ProductKey]) -> Any:
        books = [key for key in keys if isinstance(key, UUID)]
        bundles = [key for key in keys if not isinstance(key, UUID)]
        named = [sale.id for sale in self.begun.sales if not sale.everything]
        past = PastPrice.objects.filter(
            Q(book__in=books) | Q(bundle__in=bundles),
            currency__in=["", self._currency],
            until__gt=self.begun.counting_from,
        )
        parts = [past.order_by().values_list(_none(IntegerField()), *_OF_PAST)]
        if named and books:
            rows = Sale.books.through.objects.filter(sale__in=named, book__in=books)
            parts.append(rows.order_by().values_list("sale_id", "book_id", *_OF_BOOKS))
        if named and bundles:
            rows = Sale.bundles.through.objects.filter(sale__in=named, bundle__in=bundles)
            parts.append(rows.order_by().values_list("sale_id", *_OF_BUNDLES))
        return parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]

    @property
    def _currency(self) -> str:
        return self._price_list.currency if self._price_list else ""

    def least_for(self, currency: str) -> int:
        """Return the least that a card is charged in the list's or the base currency, in minor units."""
        if self._price_list is not None and currency == self._price_list.currency:
            return self._price_list.smallest_charge
        return smallest_charge(currency)

    def lowest(self, key: ProductKey, regular: int, currency: str, *, base: int) -> tuple[int, Terms] | None:
        """Return the lowest sale price of a product, and its sale; None if no sale makes it cheaper.

        `regular` is its price in this currency, `base` the one in the base currency. Of two sales with the
        same price, the one that began first counts.
        """
        found = [
            (self._lowered(sale, currency, regular, base), sale)
            for sale in self.running
            if self._includes(sale, key)
        ]
        amount, sale = min(found, key=lambda each: (each[0], each[1].begins), default=(regular, None))
        return (amount, sale) if sale is not None and amount < regular else None

    def _includes(self, sale: Terms, key: ProductKey) -> bool:
        if sale.everything:
            return True
        self.look_up([key])
        return sale.id in self._sales_of[key]

    def _lowered(self, sale: Terms, currency: str, regular: int, base: int) -> int:
        return sale.price(regular, currency, base=base, least=self.least_for(currency))

    @property
    def percent_off_everything(self) -> int:
        """The most that a sale takes off every price, in per cent; 0 if there is no such sale."""
        return max((sale.percent or 0 for sale in self.running if sale.everything), default=0)

    @property
    def of_some_products(self) -> list[int]:
        """The keys of the running sales that are not of everything."""
        return [sale.id for sale in self.running if not sale.everything]

    def announced(self, product: Any, currency: str, sale: Terms, *, typed: int | None) -> int | None:
        """Return the lowest price that a product had in the 30 days before this sale, in minor units.

        Of a younger product, since it was first for sale; None if it was not for sale before. `typed` is what
        staff have typed for it in the price list.
        """
        first = getattr(product, "first_published_at", None)
        since = sale.begins - LOOKED_BACK
        before = self.steps(
            product.pk,
            product.price,
            currency,
            typed=typed,
            begins=max(since, first) if first else since,
            ends=sale.begins,
        )
        found = lowest(before)
        return found.price if found else None

    def steps(
        self,
        key: ProductKey,
        now: int | None,
        currency: str,
        *,
        typed: int | None,
        begins: datetime,
        ends: datetime,
    ) -> list[Step]:
        """Return what a product cost in a currency from one instant until just before another.

        `now` is its regular price in the base currency, `typed` what staff have typed for it in the list.
        """
        self.look_up([key])
        base = self._past(key, "", now)
        in_list = self._past(key, self._currency, typed)

        def regular(moment: datetime) -> int | None:
            cost = base.at(moment)
            if currency != self._currency or not cost:
                return _charged(cost, smallest_charge(currency))
            if (listed := in_list.at(moment)) is None:
                formula = self._formulas.at(moment)
                listed = formula.price(cost) if formula else None
            return _charged(listed, self.least_for(currency))

        return steps(
            begins,
            ends,
            base=base,
            regular=regular,
            changes=[*base.changes, *in_list.changes, *self._formulas.changes],
            sales=[
                Lowering(each.id, each.begins, each.ends, self._lowering(each, currency))
                for each in sorted(self.begun.sales, key=lambda each: each.begins)
                if self._includes(each, key)
            ],
        )

    def _lowering(self, sale: Terms, currency: str) -> Any:
        return lambda regular, base: self._lowered(sale, currency, regular, base)

    def _past(self, key: ProductKey, currency: str, now: int | None) -> Past[int | None]:
        rows = self._past_of[key]
        return Past(now, [(until, amount) for until, _, each, amount in rows if each == currency])

    @cached_property
    def _formulas(self) -> Past[Formula | None]:
        """How the price list has worked prices out."""
        if self._price_list is None:
            return Past(None)
        rows = PastFormula.objects.filter(
            currency=self._price_list.currency, until__gt=self.begun.counting_from
        )
        before = [(row.until, _formula_of(row)) for row in rows]
        return Past(self._price_list.formula, before)


def _formula_of(past: PastFormula) -> Formula | None:
    names = ("currency", "rate", "ending", "rounding")
    return PriceList(**{name: getattr(past, name) for name in names}).formula


def _charged(amount: int | None, least: int) -> int | None:
    """Return an amount if a card can be charged as much, or if there is nothing to charge."""
    return amount if amount is not None and (amount == 0 or least <= amount <= LARGEST_CHARGE) else None


def _none(field: Field) -> Cast:
    return Cast(Value(None), field)


_OF_PAST = ("book_id", "bundle_id", "currency", "amount", "until", "pk")
_NO_PRICE = (
    *(_none(CharField()), _none(PositiveIntegerField())),
    *(_none(DateTimeField()), _none(BigAutoField())),
)
_OF_BOOKS = (_none(IntegerField()), *_NO_PRICE)
_OF_BUNDLES = (_none(UUIDField()), "bundle_id", *_NO_PRICE)
