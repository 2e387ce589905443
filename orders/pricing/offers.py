"""What a product costs a reader, and how a purchase form carries the price that the reader was shown.

A bundle, All Books too, costs its price less what the reader has already paid for its books, never less than
zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from django.core import signing
from django.urls import reverse

from books.access import Visitor
from books.models import Product, find_product
from books.money import CURRENCY, chargeable, money
from orders.models import CART

from . import allocations

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
    """

    product: Product
    amount: int
    credit: int = 0
    currency: str = CURRENCY

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


def find_offer(reference: str, reader: Visitor) -> Offer:
    """Return the product at the price that it has now for this reader; raises NotForSale."""
    return offer_of(find_product(reference), reader)


def offer_of(product: Product | None, reader: Visitor) -> Offer:
    """Return the product at the price that it has now for this reader; raises NotForSale, for None too."""
    offers = offers_of([product] if product else [], reader)
    if not offers:
        raise NotForSale(product.reference if product else "")
    return offers[0]


def offers_of(products: Iterable[Product], reader: Visitor) -> list[Offer]:
    """Return the products that are for sale, at their prices for this reader.

    Takes as many queries for many products as for two.
    """
    for_sale = [product for product in products if product.is_offered]
    bundles = [product for product in for_sale if product.kind == "bundle"]
    credits = allocations.credits(bundles, reader) if bundles and reader.is_authenticated else {}
    return [_offer(product, credits.get(product.pk, 0)) for product in for_sale]


def _offer(product: Product, credit: int) -> Offer:
    price = product.price or 0
    amount = chargeable(price - min(credit, price))
    return Offer(product, amount, credit=price - amount)
