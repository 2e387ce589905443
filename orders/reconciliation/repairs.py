"""What can be done about each kind of difference without a person: asking Stripe once more, and settling.

The rest (orphan_charge, amount_mismatch, mode_mismatch, discount_without_cause) means that somebody has to
decide: at Stripe, or about the order that was cheaper.
"""

import logging

from django.conf import settings
from django.db import transaction

from orders.models import Order
from orders.payments import order_state
from orders.payments.attempts import look_at
from orders.payments.sync import UNSETTLED, settle
from users.models import CustomUser

from .differences import Difference

logger = logging.getLogger(__name__)


class NotRepaired(Exception):
    """The difference is left. `str()` is a sentence for staff."""


def can_repair(kind: str) -> bool:
    """Tell whether a difference of this kind may be repaired by itself."""
    return kind in REPAIRS


def repair(difference: Difference) -> None:
    """Do what can be done about a difference; looking again shows what came of it. Raises NotRepaired."""
    if difference.order is None or not can_repair(difference.kind):
        raise NotRepaired("Somebody has to decide about this at Stripe.")
    order = Order.objects.select_related("user").filter(pk=difference.order).first()
    if order is None:
        raise NotRepaired("The order is not there.")
    try:
        REPAIRS[difference.kind](order, difference.charge_id)
    except UNSETTLED as reason:
        logger.warning("%s of order %s is not repaired: %s", difference.kind, order.pk, reason)
        raise NotRepaired("Stripe could not be asked about it, or says something else.") from reason
    logger.info("%s of order %s was looked after.", difference.kind, order.pk)


def _settle(order: Order, charge_id: str) -> None:
    """Make the order what Stripe says of this charge, or of the attempt that may still be under way."""
    if charge_id:
        settle(order, charge_id)
    look_at(order)


def _set_access(order: Order, charge_id: str) -> None:
    """Open and allocate what is paid for, after Stripe was heard, as far as Stripe knows the order."""
    if order.stripe_charge_id and order.livemode == settings.STRIPE_LIVE_MODE:
        settle(order, order.stripe_charge_id)
    with transaction.atomic():
        # In this order, as everywhere: the reader, then the order.
        CustomUser.objects.select_for_update(no_key=True).get(pk=order.user_id)
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        order_state.open_or_close(order)


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
