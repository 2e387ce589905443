"""What a product costs a reader, and how a purchase form carries the price that the reader was shown.

A bundle, All Books too, costs its price less what the reader has already paid for its books, never less than
zero. A price is the one of a currency's price list, never another one converted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from django.core import signing
from django.urls import reverse

from books.access import Visitor
from books.models import Bundle, Price, Prices, Product, find_product
from books.money import chargeable, money, price_step
from orders.models import CART

from .credits import credits_for

_SALT = "orders.item"


class NotForSale(Exception):
    """The shop sells nothing by this reference."""


class ForgedOffer(Exception):
    """What a form carries was not signed by this shop."""


class SignedOffer(NamedTuple):
    """The terms that a buyer saw when they chose to pay; `amount` in minor units of `currency`.

    `parts` are the references and amounts of the products in a cart; for a single product it is empty.
    """

    reference: str
    amount: int
    currency: str
    parts: tuple[tuple[str, int], ...] = ()

    @classmethod
    def read(cls, value: str) -> Self:
        """Return what signed() wrote; raises ForgedOffer for anything else."""
        try:
            # A page that was made before there were carts has no parts.
            reference, amount, currency, *parts = signing.loads(value, salt=_SALT)
            pairs = parts[0] if parts else []
            return cls(reference, amount, currency, tuple((each, cost) for each, cost in pairs))
        except (signing.BadSignature, TypeError, ValueError) as error:
            raise ForgedOffer from error

    def signed(self) -> str:
        """Return the terms as a form carries them."""
        return signing.dumps(self, salt=_SALT)

    @property
    def references(self) -> list[str]:
        """What is bought, product by product."""
        return [reference for reference, _ in self.parts] or [self.reference]


@dataclass(frozen=True)
class Offer:
    """A product at the price that it has now for one reader; `amount` in minor units of `currency`.

    `credit` is how much lower the amount is because the reader has already paid for parts of the product.
    `instead_of` is the currency that was asked for if the product is not sold in it.
    """

    product: Product
    amount: int
    currency: str
    credit: int = 0
    instead_of: str = ""

    @property
    def reference(self) -> str:
        return self.product.reference

    @property
    def title(self) -> str:
        return self.product.title

    @property
    def price(self) -> str:
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    @property
    def full_price(self) -> str:
        """The price for somebody who has not paid for any part of the product."""
        return money(self.amount + self.credit, self.currency)

    @property
    def address(self) -> str:
        """The address of its purchase page."""
        return address_of(self.reference)

    @property
    def terms(self) -> SignedOffer:
        return SignedOffer(self.reference, self.amount, self.currency)

    def signed(self) -> str:
        """Return the terms as the purchase page's form carries them."""
        return self.terms.signed()

    @property
    def parts(self) -> tuple[Self, ...]:
        """The offers of which this consists: itself. A cart has several."""
        return (self,)


def address_of(reference: str) -> str:
    """Return the address of the purchase page of a product, or of the cart."""
    if reference == CART:
        return f"{reverse('orders')}?cart"
    kind, _, name = reference.partition(":")
    return reverse("orders", query={kind: name} if name else None)


def find_offer(reference: str, reader: Visitor, currency: str | None = None) -> Offer:
    """Return the product at the price that it has now for this reader, as offer_of does."""
    return offer_of(find_product(reference), reader, currency)


def offer_of(product: Product | None, reader: Visitor, currency: str | None = None) -> Offer:
    """Return the product at the price that it has now for this reader; raises NotForSale, for None too.

    In this currency, or else the base currency; see offers_of.
    """
    return offer_at(Prices.in_currency(currency), product, reader)


def offer_at(prices: Prices, product: Product | None, reader: Visitor) -> Offer:
    """Return the product as offer_of does, at prices that may be looked up already."""
    offers = offers_at(prices, [product] if product else [], reader)
    if not offers:
        raise NotForSale(product.reference if product else "")
    return offers[0]


def offers_of(products: Iterable[Product], reader: Visitor, currency: str | None = None) -> list[Offer]:
    """Return the products that are for sale, at their prices for this reader.

    What is not sold in this currency, or any product without one, has its price in the base currency. Takes
    as many queries for many products as for two.
    """
    return offers_at(Prices.in_currency(currency), products, reader)


def offers_at(prices: Prices, products: Iterable[Product], reader: Visitor) -> list[Offer]:
    """Return the products that are for sale as offers_of does, at prices that may be looked up already."""
    for_sale = [product for product in products if product.is_offered]
    prices.look_up(product.pk for product in for_sale)
    priced = [(product, price) for product in for_sale if (price := prices.price_of(product))]
    bundles = [(product, price) for product, price in priced if isinstance(product, Bundle)]
    credits = credits_for(bundles, reader, prices) if bundles and reader.is_authenticated else {}
    return [_offer(prices, product, price, credits.get(product.pk, 0)) for product, price in priced]


def _offer(prices: Prices, product: Product, price: Price, credit: int) -> Offer:
    left = price.amount - min(credit, price.amount)
    if credit:
        left -= left % price_step(price.currency)
    amount = chargeable(left, price.currency, least=prices.least_for(price.currency))
    instead_of = "" if price.currency == prices.currency else prices.currency
    return Offer(product, amount, price.currency, price.amount - amount, instead_of)
