"""What a reader has paid for the books of a bundle already, by which it is cheaper for them.

Money in the bundle's currency counts as it is. Money in another currency is never converted: it counts by the
share of the book's list price that was paid. Whoever paid 9 of 9 euros has paid for the whole book, whatever
that costs in dollars today.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Least

from books import access
from books.access import Visitor
from books.models import Bundle, Grant, Price, Prices
from books.money import base_currency, smallest_charge
from orders.models import Allocation
from users.prepared import Given, Prepared


class Part(NamedTuple):
    """What a reader has paid for one book with one order line, and was not refunded.

    `amount` and `list_price`, that of the book at the time, are in minor units of `currency`; `base` is what
    it costs in the base currency today, None if it is sold only in sets or was deleted. If the line bought it
    by itself and its buyers choose the amount, `lowest` is the least that it costs today, and `list_price` is
    that of the time.
    """

    line: int
    book: UUID | None
    amount: int
    currency: str
    list_price: int | None
    base: int | None
    lowest: int | None

    def worth(self, bundle: Bundle, price: Price, prices: Prices) -> int:
        """Return how much cheaper it makes a bundle at this price, in minor units of the price's currency."""
        if self.currency == price.currency:
            return self.amount
        if self.book is None:
            # Nobody can say what a deleted book would cost today.
            return 0
        today = list_price_in(price, bundle, prices, book=self.book, base=self.base)
        if self.lowest is not None and self.base:
            today = today * self.lowest // self.base
        then = self.list_price or smallest_charge(self.currency)
        return self.amount * today // then


def list_price_in(price: Price, bundle: Bundle, prices: Prices, *, book: UUID, base: int | None) -> int:
    """Return the list price of a book of a bundle in the currency of the bundle's price, in minor units.

    `base` is its list price in the base currency; one without weighs as much as the lowest possible price, as
    it does when money is allocated. In a currency in which the book is not sold by itself, or whose list is
    gone, it costs as much more or less than in the base currency as the bundle does. Sales do not count: a
    book that is cheap for a day is no smaller part of a bundle.
    """
    if base is None:
        return smallest_charge(price.currency)
    listed = base if price.currency == base_currency() else None
    if price.currency == prices.currency:
        listed = prices.listed(book, base)
    return max(base * price.regular // bundle.price, 1) if listed is None else listed


def credits_for(
    priced: Iterable[tuple[Bundle, Price]], reader: Visitor, prices: Prices
) -> dict[UUID | int, int]:
    """Return by the bundle's key how much cheaper it is for a reader, in minor units of its price's currency.

    Takes one query if they have never paid, else two for any number of bundles; one more if they have paid in
    another currency.
    """
    priced = list(priced)
    # Most readers of a page have paid nothing, and the query for the parts takes long to put together.
    has_paid = bool(_any_of(reader=reader.pk))
    found = parts_of([bundle for bundle, _ in priced], reader) if has_paid else {}
    foreign = {
        part.book
        for bundle, price in priced
        for part in found.get(bundle.pk, ())
        if part.book and part.currency != price.currency == prices.currency
    }
    prices.look_up_listed(foreign)
    return {
        bundle.pk: sum(part.worth(bundle, price, prices) for part in found.get(bundle.pk, ()))
        for bundle, price in priced
    }


def parts_of(bundles: Iterable[Bundle], reader: Visitor) -> dict[int, list[Part]]:
    """Return by the bundle's key what the reader has paid for its books."""
    # A row for each bundle that has the book, whether it is asked for or not, or one with None.
    columns = ("line", "book", "line__order__currency", "book__price", "book__bundles")
    rows = (
        counting_for(reader)
        .values_list(*columns)
        .annotate(
            # A tip makes nothing cheaper.
            counted=Least(Sum("amount"), F("line__amount") - F("line__tip")),
            then=Coalesce(Max("list_price"), F("book__price")),
            lowest=Case(When(line__book__isnull=False, then=F("book__minimum_price"))),
        )
    )
    everything: dict[tuple[int, UUID | None], Part] = {}
    of_bundle: dict[int, list[Part]] = defaultdict(list)
    for line, book, currency, base, bundle, amount, then, lowest in rows:
        part = Part(line, book, amount, currency, then, base, lowest)
        everything[line, book] = part
        of_bundle[bundle].append(part)
    return {
        bundle.pk: list(everything.values()) if bundle.everything else of_bundle[bundle.pk]
        for bundle in bundles
    }


@Prepared
def _any_of() -> QuerySet[Allocation, tuple[int]]:
    allocations = Allocation.objects.filter(line__order__user=Given("reader", IntegerField()))
    return allocations.order_by().values_list("pk")[:1]


def counting_for(reader: Visitor) -> QuerySet[Allocation]:
    """Return the allocations that make a bundle cheaper for this reader.

    Not those in Stripe's other mode, not those for what others read, and not those of books to which staff
    have suspended access: otherwise a cheap bundle would give it back.
    """
    suspended = Grant.objects.filter(
        Q(book=OuterRef("book")) | Q(book=None, bundle=OuterRef("line__bundle"), bundle__everything=True),
        order_id=OuterRef("line__order"),
        end_reason=access.SUSPENDED,
    )
    own = Allocation.objects.filter(line__order__user=reader.pk, line__for_others=False)
    return own.filter(~Exists(suspended), line__order__livemode=settings.STRIPE_LIVE_MODE)
