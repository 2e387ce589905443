"""Bundles that a reader could buy instead of single things: for less, or for little more."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from books.access import Visitor
from books.models import Book, Bundle, Prices, Product
from books.money import money

from .offers import Offer, offers_at

# Of the bundles with a book of the cart, the cheapest are looked at.
MOST_COMPARED = 24


@dataclass(frozen=True)
class Instead:
    """A bundle, at its price for the reader, that has all of `parts` in it."""

    offer: Offer
    parts: tuple[Offer, ...]

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
        return self.offer.product.book_count - len(self.parts)  # type: ignore[union-attr]


def cheaper_together(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> Instead | None:
    """Return the bundle that costs least for at least two of these things, if it costs less than they do.

    `prices` are those by which the things were priced, or would be in the currency that was asked for.
    """
    several = [
        each for each in _instead(parts, reader, prices) if len(each.parts) > 1 and each.difference < 0
    ]
    return min(several, key=lambda each: each.difference, default=None)


def little_more(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> Instead | None:
    """Return the bundle that has all these things and costs least, if there is one; see cheaper_together."""
    whole = [each for each in _instead(parts, reader, prices) if len(each.parts) == len(parts)]
    return min(whole, key=lambda each: (each.difference, each.offer.product.everything), default=None)


def _instead(parts: Sequence[Offer], reader: Visitor, prices: Prices) -> list[Instead]:
    """Return the bundles with some of these things in them.

    A bundle among the things counts as a part of All Books only. Takes as many queries for many as for two.
    """
    if any(part.product.everything for part in parts):
        return []
    books = {part.product.pk for part in parts if part.product.kind == Book.kind}
    named = {part.product.pk for part in parts if part.product.kind == Bundle.kind}
    included = Bundle.books.through.objects.filter(book__in=books, book__is_published=True)
    wanted = Q(pk__in=included.values("bundle")) | Q(everything=True)
    bundles = Bundle.objects.for_offers().filter(wanted).exclude(pk__in=named)
    currency = parts[0].currency
    same = prices if prices.currency == currency else prices.in_base()
    offers = [each for each in offers_at(same, bundles[:MOST_COMPARED], reader) if each.currency == currency]
    if len(parts) == 1:
        return [Instead(offer, tuple(parts)) for offer in offers]
    of_bundle: dict[object, set[object]] = defaultdict(set)
    pairs = included.filter(bundle__in=[offer.product.pk for offer in offers])
    for bundle, book in pairs.values_list("bundle", "book"):
        of_bundle[bundle].add(book)
    return [Instead(offer, _within(offer.product, parts, of_bundle[offer.product.pk])) for offer in offers]


def _within(bundle: Product, parts: Sequence[Offer], books: set[object]) -> tuple[Offer, ...]:
    return tuple(part for part in parts if bundle.everything or part.product.pk in books)
