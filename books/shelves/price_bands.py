"""What a list of books can be narrowed by and sorted by in the currency that its visitor sees."""

from dataclasses import dataclass
from functools import lru_cache
from math import log10

from django.conf import settings
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from books.models import ListPrice, Prices
from books.models.catalogue.orders import BOOK_ORDERS, LAST, Order
from books.money import base_currency, in_units, minor_digits, money, price_step, smallest_charge

from .facets import Band, Bands

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
        "0-5": Band(f"Under {written(5 * step)}", min(least, step), 5 * step),
        "5-10": between(5, 10),
        "10-20": between(10, 20),
        "20": Band(f"{written(20 * step)} and up", 20 * step),
    }


class PriceBands(Bands):
    """A choice among bands of prices: of those of a price list, typed or worked out, or of base prices."""

    def __init__(self, prices):
        super().__init__("price", "Price", "price", bands_of(prices))
        self.price_list = prices.price_list

    def condition(self, value):
        if self.price_list is None:
            return super().condition(value)
        band = self.bands[value]
        below = {} if band.below is None else {"amount__lt": band.below}
        typed = ListPrice.objects.filter(price_list=self.price_list.pk, book__isnull=False)
        found = Q(pk__in=typed.filter(amount__gte=band.at_least, **below).values("book"))
        if self.price_list.formula:
            others = ~Q(pk__in=typed.values("book")) if self.price_list.has_book_prices else Q()
            found |= self._worked_out(band) & others
        return found & Q(price__isnull=False)

    def condition_along(self, order, value):
        if self.price_list is None:
            return super().condition_along(order, value)
        if order is not BOOK_ORDERS["price"] or not self.price_list.formula:
            return Q()
        return order.within(*self._base(self.bands[value]))

    def _worked_out(self, band):
        least, below = self._base(band)
        return Q(price__gte=least) & (Q() if below is None else Q(price__lt=below))

    def _base(self, band):
        """Return between which base prices the prices of a band are worked out."""
        least = self.price_list.formula.least_base
        return least(band.at_least), None if band.below is None else least(band.below)


def price_bands(prices):
    """Return the choice among bands in the currency of these prices; in the base currency always the same."""
    if prices.price_list is None:
        return _usual(prices.currency, settings.SHOP.locale)
    return PriceBands(prices)


@lru_cache(4)
def _usual(currency, locale):
    return PriceBands(Prices())


@dataclass(frozen=True)
class ListOrder(Order):
    """The order by the prices of a price list in which some are typed.

    No index knows them, so it takes longer in a shop of very many books than an order of BOOK_ORDERS.
    """

    prices: Prices | None = None

    def row_of(self, book):
        amount = None if book.price is None else self.prices.listed(book.pk, book.price)
        return (amount, *super().row_of(book)[1:])

    def _expressions(self):
        price_list = self.prices.price_list
        typed = ListPrice.objects.filter(price_list=price_list.pk, book=OuterRef("pk")).values("amount")
        worked_out = price_list.formula.expression("price") if price_list.formula else Value(LAST)
        amount = Coalesce(Subquery(typed), worked_out)
        known = Case(When(price__isnull=False, then=amount), default=Value(LAST))
        return [known, *(F(column) for column in self.columns[1:])]


def price_order(prices):
    """Return the order of books by what they cost in this currency.

    Prices that are all worked out are in the order of the base prices, and an index finds them.
    """
    order = BOOK_ORDERS["price"]
    if prices.price_list is None or not prices.price_list.has_book_prices:
        return order
    return ListOrder(order.columns, unknown=order.unknown, prices=prices)


def jumps_along(order, prices):
    """Return where one can jump to in a list by price, as (what the address says, the price in words)."""
    price_list = prices.price_list
    if price_list is None or isinstance(order, ListOrder):
        return _jumps(prices, int)
    return _jumps(prices, price_list.formula.least_base) if price_list.formula else _jumps(Prices(), int)


def _jumps(prices, place_of):
    step = step_of(prices)
    return [(place_of(number * step), money(number * step, prices.currency)) for number in JUMPS]
