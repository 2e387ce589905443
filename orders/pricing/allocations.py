"""Allocates the money of orders to books, and takes it back: the only code that writes allocations.

An order line's money goes to the books that the line newly unlocks. A book that the reader has paid for
before gets nothing from a bundle that includes it too; otherwise the same money would make two bundles
cheaper. While a dispute withholds an order's money, none of it is allocated: it makes nothing cheaper until
the bank has decided in the shop's favour.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Sum

from books import access
from books.access import Visitor
from books.models import Bundle, Grant
from books.money import CURRENCY
from orders.models import Allocation, AllocationCause, Order, OrderLine, OrderStatus
from users.prepared import Given, Prepared

from .apportionment import apportion, apportion_among_books

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
        booked[line.pk, AllocationCause.PAYMENT] = shares = _shares(line)
        _append(_rows(line, AllocationCause.PAYMENT, shares))


def _shares(line: OrderLine) -> Shares:
    if line.product.kind == "book":
        return {line.product.pk: line.amount}
    books = line.product.included_books()
    not_open = access.not_open_otherwise(line.order.user, line.product, order_id=line.order_id)
    for candidates in (books & not_open, books.published(), books):
        if found := apportion_among_books(line.amount, candidates):
            return dict(found.items())
    return {None: line.amount}


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


def credits(bundles: Sequence[Bundle], reader: Visitor) -> dict[UUID | int, int]:
    """Return by the bundle's key what a reader has paid, and was not refunded, for its books.

    Takes one query if they have never paid, or else two for any number of bundles.
    """
    found: dict[UUID | int, int] = {bundle.pk: 0 for bundle in bundles}
    # Most readers of a page have paid nothing, and the query below takes long to put together.
    if not _any_of(reader=reader.pk):
        return found
    # A row for each bundle that has the book, whether it is asked for or not, or one with None.
    by_bundle = counting_for(reader).values_list("book", "book__bundles").annotate(Sum("amount"))
    held: Shares = {}
    for book, bundle, amount in by_bundle:
        held[book] = amount
        if bundle in found:
            found[bundle] += amount
    return found | {bundle.pk: sum(held.values()) for bundle in bundles if bundle.everything}


@Prepared
def _any_of() -> QuerySet[Allocation, tuple[int]]:
    allocations = Allocation.objects.filter(line__order__user=Given("reader", IntegerField()))
    return allocations.order_by().values_list("pk")[:1]


def counting_for(reader: Visitor) -> QuerySet[Allocation]:
    """Return the allocations that make a bundle cheaper for this reader.

    Not those in another currency or in Stripe's other mode, and not those of books to which staff have
    suspended access: otherwise a cheap bundle would give it back.
    """
    suspended = Grant.objects.filter(
        Q(book=OuterRef("book")) | Q(book=None, bundle=OuterRef("line__bundle"), bundle__everything=True),
        order_id=OuterRef("line__order"),
        end_reason=access.SUSPENDED,
    )
    return Allocation.objects.filter(
        ~Exists(suspended),
        line__order__user=reader.pk,
        line__order__currency=CURRENCY,
        line__order__livemode=settings.STRIPE_LIVE_MODE,
    )


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
