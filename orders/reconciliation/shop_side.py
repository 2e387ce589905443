"""The shop's side of the comparison: its orders, read in batches at the same number of queries each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from books import access
from books.models import Announcement, AnnouncementKind, Book, Grant
from orders.models import CART, LIVE_OUTCOMES, Allocation, Order, OrderLine, OrderStatus, Seat
from orders.pricing.discounts import Shortfall, find_shortfalls
from users.models import CustomUser

from .free_lines import find_unexplained

BATCH = 500
# The worker comes every minute; a thousand letters take it a few.
TIME_TO_ANNOUNCE = timedelta(hours=1)

# The ids of a book and a bundle; one of them is None.
type ProductKey = tuple[UUID | None, int | None]
# Who reads it, and what.
type Access = tuple[int, UUID | None, int | None]


@dataclass(frozen=True)
class Case:
    """An order with everything that belongs to it, what it grants, and whether its reader has all of that.

    Of an order for others, the readers are `redeemers`, who have taken a copy; without any, nobody can have
    access. A suspended grant counts as granted, because staff wanted it so. `allocated` is the sum of the
    order's allocations, `shortfalls` are its lines whose discount is no longer justified, and `unexplained`
    the keys of those that have cost nothing for no reason.
    """

    order: Order
    granted: frozenset[Access]
    redeemers: tuple[int, ...]
    has_access: bool | None
    allocated: int
    shortfalls: tuple[Shortfall, ...]
    unexplained: frozenset[int]

    @property
    def due(self) -> frozenset[Access]:
        """What the order should grant, and to whom."""
        lines = [line for line in kept_lines(self.order) if line.pk not in _withheld(self)]
        return frozenset(
            (reader, line.book_id, line.bundle_id)
            for line in lines
            for reader in (self.redeemers if line.for_others else [self.order.user_id])
        )

    def as_row(self) -> dict[str, object]:
        """Return the order as `money_doctor --json` lists it; what is missing is None."""
        order = self.order
        return {
            "id": str(order.pk),
            "user": order.email if order.user.is_guest else order.user.email,
            "item": order.item,
            "status": order.status,
            "in_doubt": order.in_doubt,
            "amount": order.amount,
            "currency": order.currency,
            "refunded_amount": order.refunded_amount,
            "stripe_charge_id": order.stripe_charge_id or None,
            "stripe_payment_intent_id": order.stripe_payment_intent_id or None,
            "stripe_checkout_session_id": order.stripe_checkout_session_id or open_session_id(order) or None,
            "created_at": order.created_at.isoformat(),
            "access": self.has_access,
        } | self._of_several()

    def _of_several(self) -> dict[str, object]:
        """Return what the row of a cart, or of an order for others, has more than any."""
        lines = self.order.lines.all()
        if self.order.is_for_others:
            return {"copies": sum(line.quantity for line in lines), "redeemed": len(self.redeemers)}
        return {"items": [line.item for line in lines]} if self.order.item == CART else {}


def read_cases(orders: QuerySet[Order]) -> Iterator[Case]:
    """Yield these orders, oldest first."""
    readers_of_all = CustomUser.objects.with_perm(access.SPECIAL_STATUS)
    wanted = (
        orders.order_by("created_at", "id")
        .select_related("user")
        .prefetch_related("attempts", "lines", "refunds__lines", "disputes")
        .annotate(reads_all=Exists(readers_of_all.filter(pk=OuterRef("user_id"))))
    )
    for batch in batched(wanted.iterator(chunk_size=BATCH), BATCH, strict=False):
        granted = _granted([order.pk for order in batch])
        redeemers = _redeemers([order.pk for order in batch if order.is_for_others])
        people = {redeemer.pk: redeemer for each in redeemers.values() for redeemer in each}
        reading_all = _reading_all(people) | {order.user_id for order in batch if order.reads_all}
        readable = _readable({order.user_id for order in batch} | people.keys())
        allocated = _allocated([order.pk for order in batch])
        shortfalls = find_shortfalls(batch)
        unexplained = find_unexplained(batch)
        for order in batch:
            # What is refunded of a paid order is not missed.
            lines = kept_lines(order) or order.lines.all()
            products = {(line.book_id, line.bundle_id) for line in lines}
            # An erased account has no access, whatever it was given.
            readers = [each.pk for each in redeemers[order.pk] if not each.is_erased]
            readers = readers if order.is_for_others else [order.user_id]
            has_access = all(each in reading_all or products <= readable[each] for each in readers)
            yield Case(
                order,
                frozenset(granted[order.pk]),
                tuple(each.pk for each in redeemers[order.pk]),
                has_access if readers else None,
                allocated.get(order.pk, 0),
                tuple(shortfalls.get(order.pk, ())),
                frozenset(line.pk for line in order.lines.all() if line.pk in unexplained),
            )


def open_session_id(order: Order) -> str:
    """Return the id of the Checkout Session in which the order can be paid now, or an empty text."""
    live = [each for each in order.attempts.all() if each.outcome in LIVE_OUTCOMES]
    return live[0].stripe_checkout_session_id if live else ""


def kept_lines(order: Order) -> list[OrderLine]:
    """Return the lines of an order that are paid for, not refunded, and not paid for with another order."""
    if order.status != OrderStatus.PAID:
        return []
    refunded = order.refunded_line_ids()
    return [line for line in order.lines.all() if line.is_open and line.pk not in refunded]


def _withheld(case: Case) -> set[int]:
    return {each.line_id for each in case.shortfalls if each.is_disputed}


def find_grants_without_order() -> Iterator[UUID]:
    """Yield the ids of orders that grant something and do not exist."""
    orders = Order.objects.filter(pk=OuterRef("order_id"))
    lost = Grant.objects.filter(~Exists(orders), order_id__isnull=False, ended_at=None)
    for order_id in lost.order_by("order_id").values_list("order_id", flat=True).distinct().iterator():
        if order_id:
            yield order_id


def find_books_not_announced() -> list[Book]:
    """Return the books whose opening the worker should have announced by now, and has not."""
    due = timezone.now() - TIME_TO_ANNOUNCE
    told = Announcement.objects.filter(
        book=OuterRef("pk"),
        kind=AnnouncementKind.OPENED,
        opens_at=OuterRef("opens_at"),
        finished_at__isnull=False,
    )
    opened_before = Book.objects.published().filter(opens_at__lte=due)
    late = opened_before.exclude(epub="").filter(~Exists(told))
    return list(late.only("title", "epub", "opens_at"))


def _allocated(order_ids: list[UUID]) -> dict[UUID, int]:
    """Return the sum of each order's allocations."""
    rows = Allocation.objects.filter(line__order__in=order_ids)
    return dict(rows.values_list("line__order").annotate(Sum("amount")))


def _redeemers(order_ids: list[UUID]) -> dict[UUID, list[CustomUser]]:
    """Return who has taken a copy of each of these orders for others."""
    found: dict[UUID, list[CustomUser]] = defaultdict(list)
    if order_ids:
        seats = Seat.objects.filter(line__order__in=order_ids, redeemer__isnull=False)
        for seat in seats.select_related("line", "redeemer"):
            if seat.redeemer is not None:
                found[seat.line.order_id].append(seat.redeemer)
    return found


def _reading_all(people: Iterable[int]) -> set[int]:
    """Return those of these readers who may read every book."""
    if not people:
        return set()
    readers = CustomUser.objects.with_perm(access.SPECIAL_STATUS).filter(pk__in=people)
    return set(readers.values_list("pk", flat=True))


def _granted(order_ids: list[UUID]) -> dict[UUID, set[Access]]:
    """Return what each of these orders grants to whom; of a bundle only the bundle, not its books."""
    granted: dict[UUID, set[Access]] = defaultdict(set)
    live = Q(ended_at=None) | Q(end_reason=access.SUSPENDED, ended_otherwise="")
    granting = Grant.objects.filter(live, order_id__in=order_ids)
    whole = granting.filter(Q(book=None) | Q(bundle=None))
    rows = whole.values_list("order_id", "user_id", "book_id", "bundle_id")
    for order_id, reader, book_id, bundle_id in rows:
        if order_id:
            granted[order_id].add((reader, book_id, bundle_id))
    return granted


def _readable(readers: set[int]) -> dict[int, set[ProductKey]]:
    """Return what each of these readers has by grants; All Books is a permission instead."""
    readable: dict[int, set[ProductKey]] = defaultdict(set)
    live = Grant.objects.filter(user__in=readers, ended_at=None)
    for reader, book in live.exclude(book=None).values_list("user_id", "book_id"):
        readable[reader].add((book, None))
    of_bundles = live.filter(book=None, bundle__everything=False)
    for reader, bundle, book in of_bundles.values_list("user_id", "bundle_id", "bundle__books"):
        readable[reader] |= {(None, bundle), (book, None)}
    return readable
