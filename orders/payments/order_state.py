"""What an order is according to its refunds and disputes, and which access follows from that."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet, UUIDField
from django.utils import timezone

from books import access
from orders.models import Order, OrderStatus
from orders.pricing import allocations, discounts
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

from . import mail


class OrderMoved(Exception):
    """While its lock was waited for, a guest's order has become an account's: begin the transaction again.

    It would lock the account after the order, while others lock them in the usual sequence.
    """


def lock(order: Order) -> Order:
    """Lock the reader and then the order, and return the order as it is now. Call it in a transaction.

    Everybody takes the locks in this sequence. The reader comes first because what an order unlocks and costs
    depends on the reader's other orders. Inserts that refer to either row need not wait. Raises OrderMoved.
    """
    try:
        return _locked.get(pk=order.pk)
    except Order.DoesNotExist as gone:
        # PostgreSQL compares the reader once more when it has the locks.
        raise OrderMoved(order.pk) from gone


def once_more_if_moved[Answer](act: Callable[[], Answer]) -> Answer:
    """Call a function that locks an order in a transaction of its own; again if the order has just moved."""
    try:
        return act()
    except OrderMoved:
        return act()  # it never moves twice


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
        if line.pk not in withheld:
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
        if is_paid and line.pk not in withheld:
            access.grant(order.user, line.product, order_id=order.pk, by=by)
        else:
            is_disputed = is_paid or order.status == OrderStatus.DISPUTED
            reason = access.DISPUTED if is_disputed else access.REFUNDED
            access.revoke(order.user, line.product, order_id=order.pk, reason=reason, by=by)
    allocations.recount(order, booked)


def withheld_lines(order: Order) -> set[int]:
    """Return the keys of the lines whose discount rests on money that a bank withholds now."""
    if not any(line.credit for line in order.lines.all()):
        return set()
    shortfalls = discounts.find_shortfalls([order])[order.pk]
    return {each.line_id for each in shortfalls if each.is_disputed}
