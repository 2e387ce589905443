"""What a list of books can be narrowed by and sorted by in the currency that its visitor sees."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log10
from uuid import UUID

from django.conf import settings
from django.db.models import BigIntegerField, Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from books.models import ListPrice, Prices
from books.models.catalogue.orders import BOOK_ORDERS, LAST, Order
from books.models.prices import NO_SALES
from books.money import (
    base_currency,
    in_units,
    minor_digits,
    money,
    price_step,
    smallest_charge,
)

from .facets import Band, Bands
from .on_sale import OnSale, PlaceOnSale

FREE = "free"
# In steps: a step is a dollar, or what is a round amount near it in another currency.
JUMPS = (5, 10, 15, 20, 30, 50)


def step_of(prices):
    """Return the power of ten that comes nearest to a dollar in this currency, in minor units.

    By the rate of its price list, else by what Stripe charges at least: that is about half a dollar.
    """
    step = 2 * in_units(smallest_charge(base_currency()), base_currency())
    if prices.price_list is not None:
        rate = prices.price_list.rate
        step = step * rate if rate else 2 * in_units(smallest_charge(prices.currency), prices.currency)
    digits = round(log10(step)) + minor_digits(prices.currency)
    return 10 ** max(digits, 0)


def bands_of(prices):
    """Return the bands of prices to choose from, by what addresses call them in any currency."""
    step, least = step_of(prices), smallest_charge(prices.currency)

    def between(low, high):
        last = high * step - price_step(prices.currency)
        return Band(f"{written(low * step)} to {written(last)}", low * step, high * step)

    def written(amount):
        return money(amount, prices.currency)

    return {
        FREE: Band("Free", 0, 1),
        "0-5": Band(f"Under {written(5 * step)}", min(least, step), 5 * step),
        "5-10": between(5, 10),
        "10-20": between(10, 20),
        "20": Band(f"{written(20 * step)} and up", 20 * step),
    }


class PriceBands(Bands):
    """A choice among bands of prices: of those of a price list, typed or worked out, or of base prices.

    In a sale, of what books cost today.
    """

    def __init__(self, prices):
        super().__init__("price", "Price", "price", bands_of(prices))
        self.price_list = prices.price_list
        self._on_sale = OnSale(prices)

    def condition(self, value):
        if value == FREE:
            # What is free is free in every currency, and in no sale.
            return super().condition(value)
        band = self.bands[value]
        return self._on_sale.within(band, self._regular(self._without_sale(band)))

    def condition_along(self, order, value):
        if value == FREE:
            return super().condition_along(order, value)
        if order is not BOOK_ORDERS["price"]:
            return Q()
        band = self._without_sale(self.bands[value])
        if self.price_list is None:
            return order.within(band.at_least, band.below)
        return order.within(*self._base(band)) if self.price_list.formula else Q()

    def _without_sale(self, band):
        """Return the band of regular prices that cost this in a sale of everything."""
        regular = self._on_sale.regular
        return Band(band.label, regular(band.at_least), band.below and regular(band.below))

    def _regular(self, band):
        """Return the condition for the books with such a regular price."""
        if self.price_list is None:
            return between("price", band.at_least, band.below)
        typed = ListPrice.objects.filter(price_list=self.price_list.pk, book__isnull=False)
        found = Q(pk__in=typed.filter(between("amount", band.at_least, band.below)).values("book"))
        if self.price_list.formula:
            others = ~Q(pk__in=typed.values("book")) if self.price_list.has_book_prices else Q()
            found |= between("price", *self._base(band)) & others
        return found & Q(price__gt=0)

    def _base(self, band):
        """Return between which base prices the prices of a band are worked out."""
        least = self.price_list.formula.least_base
        return least(band.at_least), None if band.below is None else least(band.below)


def between(column, at_least, below):
    """Return the condition for what is not below one number, and below another unless that is None."""
    return Q(**{f"{column}__gte": at_least}) & (Q() if below is None else Q(**{f"{column}__lt": below}))


def price_bands(prices):
    """Return the choice among bands in the currency of these prices; usually always the same one."""
    if is_usual(prices):
        return _usual(prices.currency, settings.SHOP.locale)
    return PriceBands(prices)


def is_usual(prices):
    """Tell whether these are the shop's own prices, while no sale runs."""
    return prices.price_list is None and not prices.reductions.running


@lru_cache(4)
def _usual(currency, locale):
    return PriceBands(Prices(sales=NO_SALES))


@dataclass(frozen=True)
class TodaysOrder(Order):
    """The order by prices of which no index knows some: typed in a price list, or in a sale of some products.

    Where prices are typed, every published book is looked at: a shelf limits the time for that.
    """

    prices: Prices | None = None

    @cached_property
    def places(self) -> dict[UUID, int]:
        """The regular prices in whose places the books in sales of some products are, by their ids."""
        prices = self.prices
        if not self._has_typed and prices.price_list is not None and prices.price_list.formula is None:
            # Nothing has a price in this list: everything is sold, and sorted, in the base currency.
            prices = prices.in_base()
        on_sale, place_of = OnSale(prices), _place_in_base(prices)
        return {key: place_of(on_sale.regular(price)) for key, price in on_sale.some.items()}

    def near(self, books, side, number, *, backwards=False):
        if self._has_typed:
            return super().near(books, side, number)
        # Of what is in no such sale, the index finds the first; what is in one may be anywhere among them.
        # By a query of its own: in one condition for both, PostgreSQL would use no index.
        usual = BOOK_ORDERS["price"]
        others = usual.near(books.exclude(pk__in=list(self.places)), side, number)
        first = others.order_by(*(usual.backwards() if backwards else usual))[:number]
        found = [*self.places, *first.values_list("pk", flat=True)]
        return super().near(books.filter(pk__in=found), side, number)

    def row_of(self, book):
        place = self.places.get(book.pk)
        if place is None and book.price is not None:
            place = self.prices.listed(book.pk, book.price) if self._has_typed else book.price
        return (place, *super().row_of(book)[1:])

    @property
    def _has_typed(self):
        return _has_typed(self.prices)

    def _expressions(self):
        known = [PlaceOnSale(self.places)] if self.places else []
        if self._has_typed:
            price_list = self.prices.price_list
            typed = ListPrice.objects.filter(price_list=price_list.pk, book=OuterRef("pk")).values("amount")
            known.append(Subquery(typed))
            known += [price_list.formula.expression("price")] if price_list.formula else []
        else:
            known.append(F("price"))
        place = Case(
            When(price=0, then=Value(0)),
            When(price__gt=0, then=Coalesce(*known, Value(LAST), output_field=BigIntegerField())),
            default=Value(LAST),
            output_field=BigIntegerField(),
        )
        return [place, *(F(column) for column in self.columns[1:])]


def price_order(prices):
    """Return the order of books by what they cost in this currency today.

    Prices that are all worked out are in the order of the base prices, and an index finds them.
    """
    order = BOOK_ORDERS["price"]
    if not prices.reductions.of_some_products and not _has_typed(prices):
        return order
    return TodaysOrder(order.columns, unknown=order.unknown, prices=prices)


def _has_typed(prices):
    return prices.price_list is not None and prices.price_list.has_book_prices


def _place_in_base(prices):
    """Return what makes of a regular price in this currency the number by which the list is sorted."""
    is_worked_out = prices.price_list is not None and not _has_typed(prices)
    return prices.price_list.formula.least_base if is_worked_out else int


def jumps_along(prices):
    """Return where one can jump to in a list by price, as (what the address says, the price in words)."""
    price_list = prices.price_list
    if price_list is not None and not _has_typed(prices) and not price_list.formula:
        prices = prices.in_base()
    regular, place_of = OnSale(prices).regular, _place_in_base(prices)
    step = step_of(prices)
    return [(place_of(regular(number * step)), money(number * step, prices.currency)) for number in JUMPS]
