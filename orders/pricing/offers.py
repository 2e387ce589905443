"""What a product costs a reader.

A bundle, All Books too, costs its price less what the reader has already paid for its books, never less than
zero. A price is the one of a currency's price list, never another one converted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Self

from books.access import Visitor
from books.models import Bundle, Price, Prices, Product, find_product
from books.models.prices import Reduction
from books.money import chargeable, money, price_step
from orders.models import DiscountCode

from .credits import credits_for
from .signed import SignedOffer


class NotForSale(Exception):
    """The shop sells nothing by this reference."""


class ShownOffer(NamedTuple):
    """What lists show of an offer, in plain values (books/rendering/pieces.py); the names are those of Offer.

    `product_address` is that of the product's page, `book_count` the number of books if it is not everything.
    """

    title: str
    product_address: str
    everything: bool
    book_count: int
    amount: int
    price: str
    full_price: str
    credit: int
    discount: int
    currency: str
    instead_of: str
    was: int | None


@dataclass(frozen=True)
class Offer:
    """A product at the price that it has now for one reader; all amounts in minor units of `currency`.

    `credit` is how much lower the amount is because the reader has already paid for parts of the product,
    `discount` how much `code` takes off, and `replaced` the credit that it takes the place of. `least` is
    what a card is charged at least. `instead_of` is the currency that was asked for if the product is not
    sold in it. `reduction` is what a sale has done to the price; None without one. `copies` and `nonce` are
    those of SignedOffer: of copies for others, the amount is for all of them.

    Of a book whose price its buyer chooses, `suggested` is the amount that is suggested, 0 if the price is
    fixed; `tip` is what the buyer gives beyond the lowest price.
    """

    product: Product
    amount: int
    currency: str
    credit: int = 0
    instead_of: str = ""
    discount: int = 0
    code: DiscountCode | None = None
    suggested: int = 0
    tip: int = 0
    least: int = 0
    reduction: Reduction | None = None
    copies: int = 0
    nonce: str = ""
    replaced: int = 0

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
        """The price for somebody without a code who has not paid for any part of the product."""
        return money(self.amount + self.credit + self.discount, self.currency)

    @property
    def minimum(self) -> int:
        """What the buyer must pay at least; the amount unless they give a tip."""
        return self.amount - self.tip

    @property
    def regular(self) -> int:
        """What an order line calls its full amount: without a tip, a code, and what was paid before."""
        return self.minimum + self.credit + self.discount

    @property
    def minimum_price(self) -> str:
        """The least that the buyer must pay, as shown to people."""
        return money(self.minimum, self.currency)

    @property
    def presets(self) -> list[int]:
        """A few amounts to choose from: as staff have typed them, or the least, the suggested and twice that.

        What was typed is in the base currency: it is the same share here of what the product costs now.
        """
        typed, regular = self.product.presets, self.product.price
        if typed and regular:
            price = Price(self.suggested, self.currency)
            amounts = {price.share(each, regular) for each in typed}
        else:
            suggested = max(self.suggested - self.discount, self.minimum)
            amounts = {self.minimum, suggested, 2 * suggested}
        return sorted(each for each in amounts if self._can_be_paid(each))

    def _can_be_paid(self, amount: int) -> bool:
        return amount >= self.minimum and chargeable(amount, self.currency, least=self.least) == amount

    def at(self, amount: int | None) -> Self:
        """Return the offer at the amount that its buyer chooses; None leaves it at what is suggested.

        A lower amount than the lowest becomes that. A fixed price stays.
        """
        if not self.suggested or amount is None:
            return self
        tip = max(amount - self.minimum, 0)
        return replace(self, amount=self.minimum + tip, tip=tip)

    @property
    def was(self) -> int | None:
        """The lowest price of the 30 days before the sale; None if no reduction is announced."""
        return self.reduction.was if self.reduction else None

    @property
    def ends(self) -> datetime | None:
        """Until when a sale makes it cheaper; None without one."""
        return self.reduction.ends if self.reduction else None

    @property
    def address(self) -> str:
        """The address of its purchase page."""
        return self.terms.address

    @property
    def shown(self) -> ShownOffer:
        """Of a bundle from for_offers(): the offer as lists show it."""
        bundle = self.product
        return ShownOffer(
            self.title,
            bundle.get_absolute_url(),
            bundle.everything,
            0 if bundle.everything else bundle.book_count,  # type: ignore[union-attr]
            self.amount,
            self.price,
            self.full_price,
            self.credit,
            self.discount,
            self.currency,
            self.instead_of,
            self.was,
        )

    @property
    def terms(self) -> SignedOffer:
        return SignedOffer(
            self.reference,
            self.amount,
            self.currency,
            code=str(self.code or ""),
            copies=self.copies,
            nonce=self.nonce,
        )

    def signed(self) -> str:
        """Return the terms as the purchase page's form carries them."""
        return self.terms.signed()

    @property
    def parts(self) -> tuple[Self, ...]:
        """The offers of which this consists: itself. A cart has several."""
        return (self,)


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
    least = prices.least_for(price.currency)
    instead_of = "" if price.currency == prices.currency else prices.currency
    priced = Offer(
        product, price.amount, price.currency, 0, instead_of, least=least, reduction=price.reduction
    )
    if minimum := prices.minimum_of(product):
        return replace(priced, suggested=price.amount, tip=price.amount - minimum.amount)
    left = price.amount - min(credit, price.amount)
    if credit:
        left -= left % price_step(price.currency)
    amount = chargeable(left, price.currency, least=least)
    return replace(priced, amount=amount, credit=price.amount - amount)
