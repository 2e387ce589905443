"""Allocates the money of orders to books, and takes it back: the only code that writes allocations.

An order line's money goes to the books that the line newly unlocks, or to all of them if it is for others. A
book that the reader has paid for before gets nothing from a bundle that includes it too; otherwise the same
money would make two bundles cheaper. While a dispute withholds an order's money, none of it is allocated: it
makes nothing cheaper until the bank has decided in the shop's favour.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db.models import Sum

from books import access
from books.models import Price, Prices
from orders.models import Allocation, AllocationCause, Order, OrderLine, OrderStatus

from .apportionment import apportion, divide_among_books
from .credits import list_price_in

# Amounts in minor units by the book that they are allocated to; Allocation.book says what None means.
type Shares = dict[UUID | None, int]
# The shares of lines, by the line's key and the cause.
type Booked = dict[tuple[int, str], Shares]

ROWS_PER_INSERT = 1000


def booked_of(order: Order) -> Booked:
    """Return what is allocated to each book from an order, in one query."""
    booked: Booked = defaultdict(dict)
    rows = Allocation.objects.filter(line__in=order.lines.all()).values_list("line", "cause", "book")
    for line, cause, each, amount in rows.annotate(Sum("amount")):
        booked[line, cause][each] = amount
    return booked


def book(line: OrderLine, booked: Booked) -> None:
    """Allocate what a line has cost to the books that it newly unlocks, unless `booked` has it already.

    If it unlocks no new book, the money goes to its published books, else to all its books, else to none.
    Call it before access is granted, with the reader and the order locked. Adds the shares to `booked`.
    """
    if line.amount and (line.pk, AllocationCause.PAYMENT) not in booked:
        rows = list(_payment_rows(line))
        booked[line.pk, AllocationCause.PAYMENT] = {row.book_id: row.amount for row in rows}
        _append(iter(rows))


def _payment_rows(line: OrderLine) -> Iterator[Allocation]:
    """Yield the rows for what a line has cost, with the list price of each book in the order's currency."""
    paid = {"line": line, "cause": AllocationCause.PAYMENT}
    if line.product.kind == "book":
        yield Allocation(book_id=line.product.pk, amount=line.amount, list_price=line.unit_price, **paid)
        return
    divided = _divided(line)
    if not divided:
        yield Allocation(book_id=None, amount=line.amount, **paid)
    price = Price(line.unit_price, line.order.currency)
    prices = Prices.in_currency(price.currency)
    prices.look_up_listed(divided)
    for book, (amount, base) in divided.items():
        then = list_price_in(price, line.product, prices, book=book, base=base)
        yield Allocation(book_id=book, amount=amount, list_price=then, **paid)


def _divided(line: OrderLine) -> dict[UUID, tuple[int, int | None]]:
    """Return what each book gets of a bundle's line, and its price in the base currency."""
    books = line.product.included_books()
    candidates_in_turn = [books.published(), books]
    if not line.for_others:
        not_open = access.not_open_otherwise(line.order.user, line.product, order_id=line.order_id)
        candidates_in_turn.insert(0, books & not_open)
    for candidates in candidates_in_turn:
        if found := divide_among_books(line.amount, candidates):
            return found
    return {}


def recount(order: Order, booked: Booked) -> None:
    """Subtract what refunds and disputes have taken from an order, and add what they no longer take.

    `booked` is what is allocated already. Lines that are closed are refunded in full, or should be. Any other
    refund is divided among the other lines by their amounts; within a line, the books keep what is left in
    proportion to what they got. Call it with the reader and the order locked.
    """
    lines = list(order.lines.all())
    refunded = _refunded(order, lines)
    for line in lines:
        paid = booked.get((line.pk, AllocationCause.PAYMENT), {})
        left = apportion(line.amount - refunded[line.pk], paid)
        gone = {each: paid[each] - left[each] for each in left}
        withheld = left if order.status == OrderStatus.DISPUTED else {}
        for cause, taken in ((AllocationCause.REFUND, gone), (AllocationCause.DISPUTE, withheld)):
            before = booked.get((line.pk, cause), {})
            change = {each: -taken.get(each, 0) - before.get(each, 0) for each in {*taken, *before}}
            _append(_rows(line, cause, change))


def kept_of(order: Order) -> int:
    """Return how much of an order's money the shop may keep: the sum of its allocations must be the same."""
    if order.status != OrderStatus.PAID:
        return 0
    closed = sum(line.amount for line in order.lines.all() if not line.is_open)
    return order.amount - max(order.refunded_amount, closed)


def _refunded(order: Order, lines: list[OrderLine]) -> dict[int, int]:
    """Return how much of each line is refunded, or should be; in an order that is not paid, all of it."""
    if order.status not in {OrderStatus.PAID, OrderStatus.DISPUTED}:
        return {line.pk: line.amount for line in lines}
    whole = {line.pk: line.amount for line in lines if not line.is_open}
    others = {line.pk: line.amount for line in lines if line.is_open}
    rest = max(order.refunded_amount - sum(whole.values()), 0)
    return dict.fromkeys(others, 0) | whole | apportion(rest, others)


def _rows(line: OrderLine, cause: str, shares: Mapping[UUID | None, int]) -> Iterator[Allocation]:
    for each, amount in shares.items():
        if amount:
            yield Allocation(line=line, book_id=each, amount=amount, cause=cause)


def _append(rows: Iterator[Allocation]) -> None:
    Allocation.objects.bulk_create(rows, batch_size=ROWS_PER_INSERT)
