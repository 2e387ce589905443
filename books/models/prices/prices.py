"""What products cost in the currency that a page shows or an order has."""

from collections.abc import Iterable
from itertools import batched
from typing import NamedTuple, Self
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q

from books.models.catalogue import Book, Bundle
from books.models.catalogue.cards import Card
from books.money import LARGEST_CHARGE, base_currency, money, smallest_charge
from users.prepared import Given, PreparedObjects

from .lists import ListPrice, PriceList

# How many products to look up with one query; no page shows as many.
AT_ONCE = 500

# The key of a book or of a bundle, which never look alike.
type ProductKey = UUID | int


type Priced = Book | Bundle | Card


class Price(NamedTuple):
    """An amount in minor units of a currency."""

    amount: int
    currency: str

    def __str__(self) -> str:
        return money(self.amount, self.currency)


def offered_lists(base: str | None = None) -> list[PriceList]:
    """Return the price lists of the currencies that the shop sells in beside its own, `base` if it is given.

    Each knows by `has_book_prices` whether staff have typed the price of any book in it.
    """
    return _offered_lists(base=base or base_currency())


@PreparedObjects
def _offered_lists():
    typed = ListPrice.objects.filter(price_list=OuterRef("pk"), book__isnull=False)
    lists = PriceList.objects.exclude(currency=Given("base", CharField()))
    return lists.annotate(has_book_prices=Exists(typed)).order_by("currency")


class Prices:
    """What products cost in one currency: that of a price list, or else the base currency.

    Asks the database once for all products of a page that are looked up together, and for the base currency
    never.
    """

    def __init__(self, price_list: PriceList | None = None):
        self.price_list = price_list
        self.currency = price_list.currency if price_list else base_currency()
        self._typed: dict[ProductKey, int | None] = {}

    @classmethod
    def in_currency(cls, currency: str | None) -> Self:
        """Return the prices in a currency, in the base currency for None or one in which nothing is sold."""
        if currency is None or currency == base_currency():
            return cls()
        return cls(PriceList.objects.filter(currency=currency).first())

    def look_up(self, keys: Iterable[ProductKey]) -> None:
        """Look up what staff have typed for these products, with one query for those not known yet."""
        if self.price_list is None:
            return
        unknown = [key for key in dict.fromkeys(keys) if key not in self._typed]
        for some in batched(unknown, AT_ONCE, strict=False):
            books = [key for key in some if isinstance(key, UUID)]
            bundles = [key for key in some if not isinstance(key, UUID)]
            named = Q(book__in=books) | Q(bundle__in=bundles)
            rows = ListPrice.objects.filter(named, price_list=self.price_list.pk).order_by()
            typed = {
                book or bundle: amount
                for book, bundle, amount in rows.values_list("book", "bundle", "amount")
            }
            self._typed |= {key: typed.get(key) for key in some}

    def listed(self, key: ProductKey, base: int) -> int | None:
        """Return the list price of what costs `base` in the base currency, or None if the list has none.

        Both in minor units. It may be less than a card can be charged.
        """
        if self.price_list is None:
            return base
        self.look_up([key])
        if (typed := self._typed[key]) is not None:
            return typed
        return self.price_list.formula.price(base) if self.price_list.formula else None

    def price_of(self, product: Priced) -> Price | None:
        """Return what a product costs, in the base currency where the list has no price that can be charged.

        None if it is not sold on its own.
        """
        if product.price is None:
            return None
        if self.price_list is not None:
            amount = self.listed(product.pk, product.price)
            if amount is not None and self.price_list.smallest_charge <= amount <= LARGEST_CHARGE:
                return Price(amount, self.currency)
        base = Price(product.price, base_currency())
        return base if base.amount >= smallest_charge(base.currency) else None

    def least_for(self, currency: str) -> int:
        """Return the least that a card is charged in the currency of one of these prices, in minor units."""
        if self.price_list is not None and currency == self.currency:
            return self.price_list.smallest_charge
        return smallest_charge(currency)
