"""How an order stands by what is written down of it, and what it therefore opens."""

from django.db.models import Sum
from django.utils import timezone

from books import access
from orders.models import COUNTED_REFUNDS, Order, OrderStatus
from orders.pricing import allocations, discounts

from . import mail


def now(order: Order) -> tuple[OrderStatus, int]:
    """Return what a paid order is by its refunds and disputes, and how much of it went back, minor units."""
    counted = order.refunds.filter(status__in=COUNTED_REFUNDS, stripe_charge_id=order.stripe_charge_id)
    # What is asked for here may be on its way from the dashboard too: Stripe will refuse one of the two.
    refunded = min(counted.aggregate(sum=Sum("amount"))["sum"] or 0, order.amount)
    if refunded >= order.amount > 0:
        return OrderStatus.REFUNDED, refunded
    if any(dispute.withholds for dispute in order.disputes.all()):
        return OrderStatus.DISPUTED, refunded
    return OrderStatus.PAID, refunded


def settle_free(order: Order) -> None:
    """Make an order of amount 0 a paid one: nothing is left to pay for what it brings.

    Call it in the transaction that makes the order, with the reader locked.
    """
    order.move_to(OrderStatus.PAID, paid_at=timezone.now())
    open_or_close(order)
    mail.queue_thanks(order)


def recount(order: Order) -> None:
    """Make a paid order and its access what its refunds and disputes say.

    Call it in a transaction, with the reader and the order locked.
    """
    status, refunded = now(order)
    if status == order.status:
        order.refunded_amount = refunded
        order.save(update_fields=["refunded_amount"])
    else:
        order.move_to(status, refunded_amount=refunded)
    open_or_close(order)


def open_or_close(order: Order) -> None:
    """Bring the reader's access and the allocations of the order's money in step, line by line.

    Open is what is paid for. Other orders that this one made cheaper follow: what they open is withheld while
    a dispute has the money that they were cheaper by. Call it with the reader and the order locked.
    """
    _open_or_close(order)
    for cheaper in discounts.cheapened_by(order):
        if cheaper.status == OrderStatus.PAID:
            _open_or_close(cheaper)


def _open_or_close(order: Order) -> None:
    given_back = set(
        order.refunds.filter(status__in=COUNTED_REFUNDS).exclude(lines=None).values_list("lines", flat=True)
    )
    withheld = withheld_lines(order)
    for line in order.lines.select_related("book", "bundle"):
        is_paid = order.status == OrderStatus.PAID and line.pk not in given_back
        if order.status == OrderStatus.PAID:
            allocations.book(line)
        if is_paid and line.pk not in withheld:
            access.grant(order.user, line.product, order_id=order.pk)
        else:
            is_disputed = is_paid or order.status == OrderStatus.DISPUTED
            reason = access.DISPUTED if is_disputed else access.REFUNDED
            access.revoke(order.user, line.product, order_id=order.pk, reason=reason)
    allocations.recount(order, given_back=given_back)


def withheld_lines(order: Order) -> set[int]:
    """Return the keys of the lines that were cheaper by money which a bank withholds now."""
    shortfalls = discounts.find_shortfalls([order])[order.pk]
    return {each.line_id for each in shortfalls if each.is_disputed}
