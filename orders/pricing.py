"""What a thing costs a reader, and the word by which a page and an order name it.

A bundle, All Books too, costs its price minus what the reader has already paid for books in it: they complete
their set.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.urls import reverse

from books.access import Visitor
from books.models import Book, Bundle, Grant
from books.money import CURRENCY, SMALLEST_CHARGE, money
from orders.models import OrderLine, OrderStatus

ALL_BOOKS = "all-books"

_SALT = "orders.item"


class NotForSale(Exception):
    """Nothing of this name is sold."""


class ForgedItem(Exception):
    """The item does not carry this shop's signature."""


@dataclass(frozen=True)
class Offer:
    """A thing at its price of now for one reader; `amount` in minor units of `currency`.

    `credit` is what the amount is lower by, since the reader has paid for parts of it.
    """

    thing: Book | Bundle
    amount: int
    credit: int = 0
    currency: str = CURRENCY

    @property
    def item(self) -> str:
        return item_of(self.thing)

    @property
    def title(self) -> str:
        return self.thing.title

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


def item_of(thing: Book | Bundle) -> str:
    """Return the word for a thing: "all-books", "book:<uuid>" or "bundle:<slug>"."""
    if isinstance(thing, Book):
        return f"book:{thing.pk}"
    return ALL_BOOKS if thing.everything else f"bundle:{thing.slug}"


def address_of(item: str) -> str:
    """Return the address of the purchase page of a thing."""
    kind, _, name = item.partition(":")
    return reverse("orders", query={kind: name} if name else None)


def find_offer(item: str, reader: Visitor) -> Offer:
    """Return the thing that goes by this word, at the price that it has now for this reader.

    Raises NotForSale.
    """
    return offer_of(_find_thing(item), reader)


def offer_of(thing: Book | Bundle, reader: Visitor) -> Offer:
    """Return the thing at the price that it has now for this reader; raises NotForSale."""
    offers = offers_of([thing], reader)
    if not offers:
        raise NotForSale(item_of(thing))
    return offers[0]


def offers_of(things: Iterable[Book | Bundle], reader: Visitor) -> list[Offer]:
    """Return those of the things that are for sale, at their prices for this reader.

    Takes as many queries for many things as for two.
    """
    for_sale = [thing for thing in things if thing.price is not None and _is_offered(thing)]
    credits = _credits([thing for thing in for_sale if isinstance(thing, Bundle)], reader)
    return [_offer(thing, credits.get(thing, 0)) for thing in for_sale]


def read_signed(value: str) -> ShownOffer:
    """Return what Offer.signed wrote; raises ForgedItem for anything else."""
    try:
        item, amount, currency = signing.loads(value, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ForgedItem from error
    return ShownOffer(item=item, amount=amount, currency=currency)


def _find_thing(item: str) -> Book | Bundle:
    kind, _, name = item.partition(":")
    thing: Book | Bundle | None = None
    if item == ALL_BOOKS:
        thing = Bundle.objects.all_books()
    elif kind == "bundle":
        thing = Bundle.objects.for_offers().filter(slug=name, everything=False).first()
    elif kind == "book":
        thing = _find_book(name)
    if thing is None:
        raise NotForSale(item)
    return thing


def _is_offered(thing: Book | Bundle) -> bool:
    return isinstance(thing, Bundle) or thing.is_published


def _find_book(name: str) -> Book | None:
    try:
        return Book.objects.without_text().filter(pk=UUID(name)).first()
    except ValueError:
        return None


def _offer(thing: Book | Bundle, credit: int) -> Offer:
    price = thing.price or 0
    amount = price - min(credit, price)
    # What no card can be charged is given.
    amount = amount if amount >= SMALLEST_CHARGE else 0
    return Offer(thing, amount, credit=price - amount)


def _credits(bundles: list[Bundle], reader: Visitor) -> dict[Book | Bundle, int]:
    """Return what the reader has paid, and not got back, for books in each bundle; in minor units.

    Of another bundle that shares books with it the part counts that those books are of its value.
    """
    paid = _paid_lines(reader) if bundles and reader.is_authenticated else []
    if not paid:
        return {}
    worth = _worth_of_parts([line for line, _ in paid])
    members: dict[int, set[UUID]] = defaultdict(set)
    memberships = Bundle.books.through.objects.filter(bundle__in=bundles)
    for bundle_id, book_id in memberships.values_list("bundle", "book"):
        members[bundle_id].add(book_id)
    return {
        bundle: sum(
            kept if bundle.everything else _share(kept, worth[line], members[bundle.pk])
            for line, kept in paid
        )
        for bundle in bundles
    }


def _share(kept: int, worth: dict[UUID, int], wanted: set[UUID]) -> int:
    """Return the part of a payment that was for the wanted books, by what each book is worth."""
    shared = sum(each for book, each in worth.items() if book in wanted)
    return kept * shared // sum(worth.values()) if worth else 0


def _paid_lines(reader: Visitor) -> list[tuple[OrderLine, int]]:
    """Return what the reader has bought, each with what the shop has kept of the money."""
    lines = OrderLine.objects.filter(
        order__user=reader.pk, order__status=OrderStatus.PAID, order__amount__gt=0
    ).select_related("order", "book")
    return [
        (line, line.amount * (line.order.amount - line.order.refunded_amount) // line.order.amount)
        for line in lines
    ]


def _worth_of_parts(lines: list[OrderLine]) -> dict[OrderLine, dict[UUID, int]]:
    """Return for each line the books that came with it, and what each is worth of it."""
    bundles = {(line.order_id, line.bundle_id): line for line in lines if line.bundle_id}
    worth: dict[OrderLine, dict[UUID, int]] = {line: {} for line in lines}
    for line in lines:
        if line.book_id:
            worth[line][line.book_id] = 1
    grants = Grant.objects.filter(order_id__in={order for order, _ in bundles}, book__isnull=False)
    for order, bundle, book, price in grants.values_list("order_id", "bundle_id", "book_id", "book__price"):
        if order and (order, bundle) in bundles:
            # A book without a price of its own counts for the least that one can have.
            worth[bundles[order, bundle]][book] = price or SMALLEST_CHARGE
    return worth
