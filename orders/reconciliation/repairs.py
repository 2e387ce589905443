"""Repairs the kinds of difference that need no decision, by asking Stripe again and settling.

Somebody has to decide about the others (orphan_charge, amount_mismatch, mode_mismatch,
discount_without_cause): at Stripe, or about the order that was cheaper.
"""

import logging

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry

from orders.models import Order
from orders.payments import order_state
from orders.payments.attempts import refresh_from_stripe
from orders.payments.sync import UNSETTLED, settle
from users.models import CustomUser

from .differences import Difference

logger = logging.getLogger(__name__)


class NotRepaired(Exception):
    """The difference remains. `str()` is a sentence for staff."""


def can_repair(kind: str) -> bool:
    """Tell whether a difference of this kind can be repaired automatically."""
    return kind in REPAIRS


def repair(difference: Difference, *, by: CustomUser | None = None) -> None:
    """Repair a difference, for a member of staff or the shell; another examination shows whether it worked.

    The order's history names who did it. Raises NotRepaired.
    """
    if difference.order is None or not can_repair(difference.kind):
        raise NotRepaired("Somebody has to decide about this at Stripe.")
    order = Order.objects.select_related("user").filter(pk=difference.order).first()
    if order is None:
        raise NotRepaired("The order does not exist.")
    try:
        REPAIRS[difference.kind](order, difference.charge_id)
    except UNSETTLED as reason:
        logger.warning("%s of order %s is not repaired: %s", difference.kind, order.pk, reason)
        raise NotRepaired("Stripe could not be asked, or its answer does not match the order.") from reason
    logger.info("Ran the repair of %s for order %s.", difference.kind, order.pk)
    if by is not None:
        said = f"Ran the repair of {difference.kind}."
        LogEntry.objects.log_actions(by.pk, [order], CHANGE, said)


def _settle(order: Order, charge_id: str) -> None:
    """Settle the order by this charge, and by an attempt that may still be under way."""
    if charge_id:
        settle(order, charge_id)
    refresh_from_stripe(order)


def _set_access(order: Order, charge_id: str) -> None:
    """Settle the order if Stripe can be asked about it, then set access and allocations by it."""
    if order.stripe_charge_id and order.livemode == settings.STRIPE_LIVE_MODE:
        settle(order, order.stripe_charge_id)
    order_state.restore_access(order)


REPAIRS = {
    "unsettled": _settle,
    "duplicate_charge": _settle,
    "paid_by_erased": _settle,
    "refund_unheard": _settle,
    "dispute_unheard": _settle,
    "paid_without_access": _set_access,
    "access_without_payment": _set_access,
    "allocation_mismatch": _set_access,
}
