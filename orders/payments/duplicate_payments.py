"""Refunds payments that buy nothing: for a product already paid for, or from an erased account."""

import logging

from books.models import Grant
from orders.models import OPEN_STATUSES, Order, OrderStatus, Refund, RefundOrigin

from . import order_state

logger = logging.getLogger(__name__)


def resolve_rival(order: Order, status: OrderStatus) -> bool:
    """Return whether the order may take this status and be the reader's one open order for its product.

    A rival that was never paid expires. If a rival is paid too, one of the two is refunded: usually `order`,
    which has only just been paid. But if `order` was paid before and its refund has failed, after the reader
    bought the product again, then the rival. Money that a bank withholds does not count. A payment for an
    account that has been erased is refunded.
    """
    if status == OrderStatus.PAID and _comes_too_late(order):
        refund_rest(order, order.stripe_charge_id, origin=RefundOrigin.ERASED)
        return False
    if order.status in OPEN_STATUSES:
        # Then there is no other, by a constraint.
        return True
    rival = Order.objects.open_for(order.user, order.item).exclude(pk=order.pk).first()
    if rival is None:
        return True
    if rival.status == OrderStatus.PENDING:
        rival.move_to(OrderStatus.EXPIRED)
        return True
    if status == OrderStatus.DISPUTED:
        return False
    if order.paid_at is None:
        refund_rest(order, order.stripe_charge_id)
        return False
    return _refund_rival(order, rival)


def refund_rest(order: Order, charge_id: str, *, origin: str = RefundOrigin.DUPLICATE) -> bool:
    """Request a refund of what is left of a charge that should not exist; return False if that was done."""
    if order.refunds.filter(stripe_charge_id=charge_id, origin=origin).exists():
        return False
    rest = order.amount - order.refunded_of(charge_id)
    if rest <= 0:
        return False
    refund = Refund.objects.create(order=order, amount=rest, origin=origin, stripe_charge_id=charge_id)
    logger.error("Order %s: %s is refunded (%s), refund %s.", order.pk, charge_id, origin, refund.pk)
    return True


def _refund_rival(order: Order, rival: Order) -> bool:
    if rival.status == OrderStatus.DISPUTED or not refund_paid(rival):
        logger.error("Orders %s and %s are both paid, and neither can be refunded.", order.pk, rival.pk)
        return False
    return True


def refund_paid(order: Order) -> bool:
    """Request a refund of a paid order that another one makes superfluous; return False if that was done.

    Call it with the reader and the order locked; settle makes the refund.
    """
    if not refund_rest(order, order.stripe_charge_id):
        return False
    order_state.recount(order)
    order.revision += 1
    order.save(update_fields=["revision"])
    return True


def _comes_too_late(order: Order) -> bool:
    """Tell whether the account was erased before the order was paid, so that it never unlocked anything."""
    return order.user.is_erased and not Grant.objects.filter(order_id=order.pk).exists()
