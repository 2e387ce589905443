"""What products cost in the currency that a page shows or an order has."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import NamedTuple, Self
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q

from books.models.catalogue import Book, Bundle
from books.models.catalogue.cards import Card
from books.money import LARGEST_CHARGE, base_currency, money, price_step, smallest_charge
from users.prepared import Given, PreparedObjects

from .history import Step
from .lists import ListPrice, PriceList
from .reductions import Reductions
from .sales import BegunSales

# How many products to look up with one query; no page shows as many.
AT_ONCE = 500

# The key of a book or of a bundle, which never look alike.
type ProductKey = UUID | int


type Priced = Book | Bundle | Card


class Reduction(NamedTuple):
    """What a sale has done to a price: by how much it lowered the regular one, and until when.

    `was` is the lowest price of the 30 days before the sale, with which alone a reduction may be announced;
    None if the sale's is not below it. Amounts are in the price's currency and minor unit.
    """

    off: int
    was: int | None
    ends: datetime


class Price(NamedTuple):
    """An amount in minor units of a currency, and what it is in a sale."""

    amount: int
    currency: str
    reduction: Reduction | None = None

    def __str__(self) -> str:
        return money(self.amount, self.currency)

    def share(self, part: int, whole: int) -> int:
        """Return as much of this amount as `part` is of `whole`, both in another currency's minor units."""
        amount = self.amount * part // whole
        return amount - amount % price_step(self.currency)

    @property
    def regular(self) -> int:
        """The amount without a sale."""
        return self.amount + self.reduction.off if self.reduction else self.amount

    @property
    def was(self) -> int | None:
        """The amount to show struck through; None if no reduction is announced."""
        return self.reduction.was if self.reduction else None

    @property
    def ends(self) -> datetime | None:
        """Until when it is so low; None outside of sales."""
        return self.reduction.ends if self.reduction else None


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
    while no sale runs never. `sales` are those of a moment; without them, they are asked for once.
    """

    def __init__(self, price_list: PriceList | None = None, sales: BegunSales | None = None):
        self.price_list = price_list
        self._base_currency = base_currency()
        self.currency = price_list.currency if price_list else self._base_currency
        self.reductions = Reductions(price_list, sales)
        self._typed: dict[ProductKey, int | None] = {}

    @classmethod
    def in_currency(cls, currency: str | None, sales: BegunSales | None = None) -> Self:
        """Return the prices in a currency, in the base currency for None or one in which nothing is sold."""
        if currency is None or currency == base_currency():
            return cls(sales=sales)
        return cls(PriceList.objects.filter(currency=currency).first(), sales)

    def in_base(self) -> "Prices":
        """Return the prices in the base currency at the same moment."""
        return self if self.price_list is None else Prices(None, self.reductions.begun)

    def look_up(self, keys: Iterable[ProductKey]) -> None:
        """Look up what these products cost, with as many queries for many as for one."""
        keys = list(dict.fromkeys(keys))
        self.look_up_listed(keys)
        self.reductions.look_up(keys)

    def look_up_listed(self, keys: Iterable[ProductKey]) -> None:
        """Look up the list prices alone, without sales, with one query for those not known yet."""
        if self.price_list is None:
            return
        unknown = [key for key in keys if key not in self._typed]
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

        Both in minor units, and without sales. It may be less than a card can be charged.
        """
        if self.price_list is None or base == 0:
            return base
        self.look_up_listed([key])
        if (typed := self._typed[key]) is not None:
            return typed
        return self.price_list.formula.price(base) if self.price_list.formula else None

    def listed_today(self, key: ProductKey, base: int) -> int | None:
        """Return the list price, as listed does, or the lower one of a sale."""
        if (regular := self.listed(key, base)) is None:
            return None
        lowest = self.reductions.lowest(key, regular, self.currency, base=base)
        return lowest[0] if lowest else regular

    @cached_property
    def books_on_sale(self) -> dict[UUID, int]:
        """What each published book in a sale of some products costs today, by its id, as listed_today says.

        Those that the list has no price for are left out. Lists are narrowed and sorted by it.
        """
        running = self.reductions.of_some_products
        if not running:
            return {}
        named = Book.sales.through.objects.filter(sale__in=running).order_by().values("book")
        books = Book.objects.published().filter(pk__in=named, price__isnull=False).order_by()
        base = dict(books.values_list("pk", "price"))
        # Pages are kept with their prices, which need not remember what is looked up here.
        prices = Prices(self.price_list, self.reductions.begun)
        prices.look_up(base)
        today = {key: prices.listed_today(key, cost) for key, cost in base.items()}
        return {key: price for key, price in today.items() if price is not None}

    def price_of(self, product: Priced) -> Price | None:
        """Return what a product costs, in the base currency where the list has no price that can be charged.

        In a sale, that is the sale's price. None if it is not sold on its own. What is free is free in every
        currency.
        """
        regular = self.regular_price_of(product)
        if regular is None or regular.amount == 0:
            return regular
        lowest = self.reductions.lowest(product.pk, regular.amount, regular.currency, base=product.price)
        if lowest is None:
            return regular
        amount, sale = lowest
        was = self.reductions.announced(product, regular.currency, sale, typed=self._typed.get(product.pk))
        announced = was if was is not None and amount < was else None
        return Price(amount, regular.currency, Reduction(regular.amount - amount, announced, sale.ends))

    def regular_price_of(self, product: Priced) -> Price | None:
        """Return the same without sales."""
        if product.price is None:
            return None
        if product.price == 0:
            return Price(0, self.currency)
        if self.price_list is not None:
            amount = self.listed(product.pk, product.price)
            if amount is not None and self.price_list.smallest_charge <= amount <= LARGEST_CHARGE:
                return Price(amount, self.currency)
        if product.price < smallest_charge(self._base_currency):
            return None
        return Price(product.price, self._base_currency)

    def steps(self, product: Book | Bundle, begins: datetime, ends: datetime) -> list[Step]:
        """Return what a product cost, costs and will cost from one instant until just before another.

        In this currency alone: a step is None while it was sold in the base currency instead, or not at all.
        That is known of times that the sales of these prices count (sales.every_sale_of: of all).
        """
        self.look_up([product.pk])
        now = product.price if product.is_offered else None
        typed = self._typed.get(product.pk)
        return self.reductions.steps(product.pk, now, self.currency, typed=typed, begins=begins, ends=ends)

    def minimum_of(self, product: Priced) -> Price | None:
        """Return what a buyer who chooses the amount must pay at least; None if the price is fixed.

        It is the same share of what the product costs now in this currency as in the base currency: 0, or at
        least what a card can be charged.
        """
        if product.minimum_price is None or not product.price or not (price := self.price_of(product)):
            return None
        share = price.share(product.minimum_price, product.price)
        least = self.least_for(price.currency) if product.minimum_price else 0
        return Price(min(max(share, least), price.amount), price.currency)

    def least_for(self, currency: str) -> int:
        """Return the least that a card is charged in the currency of one of these prices, in minor units."""
        return self.reductions.least_for(currency)
