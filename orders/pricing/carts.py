"""What several products cost a reader in one order, and which of them can be bought together.

No book is in two products of a cart. So nothing is paid for twice, and nothing that the reader has paid for
before makes two of its bundles cheaper.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from books import access
from books.access import Visitor
from books.models import Book, Bundle, Prices, Product, find_products
from books.money import money
from orders.models import CART, OPEN_STATUSES, DiscountCode, OrderLine, OrderStatus

from .offers import Offer, offers_at
from .signed import SignedOffer, address_of


class Why(StrEnum):
    """Why a product is not in the cart any more, or cannot be added."""

    GONE = "gone"
    OWNED = "owned"
    BOUGHT = "bought"
    FREE = "free"
    SHARED = "shared"


@dataclass(frozen=True)
class LeftOut:
    """A product that cannot be bought in this cart; `product` is None if there is none by this reference.

    If it shares books with others in the cart, `shares_with` is one of them.
    """

    reference: str
    product: Product | None
    why: Why
    shares_with: Product | None = None

    @property
    def is_a_part(self) -> bool:
        """Whether all of it is in what it shares books with."""
        return self.shares_with is not None and (
            self.shares_with.everything or self.product is None or self.product.kind == Book.kind
        )


@dataclass(frozen=True)
class CartOffer:
    """Several products in one order, each at its price for one reader. Its members are those of an Offer."""

    parts: tuple[Offer, ...]

    reference = CART
    # Each part says what a sale has done to it.
    was = ends = None
    # Copies for others are bought by themselves.
    copies, nonce = 0, ""

    @property
    def title(self) -> str:
        return f"{self.parts[0].title} and {len(self.parts) - 1} more"

    @property
    def amount(self) -> int:
        return sum(part.amount for part in self.parts)

    @property
    def credit(self) -> int:
        return sum(part.credit for part in self.parts)

    @property
    def discount(self) -> int:
        return sum(part.discount for part in self.parts)

    @property
    def code(self) -> DiscountCode | None:
        return next((part.code for part in self.parts if part.code), None)

    @property
    def replaced(self) -> int:
        return sum(part.replaced for part in self.parts)

    @property
    def tip(self) -> int:
        return sum(part.tip for part in self.parts)

    @property
    def currency(self) -> str:
        return self.parts[0].currency

    @property
    def instead_of(self) -> str:
        """The currency that was asked for if one of the products is not sold in it."""
        return self.parts[0].instead_of

    @property
    def price(self) -> str:
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    @property
    def full_price(self) -> str:
        """The price for somebody without a code who has not paid for any part of it."""
        return money(self.amount + self.credit + self.discount, self.currency)

    @property
    def address(self) -> str:
        """The address of its purchase page."""
        return address_of(CART)

    @property
    def terms(self) -> SignedOffer:
        parts = tuple((part.reference, part.amount) for part in self.parts)
        return SignedOffer(CART, self.amount, self.currency, parts, str(self.code or ""))

    def signed(self) -> str:
        """Return the terms as the purchase page's form carries them."""
        return self.terms.signed()


type AnyOffer = Offer | CartOffer


@dataclass(frozen=True)
class PricedCart:
    """What a cart holds: what can be bought together, and what cannot, and why."""

    offers: tuple[Offer, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def offer(self) -> AnyOffer | None:
        """What can be bought, as one offer; None if there is nothing."""
        return together(self.offers) if self.offers else None


def together(offers: Sequence[Offer]) -> AnyOffer:
    """Return one offer of all these; of a single one, itself."""
    return offers[0] if len(offers) == 1 else CartOffer(tuple(offers))


def price_cart(references: Sequence[str], reader: Visitor, prices: Prices | None = None) -> PricedCart:
    """Work out what these products cost this reader together, and which cannot be bought.

    In the currency of these prices if each is sold in it; without them, or else, all in the base currency.
    The products keep their sequence. Of products that share books, a bundle stays rather than a book, and
    the earlier rather than the later. Takes as many queries for twenty products as for two.
    """
    found = find_products(references)
    left_out = {each: LeftOut(each, None, Why.GONE) for each in references if each not in found}
    left_out |= _not_to_be_sold(found, reader)
    left_out |= _sharing([found[each] for each in references if each in found and each not in left_out])
    offers = offers_in_one_currency(prices or Prices(), _without(found, left_out), reader)
    for offer in offers.values():
        if not offer.amount:
            left_out[offer.reference] = LeftOut(offer.reference, offer.product, Why.FREE)
    return PricedCart(
        tuple(offers[each] for each in references if each not in left_out),
        tuple(left_out[each] for each in references if each in left_out),
    )


def offers_in_one_currency(prices: Prices, products: Iterable[Product], reader: Visitor) -> dict[str, Offer]:
    """Return by their references what these products cost: one order has one currency."""
    products = list(products)
    offers = offers_at(prices, products, reader)
    asked = next((offer.instead_of for offer in offers if offer.instead_of), "")
    if asked and len(offers) > 1:
        offers = [replace(offer, instead_of=asked) for offer in offers_at(prices.in_base(), products, reader)]
    return {offer.reference: offer for offer in offers}


def _without(found: dict[str, Product], left_out: dict[str, LeftOut]) -> list[Product]:
    return [product for reference, product in found.items() if reference not in left_out]


def _not_to_be_sold(found: dict[str, Product], reader: Visitor) -> dict[str, LeftOut]:
    """Return what is not for sale, and what this reader owns or has bought."""
    reasons = {each: Why.GONE for each, product in found.items() if not product.is_offered}
    if reader.is_authenticated:
        paid = [status for status in OPEN_STATUSES if status != OrderStatus.PENDING]
        mine = OrderLine.objects.filter(reader=reader.pk, for_others=False)
        lines = mine.filter(is_open=True, order__status__in=paid)
        reasons |= dict.fromkeys(lines.filter(item__in=found).values_list("item", flat=True), Why.BOUGHT)
        reasons |= dict.fromkeys(access.owned_among(reader, found.values()), Why.OWNED)
    return {each: LeftOut(each, found[each], why) for each, why in reasons.items()}


def _sharing(products: Sequence[Product]) -> dict[str, LeftOut]:
    """Return those of these products that share a book with another, which stays."""
    owners: dict[UUID, Product] = {}
    everything = next((product for product in products if product.everything), None)
    if everything is not None:
        others = [product for product in products if product is not everything]
        return {each.reference: LeftOut(each.reference, each, Why.SHARED, everything) for each in others}
    shared = _shared_books(products)
    left_out = {}
    # Bundles first.
    for product in sorted(products, key=lambda each: each.kind == Book.kind):
        books = shared[product.pk] if product.kind == Bundle.kind else {product.pk}
        owner = next((owners[book] for book in books if book in owners), None)
        if owner is not None:
            left_out[product.reference] = LeftOut(product.reference, product, Why.SHARED, owner)
        else:
            owners |= dict.fromkeys(books, product)
    return left_out


def _shared_books(products: Iterable[Product]) -> dict[object, set[UUID]]:
    """Return by bundle which of its books another of these products has too, in one query."""
    books = [product.pk for product in products if product.kind == Book.kind]
    bundles = [product.pk for product in products if product.kind == Bundle.kind]
    found: dict[object, set[UUID]] = defaultdict(set)
    if not bundles or len(books) + len(bundles) == 1:
        return found
    included = Bundle.books.through.objects.filter(bundle__in=bundles)
    others = included.filter(book=OuterRef("book")).exclude(bundle=OuterRef("bundle"))
    for bundle, book in included.filter(Q(book__in=books) | Exists(others)).values_list("bundle", "book"):
        found[bundle].add(book)
    return found
