"""What a book or bundle has cost, costs and will cost in each currency, and what a sale may announce now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import NamedTuple

from django.utils import timezone

from books.models import Book, Bundle, Prices, Sale, offered_lists
from books.models.prices.history import lowest
from books.models.prices.sales import EVER, LOOKED_BACK, every_sale_of
from books.money import money

# After every sale.
NEVER = datetime.max.replace(tzinfo=UTC)


class Period(NamedTuple):
    """A time in which a product had one price, `amount` minor units of `currency`, and the sale that made it.

    Without an amount the product was not sold. It began at `since`, None if that was ever so, and ends at
    `until`, None if somebody has to change it.
    """

    since: datetime | None
    until: datetime | None
    amount: int | None
    currency: str
    sale: Sale | None

    @property
    def price(self) -> str:
        """The amount as shown to people."""
        return "" if self.amount is None else money(self.amount, self.currency)

    @property
    def is_to_come(self) -> bool:
        return self.since is not None and self.since > timezone.now()


class Course(NamedTuple):
    """The prices of a product in one currency: those of all times, the latest first, and the one `now`.

    `lowest` is the one beside which a reduction is announced: the lowest from `counted_from` until the
    running sale began, or until now if none runs; None if the product was not sold then. `is_announced` says
    whether the sale is below it, `is_young` whether the product had been on sale for less than 30 days.
    """

    currency: str
    periods: list[Period]
    now: Period | None
    counted_from: datetime
    lowest: Period | None
    is_announced: bool
    is_young: bool


def courses_of(product: Book | Bundle) -> Iterator[Course]:
    """Yield the course of a product's prices in the base currency and in each further one, as of now."""
    at = timezone.now()
    sales = every_sale_of(product, at)
    named = Sale.objects.in_bulk([each.id for each in sales.sales])
    for price_list in (None, *offered_lists()):
        yield _course(product, Prices(price_list, sales), named, at)


def _course(product, prices, named, at):
    # A bundle is for sale from when it is made; a draft has no past.
    published = getattr(product, "first_published_at", EVER)
    steps = prices.steps(product, published, NEVER) if published else []
    periods = _periods(steps, prices.currency, named)
    now = _at(at, periods)
    counted_until = now.sale.begins if now and now.sale else at
    counted_from = counted_until - LOOKED_BACK
    sold = [period for period in periods if period.amount is not None]
    is_young = bool(sold) and (sold[0].since or EVER) > counted_from
    found = lowest(prices.steps(product, max(published, counted_from), counted_until)) if sold else None
    return Course(
        currency=prices.currency.upper(),
        periods=[period for period in reversed(periods) if period in sold or period is not periods[0]],
        now=now,
        counted_from=sold[0].since if is_young else counted_from,
        lowest=_at(found.since, periods) if found else None,
        is_announced=bool(now and now.sale and found and now.amount < found.price),
        is_young=is_young,
    )


def _periods(steps, currency, named):
    following = [step.since for step in steps[1:]]
    return [
        Period(step.since if step.since > EVER else None, until, step.price, currency, named.get(step.sale))
        for step, until in zip_longest(steps, following)
    ]


def _at(moment, periods):
    return next((each for each in reversed(periods) if (each.since or EVER) <= moment), None)
