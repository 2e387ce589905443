"""Staff give money back: claim, then settle, which asks Stripe and writes down what came of it."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from books.money import money
from orders.models import COUNTED_REFUNDS, Order, OrderLine, OrderStatus, Refund, RefundOrigin, RefundStatus
from users.models import CustomUser

from . import mail, order_state, outdated, stripe_records, sync

logger = logging.getLogger(__name__)

# By one member of staff: more than a busy day needs, too few to empty the till unnoticed.
REFUNDS_PER_HOUR = 20


class NotRefunded(Exception):
    """No money goes back. `str()` is a sentence for staff."""


def refund(
    order: Order,
    *,
    by: CustomUser,
    reason: str,
    amount: int | None = None,
    lines: Sequence[OrderLine] = (),
    refund_id: UUID | None = None,
) -> Refund:
    """Give back an order: all that is left of it, an amount in minor units, or these lines.

    Asked for again under the same `refund_id` it is the same refund. Access closes before Stripe is asked and
    opens again if it refuses. Checkouts whose price rests on the money are closed. Returns the refund as
    Stripe has answered, still REQUESTED if it has not: it is asked again until it does. Raises NotRefunded.
    """
    made = _claim(order, refund_id or uuid4(), by=by, reason=reason, amount=amount, lines=lines)
    try:
        sync.settle(Order.objects.get(pk=order.pk), made.stripe_charge_id)
    except sync.UNSETTLED:
        logger.warning("Refund %s waits for Stripe.", made.pk)
    outdated.close_sessions_of(order.user)
    made.refresh_from_db()
    if made.status in stripe_records.FAILED_REFUNDS:
        raise NotRefunded(f"Stripe refused the refund of {order} ({made.code}). Nothing was given back.")
    return made


def refundable(order: Order) -> int:
    """Return how much of an order can still be given back, in minor units."""
    if order.status != OrderStatus.PAID:
        return 0
    counted = order.refunds.filter(status__in=COUNTED_REFUNDS, stripe_charge_id=order.stripe_charge_id)
    return order.amount - (counted.aggregate(sum=Sum("amount"))["sum"] or 0)


def check(order: Order, *, by: CustomUser) -> None:
    """Raise NotRefunded if this member of staff can give back nothing of the order, whatever the amount."""
    if not by.has_perm("orders.refund_order"):
        raise NotRefunded("You may not refund orders.")
    if order.livemode != settings.STRIPE_LIVE_MODE:
        raise NotRefunded(f"{order} belongs to Stripe's other mode (test or live).")
    if order.status == OrderStatus.DISPUTED:
        raise NotRefunded(f"{order} is disputed: the bank decides about its money.")
    if refundable(order) <= 0:
        raise NotRefunded(f"{order} has nothing to give back.")


def describe(refund: Refund) -> str:
    """Say to staff what came of a refund."""
    if refund.status == RefundStatus.REQUESTED:
        said = "waits for Stripe, which has not confirmed it yet. It is asked again until it does"
    else:
        said = "has been given back" if refund.status == RefundStatus.SUCCEEDED else "is on its way back"
    return f"{refund.order}: {refund.price} {said}."


def _claim(
    order: Order,
    refund_id: UUID,
    *,
    by: CustomUser,
    reason: str,
    amount: int | None,
    lines: Sequence[OrderLine],
) -> Refund:
    """Commit the refund and close what it takes back, or refuse."""
    with transaction.atomic(durable=True):
        # In this order, as everywhere: the reader, then the order.
        CustomUser.objects.select_for_update(no_key=True).get(pk=order.user_id)
        order = (
            Order.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=order.pk)
        )
        earlier = Refund.objects.filter(pk=refund_id).first()
        if earlier is not None:
            return _same(earlier, order, by)
        check(order, by=by)
        left = refundable(order)
        wanted = sum(line.amount for line in lines) if lines else left if amount is None else amount
        _check(order, by, reason, left, wanted)
        _check_lines(order, lines)
        claimed = Refund.objects.create(
            id=refund_id,
            order=order,
            amount=wanted,
            origin=RefundOrigin.STAFF,
            requested_by=by,
            reason=reason.strip(),
            stripe_charge_id=order.stripe_charge_id,
        )
        claimed.lines.set(lines)
        order_state.recount(order)
        mail.queue_refund_alarm(claimed)
    return claimed


def _same(earlier: Refund, order: Order, by: CustomUser) -> Refund:
    """Return the refund that was asked for before under the same id, if it was by the same person."""
    if (earlier.order_id, earlier.requested_by_id) != (order.pk, by.pk):
        raise NotRefunded(f"{order}: the form has been used already. Open it anew.")
    return earlier


def _check(order: Order, by: CustomUser, reason: str, left: int, wanted: int) -> None:
    if not reason.strip():
        raise NotRefunded("A refund needs a reason.")
    if not 0 < wanted <= left:
        least, most = money(1, order.currency), money(left, order.currency)
        raise NotRefunded(f"{order} can give back from {least} to {most}.")
    an_hour_ago = timezone.now() - timedelta(hours=1)
    made = Refund.objects.filter(requested_by=by, created_at__gt=an_hour_ago)
    if settings.RATE_LIMITS and made.count() >= REFUNDS_PER_HOUR:
        logger.error("User %s has made %s refunds within an hour and is held up.", by.pk, REFUNDS_PER_HOUR)
        raise NotRefunded(
            f"You have made {REFUNDS_PER_HOUR} refunds within an hour. Wait, or ask a colleague."
        )


def _check_lines(order: Order, lines: Sequence[OrderLine]) -> None:
    """Refuse what is not of this order, and what was given back before."""
    given_back = order.lines.filter(refunds__status__in=COUNTED_REFUNDS)
    if any(line.order_id != order.pk or line in given_back for line in lines):
        raise NotRefunded(f"{order} cannot give these lines back.")
