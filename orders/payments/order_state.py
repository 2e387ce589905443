"""What an order is according to its refunds and disputes, and which access follows from that."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet, UUIDField
from django.utils import timezone

from books import access
from books.models import Grant
from orders.models import Allocation, Order, OrderLine, OrderStatus, Seat
from orders.pricing import allocations, discounts
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

from . import mail

# How many times in a row to try again.
MOVES = 10


class OrderMoved(Exception):
    """While its lock was waited for, a guest's order became an account's: begin the transaction again.

    It would lock the account after the order, while others lock them in the usual sequence. The same if
    somebody has taken a copy of an order for others.
    """


def lock(order: Order) -> Order:
    """Lock the reader and then the order, and return the order as it is now. Call it in a transaction.

    Everybody takes the locks in this sequence. The reader comes first because what an order unlocks and costs
    depends on the reader's other orders. Of an order for others, everybody who has taken a copy is locked
    with the buyer. Inserts that refer to these rows need not wait. Raises OrderMoved.
    """
    if not order.is_for_others:
        return _lock(order)
    locked = lock_readers(_people_of(order))
    order = _lock(order)
    if not locked.issuperset(_people_of(order)):
        raise OrderMoved(order.pk)
    return order


def lock_for(order: Order, reader: CustomUser) -> Order:
    """Lock an order for others with its buyer, as lock does, and this one reader, who takes a copy."""
    people = lock_readers({*Order.objects.filter(pk=order.pk).values_list("user_id", flat=True), reader.pk})
    order = _lock(order)
    if order.user_id not in people:
        raise OrderMoved(order.pk)
    return order


def lock_readers(keys: set[int]) -> set[int]:
    """Lock these readers by their keys, so that two at once never wait for each other; return the keys."""
    people = CustomUser.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return set(people.values_list("pk", flat=True))


def _people_of(order: Order) -> set[int]:
    """Return the keys of the order's buyer and of all who have taken a copy, as they are in the database."""
    buyer = Order.objects.filter(pk=order.pk).order_by().values_list("user_id")
    seats = Seat.objects.filter(line__order=order.pk, redeemer__isnull=False)
    return {key for (key,) in buyer.union(seats.order_by().values_list("redeemer_id")).order_by()}


def _lock(order: Order) -> Order:
    try:
        return _locked.get(pk=order.pk)
    except Order.DoesNotExist as gone:
        # PostgreSQL compares the reader once more when it has the locks.
        raise OrderMoved(order.pk) from gone


def once_more_if_moved[Answer](act: Callable[[], Answer]) -> Answer:
    """Call a function that locks an order in a transaction of its own; again if it has just moved.

    A guest's order moves once; copies may be taken one after the other.
    """
    for _ in range(MOVES):
        with suppress(OrderMoved):
            return act()
    return act()


@PreparedObjects
def _locked() -> QuerySet[Order]:
    # PostgreSQL locks the rows in the sequence of `of`, and returns each as it is once locked.
    orders = Order.objects.select_for_update(of=("user", "self"), no_key=True)
    return orders.select_related("user").filter(pk=Given("pk", UUIDField()))


def derive(order: Order) -> tuple[OrderStatus, int]:
    """Return the status of a paid order by its refunds and disputes, and the refunded sum in minor units."""
    # The same refund may be requested here and in Stripe's dashboard: Stripe will refuse one of the two.
    refunded = min(order.refunded_of(order.stripe_charge_id), order.amount)
    if refunded >= order.amount > 0:
        return OrderStatus.REFUNDED, refunded
    if any(dispute.withholds for dispute in order.disputes.all()):
        return OrderStatus.DISPUTED, refunded
    return OrderStatus.PAID, refunded


def fulfil(order: Order, **payment: object) -> None:
    """Mark an order as paid for the first time, unlock what it bought, and queue the thanks.

    `payment` has the columns that name its payment, none for an order of amount 0. An order that was never
    paid has no refunds, disputes, allocations or grants, and has made nothing cheaper, so nothing of that is
    looked for; update_access does. Call it with the reader and the order locked.
    """
    order.move_to(OrderStatus.PAID, paid_at=timezone.now(), **payment)
    order.read_lines()
    withheld = withheld_lines(order)
    for line in order.lines.all():
        allocations.book(line, {})
        if line.pk not in withheld and not line.for_others:
            access.unlock(order.user, line.product, order_id=order.pk)
    mail.queue_thanks(order)


def recount(order: Order, *, by: CustomUser | None = None) -> None:
    """Set a paid order's status, refunded sum and access by its refunds and disputes.

    `by` is the member of staff who caused it, if one did. Call it in a transaction, with the reader and the
    order locked.
    """
    status, refunded = derive(order)
    if status == order.status:
        order.refunded_amount = refunded
        order.save(update_fields=["refunded_amount"])
    else:
        order.move_to(status, refunded_amount=refunded)
    order.read_lines()
    set_open_lines(order, {line.pk for line in order.lines.all() if line.is_open} - order.refunded_line_ids())
    update_access(order, by=by)


def set_open_lines(order: Order, keys: set[int]) -> None:
    """Have the order's lines with these keys open, and no others; see Order.open_lines."""
    order.read_lines()
    if {line.pk for line in order.lines.all() if line.is_open} != keys:
        order.open_lines(keys)


def restore_access(order: Order) -> None:
    """Set the reader's access and the allocations by the order as it is in the database."""

    def restore() -> None:
        with transaction.atomic():
            update_access(lock(order))

    once_more_if_moved(restore)


def update_access(order: Order, *, by: CustomUser | None = None) -> None:
    """Set the reader's access and the allocations of the order's money, line by line.

    Orders that this one made cheaper follow: while a bank withholds the money behind their discount, their
    books are withheld too. Call it with the reader and the order locked.
    """
    _update_access(order, by)
    for cheaper in discounts.cheapened_by(order):
        if cheaper.status == OrderStatus.PAID:
            _update_access(cheaper, by)


def _update_access(order: Order, by: CustomUser | None) -> None:
    order.read_lines()
    withheld = withheld_lines(order)
    booked = allocations.booked_of(order)
    for line in order.lines.all():
        is_paid = order.status == OrderStatus.PAID and line.is_open
        if order.status == OrderStatus.PAID:
            allocations.book(line, booked)
        is_disputed = is_paid or order.status == OrderStatus.DISPUTED
        reason = access.DISPUTED if is_disputed else access.REFUNDED
        for reader in _readers_of(line):
            if is_paid and line.pk not in withheld:
                access.grant(reader, line.product, order_id=order.pk, by=by)
            else:
                access.revoke(reader, line.product, order_id=order.pk, reason=reason, by=by)
    allocations.recount(order, booked)


def _readers_of(line: OrderLine) -> Iterator[CustomUser]:
    """Yield who reads what the line has bought: its buyer, or everybody who has taken a copy of it."""
    if not line.for_others:
        yield line.order.user
        return
    for seat in line.seats.filter(redeemer__isnull=False).select_related("redeemer"):
        if seat.redeemer is not None:
            yield seat.redeemer


def free_seat(seat: Seat) -> None:
    """End a redeemer's access by a seat and free it, with a new link. Call it with the readers locked."""
    if seat.redeemer is not None:
        line = seat.line
        access.revoke(seat.redeemer, line.product, order_id=line.order_id, reason=access.RELEASED)
    seat.redeemer, seat.redeemed_at, seat.name = None, None, ""
    seat.generation += 1
    seat.save(update_fields=["redeemer", "redeemed_at", "name", "generation"])


def was_fulfilled(order: Order) -> bool:
    """Tell whether the order has ever been paid while nothing was wrong with it.

    Then it has given access, or, as an order for others, its money is allocated to books.
    """
    if order.is_for_others:
        return Allocation.objects.filter(line__order=order.pk).exists()
    return Grant.objects.filter(order_id=order.pk).exists()


def withheld_lines(order: Order) -> set[int]:
    """Return the keys of the lines whose discount rests on money that a bank withholds now."""
    if not any(line.credit for line in order.lines.all()):
        return set()
    shortfalls = discounts.find_shortfalls([order])[order.pk]
    return {each.line_id for each in shortfalls if each.is_disputed}
