"""Bundles that a reader could buy instead of single things: for less, or for little more."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from books.access import Visitor
from books.models import Book, Bundle, Prices
from books.money import money

from .offers import Offer, offers_at

# Of the bundles with a book of the cart, All Books and the cheapest are looked at.
MOST_COMPARED = 24

# How many published books a bundle shares with another product, by the keys of both; with itself, all it has.
type Shared = dict[tuple[object, object], int]


@dataclass(frozen=True)
class Instead:
    """A bundle, at its price for the reader, that has all of `parts` in it, and how many books these are."""

    offer: Offer
    parts: tuple[Offer, ...]
    books_of_parts: int

    @property
    def difference(self) -> int:
        """How much more it costs than its parts, in minor units; less if it is below zero."""
        return self.offer.amount - sum(part.amount for part in self.parts)

    @property
    def difference_shown(self) -> str:
        """How much more or less it costs, as shown to people."""
        return money(abs(self.difference), self.offer.currency)

    @property
    def more_books(self) -> int:
        """How many published books it has beside the parts; of All Books, this is not known."""
        return self.offer.product.book_count - self.books_of_parts  # type: ignore[union-attr]


def cheaper_together(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> Instead | None:
    """Return the bundle that saves most in place of some of these things, or all of them, if one does.

    `prices` are those by which the things were priced, or would be in the currency that was asked for.
    """
    cheaper = [each for each in _instead(parts, reader, prices) if each.parts and each.difference < 0]
    return min(cheaper, key=lambda each: each.difference, default=None)


def little_more(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> Instead | None:
    """Return the bundle that has all these things and costs least, if there is one; see cheaper_together."""
    whole = [each for each in _instead(parts, reader, prices) if len(each.parts) == len(parts)]
    return min(whole, key=lambda each: (each.difference, each.offer.product.everything), default=None)


def _instead(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> list[Instead]:
    """Return the bundles with some of these things in them, a bundle if all its published books are.

    Takes as many queries for many as for two.
    """
    if any(part.product.everything for part in parts):
        return []
    books = [part.product.pk for part in parts if part.product.kind == Book.kind]
    named = [part.product.pk for part in parts if part.product.kind == Bundle.kind]
    included = Bundle.books.through.objects.filter(book__is_published=True)
    with_some = included.filter(Q(book__in=books) | Q(book__bundles__in=named))
    wanted = Q(pk__in=with_some.values("bundle")) | Q(everything=True)
    # All Books first, so that it is among them.
    bundles = Bundle.objects.for_offers().filter(wanted).exclude(pk__in=named)
    bundles = bundles.order_by("-everything", "price", "title")[:MOST_COMPARED]
    currency = parts[0].currency
    same = prices if prices.currency == currency else prices.in_base()
    offers = [each for each in offers_at(same, bundles, reader) if each.currency == currency]
    if len(parts) == 1 and (books or all(offer.product.everything for offer in offers)):
        return [Instead(offer, tuple(parts), books_of_parts=1) for offer in offers]
    shared = _shared_books(included, books, named, [offer.product.pk for offer in offers])
    return [_instead_of(parts, offer, shared) for offer in offers]


def _shared_books(
    included: QuerySet, books: Sequence[object], named: Sequence[object], others: Sequence[object]
) -> Shared:
    shared: Shared = {}
    if books:
        pairs = included.filter(bundle__in=others, book__in=books)
        shared |= dict.fromkeys(pairs.values_list("bundle", "book"), 1)
    if named:
        pairs = included.filter(bundle__in=named, book__bundles__in=[*others, *named])
        counted = pairs.values("book__bundles", "bundle").annotate(number=Count("book"))
        for other, bundle, number in counted.values_list("book__bundles", "bundle", "number"):
            shared[other, bundle] = number
    return shared


def _instead_of(parts: Sequence[Offer], offer: Offer, shared: Shared) -> Instead:
    bundle = offer.product
    sizes = {part.reference: shared.get((part.product.pk, part.product.pk), 1) for part in parts}
    within = [
        part
        for part in parts
        if bundle.everything or shared.get((bundle.pk, part.product.pk), 0) == sizes[part.reference]
    ]
    return Instead(offer, tuple(within), sum(sizes[part.reference] for part in within))
