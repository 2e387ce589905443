"""Money that buys nothing, for a product paid for already or an erased account: it goes back by itself."""

import logging

from django.db.models import Sum

from books.models import Grant
from orders.models import COUNTED_REFUNDS, Order, OrderStatus, Refund, RefundOrigin

from . import order_state

logger = logging.getLogger(__name__)


def make_way(order: Order, status: OrderStatus) -> bool:
    """Return whether the order may be, with this status, the reader's one order for its product.

    A rival that was never paid is given up. If one is paid too, the money of one of the two goes back: of the
    order that is new to being paid, or, if a refund of this one has failed after the reader bought it again,
    of the one that was bought again. What a bank withholds does not count as money. What comes in for an
    account that has been erased goes back.
    """
    if status == OrderStatus.PAID and _comes_too_late(order):
        give_back(order, order.stripe_charge_id, origin=RefundOrigin.ERASED)
        return False
    rival = Order.objects.open_for(order.user, order.item).exclude(pk=order.pk).first()
    if rival is None:
        return True
    if rival.status == OrderStatus.PENDING:
        rival.move_to(OrderStatus.EXPIRED)
        return True
    if status == OrderStatus.DISPUTED:
        return False
    if order.paid_at is None:
        give_back(order, order.stripe_charge_id)
        return False
    if rival.status == OrderStatus.DISPUTED or not give_back(rival, rival.stripe_charge_id):
        logger.error("Orders %s and %s are both paid, and neither can be refunded.", order.pk, rival.pk)
        return False
    order_state.recount(rival)
    rival.revision += 1
    rival.save(update_fields=["revision"])
    return True


def give_back(order: Order, charge_id: str, *, origin: str = RefundOrigin.DUPLICATE) -> bool:
    """Have the rest of a charge refunded that should not have been made; return False if it was before."""
    if order.refunds.filter(stripe_charge_id=charge_id, origin=origin).exists():
        return False
    of_charge = order.refunds.filter(stripe_charge_id=charge_id, status__in=COUNTED_REFUNDS)
    rest = order.amount - (of_charge.aggregate(sum=Sum("amount"))["sum"] or 0)
    if rest <= 0:
        return False
    refund = Refund.objects.create(order=order, amount=rest, origin=origin, stripe_charge_id=charge_id)
    logger.error("Order %s: %s goes back (%s), refund %s.", order.pk, charge_id, origin, refund.pk)
    return True


def _comes_too_late(order: Order) -> bool:
    """Tell whether the account was erased before the order was paid: then it has never opened anything."""
    return order.user.is_erased and not Grant.objects.filter(order_id=order.pk).exists()
