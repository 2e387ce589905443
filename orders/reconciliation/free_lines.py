"""What has cost nothing, and whether anything on record but the amount itself says why."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from books.models import Book, PastPrice, Prices
from books.models.prices.history import Past
from books.money import price_step
from orders.models import Order, OrderLine, SetCredit

# Between the moment when a price is read and the one when its order is written.
LONGEST_CLAIM = timedelta(minutes=2)

type PricesOf = dict[UUID, Past[int | None]]


def find_unexplained(orders: Iterable[Order]) -> set[int]:
    """Return the keys of the lines of these orders that have cost nothing, but should have.

    A line costs nothing by the order's discount code, by what its buyer had paid for parts of the set,
    because the book was free then, or because its amount was not the price. Takes at most three queries, and
    one more for each currency in which sets cost nothing; none if no line has cost nothing.
    """
    paid = [order for order in orders if order.paid_at is not None]
    lines = [line for order in paid for line in order.lines.all() if line.amount == 0]
    without_code = [line for line in lines if line.discount and line.order.discount_code_id is None]
    of_sets = [line for line in lines if line.credit]
    by_price = [line for line in lines if line.full_amount == 0 and not line.chosen]
    return {line.pk for line in [*without_code, *_beyond_credit(of_sets), *_not_free(by_price)]}


def _beyond_credit(lines: list[OrderLine]) -> list[OrderLine]:
    """Return the lines that were cheaper by more than what had been paid for their parts.

    What is left to pay is rounded down, and nothing if a card cannot be charged as little.
    """
    if not lines:
        return []
    sums = SetCredit.objects.filter(line__in=lines).values_list("line").annotate(Sum("amount"))
    rested_on = dict(sums)
    currencies = {line.order.currency for line in lines}
    waived = {each: Prices.in_currency(each).least_for(each) + price_step(each) for each in currencies}
    return [line for line in lines if line.credit >= rested_on.get(line.pk, 0) + waived[line.order.currency]]


def _not_free(lines: list[OrderLine]) -> list[OrderLine]:
    """Return the lines of what did not cost nothing when their orders were written."""
    if not lines:
        return []
    prices = _prices_of({line.book_id for line in lines if line.book_id})
    return [
        line
        for line in lines
        if not (line.book_id and _was_free(prices[line.book_id], line.order.created_at))
    ]


def _prices_of(books: set[UUID]) -> PricesOf:
    """Return the prices of these books in the base currency, now and before."""
    before: dict[UUID, list[tuple[datetime, int | None]]] = defaultdict(list)
    rows = PastPrice.objects.filter(book__in=books, currency="").order_by("until", "pk")
    for book, until, amount in rows.values_list("book", "until", "amount"):
        before[book].append((until, amount))
    now = Book.objects.filter(pk__in=books).order_by().values_list("pk", "price")
    return {book: Past(price, before[book]) for book, price in now}


def _was_free(price: Past[int | None], written: datetime) -> bool:
    since = written - LONGEST_CLAIM
    between = [moment for moment in price.changes if since < moment < written]
    return 0 in {price.at(moment) for moment in (since, *between, written)}
