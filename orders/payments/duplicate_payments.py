"""Refunds payments that buy nothing: for a product already paid for, or from an erased account.

It goes by the line: of an order of several products, only what was paid for twice is refunded
(docs/decisions/0034-cart.md).
"""

import logging
from collections.abc import Collection

from django.db.models import Q

from orders.models import OPEN_STATUSES, Order, OrderLine, OrderStatus, Refund, RefundOrigin

from . import order_state

logger = logging.getLogger(__name__)


def resolve_rivals(order: Order, status: OrderStatus) -> set[int]:
    """Return the keys of the lines that may be open if the order takes this status: none, some or all.

    The reader may have paid for a line's product with another order, its rival. A rival order that was never
    paid expires. If a rival line is paid too, one of the two is refunded: usually the line of `order`, which
    has only just been paid. But if `order` was paid before and its refund has failed, after the reader bought
    the product again, then the rival line. Money that a bank withholds does not count. A payment for an
    account that has been erased is refunded. Call it with the reader and the order locked and its lines read.
    """
    if status not in OPEN_STATUSES:
        return set()
    if status == OrderStatus.PAID and _comes_too_late(order):
        refund_rest(order, order.stripe_charge_id, origin=RefundOrigin.ERASED)
        return set()
    refunded = order.refunded_line_ids()
    wanted = [line for line in order.lines.all() if line.pk not in refunded]
    # An open line has no rival, by a constraint, and nobody is given the same thing twice by mistake.
    returning = [line for line in wanted if not line.is_open and not line.for_others]
    rivals = _rivals(order, returning) if returning else {}
    # What cost nothing stays ended: there is no refund of it that could have failed.
    yielding = [
        line
        for line in returning
        if line.item in rivals and not (line.amount and _wins(order, status, rivals[line.item]))
    ]
    if yielding and status == OrderStatus.PAID and order.paid_at is None:
        _request_refund(order, yielding)
    return {line.pk for line in wanted if line not in yielding}


def refund_rest(order: Order, charge_id: str, *, origin: str = RefundOrigin.DUPLICATE) -> bool:
    """Request a refund of what is left of a charge that should not exist; return False if that was done."""
    if order.refunds.filter(stripe_charge_id=charge_id, origin=origin).exists():
        return False
    return _refund(order, order.amount, charge_id, origin=origin)


def refund_lines(order: Order, lines: Collection[OrderLine]) -> bool:
    """End these open lines of a paid order, for whose products another order has been paid too.

    Requests their refund, which settle makes at Stripe, and sets the order's state and access by it. Lines
    that cost nothing end without one. Returns False, and changes nothing, if they were refunded as duplicates
    before, or nothing of the price is left. Call it with the reader and the order locked.
    """
    order.read_lines()
    if not any(line.amount for line in lines):
        _end_free(order, {line.pk for line in lines})
        return True
    if not _request_refund(order, lines):
        return False
    order_state.recount(order)
    order.revision += 1
    order.save(update_fields=["revision"])
    return True


def _end_free(order: Order, ended: set[int]) -> None:
    """End these lines, which cost nothing; with the last, an order that cost nothing ends too."""
    kept = {line.pk for line in order.lines.all() if line.is_open} - ended
    if not kept and order.amount == 0:
        order.move_to(OrderStatus.REFUNDED)
    order_state.set_open_lines(order, kept)
    order_state.update_access(order)


def _rivals(order: Order, lines: Collection[OrderLine]) -> dict[str, OrderLine]:
    """Return by product the open lines of the reader's other orders for these lines' products.

    Those of orders that were never paid are closed, with their orders.
    """
    items = [line.item for line in lines]
    mine = OrderLine.objects.filter(reader=order.user_id, for_others=False)
    others = mine.filter(item__in=items, is_open=True)
    found = list(others.exclude(order=order).select_related("order"))
    pending = {line.order_id: line.order for line in found if line.order.status == OrderStatus.PENDING}
    for rival in pending.values():
        rival.move_to(OrderStatus.EXPIRED)
    return {line.item: line for line in found if line.order_id not in pending}


def _wins(order: Order, status: OrderStatus, rival: OrderLine) -> bool:
    """Tell whether the order keeps a product that the rival has paid for too; then the rival is refunded."""
    return status == OrderStatus.PAID and order.paid_at is not None and _refund_rival(order, rival)


def _refund_rival(order: Order, line: OrderLine) -> bool:
    rival = Order.objects.select_related("user").get(pk=line.order_id)
    if rival.status == OrderStatus.DISPUTED or not refund_lines(rival, [line]):
        logger.error("Orders %s and %s are both paid, and neither can be refunded.", order.pk, rival.pk)
        return False
    return True


def _request_refund(order: Order, lines: Collection[OrderLine]) -> bool:
    """Request a refund of these open lines, or of the whole charge if no other is open."""
    made = order.refunds.filter(stripe_charge_id=order.stripe_charge_id, origin=RefundOrigin.DUPLICATE)
    if made.filter(Q(lines=None) | Q(lines__in=lines)).exists():
        return False
    kept = {line.pk for line in order.lines.all()} - order.refunded_line_ids()
    if kept <= {line.pk for line in lines}:
        return _refund(order, order.amount, order.stripe_charge_id)
    return _refund(order, sum(line.amount for line in lines), order.stripe_charge_id, lines=lines)


def _refund(
    order: Order,
    amount: int,
    charge_id: str,
    *,
    origin: str = RefundOrigin.DUPLICATE,
    lines: Collection[OrderLine] = (),
) -> bool:
    """Request a refund of this amount, or of what is left if that is less; return False if nothing is."""
    amount = min(amount, order.amount - order.refunded_of(charge_id))
    if amount <= 0:
        return False
    refund = Refund.objects.create(order=order, amount=amount, origin=origin, stripe_charge_id=charge_id)
    refund.lines.set(lines)
    logger.error("Order %s: %s is refunded (%s), refund %s.", order.pk, charge_id, origin, refund.pk)
    return True


def _comes_too_late(order: Order) -> bool:
    """Tell whether the account was erased before the order was paid, so that it never unlocked anything."""
    return order.user.is_erased and not order_state.was_fulfilled(order)
