"""What a product costs a reader, and the word by which a page and an order name it.

A bundle, All Books too, costs its price less what the reader's money is allocated to the books in it, never
below zero: they complete their set.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from books.access import Visitor
from books.models import Book, Bundle
from books.money import CURRENCY, chargeable, money
from orders.models import (
    Order,
)

from . import allocations

ALL_BOOKS = "all-books"

_SALT = "orders.item"


class NotForSale(Exception):
    """Nothing of this name is sold."""


class ForgedItem(Exception):
    """The item does not carry this shop's signature."""


@dataclass(frozen=True)
class Offer:
    """A product at its price of now for one reader; `amount` in minor units of `currency`.

    `credit` is what the amount is lower by, since the reader has paid for parts of it.
    """

    product: Book | Bundle
    amount: int
    credit: int = 0
    currency: str = CURRENCY

    @property
    def item(self) -> str:
        return item_of(self.product)

    @property
    def title(self) -> str:
        return self.product.title

    @property
    def price(self) -> str:
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    @property
    def full_price(self) -> str:
        """What somebody pays for it who has paid for nothing of it yet."""
        return money(self.amount + self.credit, self.currency)

    @property
    def address(self) -> str:
        """Where it is bought."""
        return address_of(self.item)

    def signed(self) -> str:
        """Return what the purchase page's form carries: what was offered, and at which price."""
        return signing.dumps([self.item, self.amount, self.currency], salt=_SALT)


@dataclass(frozen=True)
class ShownOffer:
    """What the buyer saw when they chose to pay."""

    item: str
    amount: int
    currency: str


def item_of(product: Book | Bundle) -> str:
    """Return the word for a product: "all-books", "book:<uuid>" or "bundle:<slug>"."""
    if isinstance(product, Book):
        return f"book:{product.pk}"
    return ALL_BOOKS if product.everything else f"bundle:{product.slug}"


def address_of(item: str) -> str:
    """Return the address of the purchase page of a product."""
    kind, _, name = item.partition(":")
    return reverse("orders", query={kind: name} if name else None)


def find_offer(item: str, reader: Visitor) -> Offer:
    """Return the product that goes by this word, at the price that it has now for this reader.

    Raises NotForSale.
    """
    return offer_of(_find_product(item), reader)


def offer_of(product: Book | Bundle, reader: Visitor) -> Offer:
    """Return the product at the price that it has now for this reader; raises NotForSale."""
    offers = offers_of([product], reader)
    if not offers:
        raise NotForSale(item_of(product))
    return offers[0]


def offers_of(products: Iterable[Book | Bundle], reader: Visitor) -> list[Offer]:
    """Return those of the products that are for sale, at their prices for this reader.

    Takes as many queries for many products as for two.
    """
    for_sale = [product for product in products if product.price is not None and _is_offered(product)]
    bundles = [product for product in for_sale if isinstance(product, Bundle)]
    credits = allocations.credits(bundles, reader) if bundles and reader.is_authenticated else {}
    return [
        _offer(product, credits.get(product.pk, 0) if isinstance(product, Bundle) else 0)
        for product in for_sale
    ]


def read_signed(value: str) -> ShownOffer:
    """Return what Offer.signed wrote; raises ForgedItem for anything else."""
    try:
        item, amount, currency = signing.loads(value, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ForgedItem from error
    return ShownOffer(item=item, amount=amount, currency=currency)


def _find_product(item: str) -> Book | Bundle:
    kind, _, name = item.partition(":")
    product: Book | Bundle | None = None
    if item == ALL_BOOKS:
        product = Bundle.objects.all_books()
    elif kind == "bundle":
        product = Bundle.objects.for_offers().filter(slug=name, everything=False).first()
    elif kind == "book":
        product = _find_book(name)
    if product is None:
        raise NotForSale(item)
    return product


def _is_offered(product: Book | Bundle) -> bool:
    return isinstance(product, Bundle) or product.is_published


def _find_book(name: str) -> Book | None:
    try:
        return Book.objects.without_text().filter(pk=UUID(name)).first()
    except ValueError:
        return None


def _offer(product: Book | Bundle, credit: int) -> Offer:
    price = product.price or 0
    amount = chargeable(price - min(credit, price))
    return Offer(product, amount, credit=price - amount)


def is_at(order: Order, offer: Offer) -> bool:
    """Tell whether an order is at what the product costs now, in the mode that payments are made in now."""
    terms = (offer.amount, offer.currency, settings.STRIPE_LIVE_MODE)
    return (order.amount, order.currency, order.livemode) == terms
