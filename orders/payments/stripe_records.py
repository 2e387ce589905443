"""Records refunds and disputes as Stripe has them. Decides nothing: orders.payments.sync does."""

import logging

from orders.models import AUTOMATIC, Dispute, Order, Refund, RefundOrigin, RefundStatus
from orders.pricing import discounts
from orders.stripe_gateway.types import Payment, StripeDispute, StripeRefund

from . import mail

logger = logging.getLogger(__name__)

FAILED_REFUNDS = (RefundStatus.FAILED, RefundStatus.CANCELED)


def record_refunds(order: Order, payment: Payment) -> bool:
    """Record this payment's refunds as the order's; return whether anything was new.

    Mail about what is new is queued to buyer and staff. Call it with the order locked.
    """
    changes = [_record_refund(order, seen) for seen in payment.refunds]
    return any(changes)


def record_disputes(order: Order, payment: Payment) -> bool:
    """Record this payment's disputes, as record_refunds does."""
    changes = [_record_dispute(order, seen) for seen in payment.disputes]
    return any(changes)


def fail_refund(refund: Refund) -> None:
    """Record that Stripe refused a refund, with the code set on it, unless it has been made in between."""
    requested = Refund.objects.filter(pk=refund.pk, status=RefundStatus.REQUESTED)
    if requested.update(status=RefundStatus.FAILED, code=refund.code[:100]):
        logger.error("Refund %s was refused: %s.", refund.pk, refund.code)
        refund.refresh_from_db()
        mail.queue_refund_failed(refund)


def _record_refund(order: Order, seen: StripeRefund) -> bool:
    refund = _find_refund(order, seen)
    if (refund.status, refund.stripe_refund_id) == (seen.status, seen.id):
        return False
    was_made = bool(refund.stripe_refund_id) and refund.is_counted
    refund.status, refund.code, refund.stripe_refund_id = seen.status, seen.code, seen.id
    refund.save()
    logger.info("Refund %s of order %s is %s.", seen.id, order.pk, seen.status)
    if not refund.is_counted:
        mail.queue_refund_failed(refund)
    elif not was_made:
        mail.queue_refund_made(refund)
        if refund.origin in AUTOMATIC or _has_unseen_consequences(order, refund):
            # Nobody requested it here, so staff do not know of the refund and what follows from it.
            mail.queue_refund_alarm(refund)
    return True


def _has_unseen_consequences(order: Order, refund: Refund) -> bool:
    """Tell whether somebody refunds in Stripe's dashboard what made another order cheaper."""
    return refund.origin == RefundOrigin.DASHBOARD and bool(discounts.cheapened_by(order))


def _find_refund(order: Order, seen: StripeRefund) -> Refund:
    """Return our row for a refund at Stripe, or a new one if the refund was made in the dashboard."""
    ours = order.refunds.filter(stripe_refund_id=seen.id).first()
    if ours is None and seen.refund_id:
        ours = order.refunds.filter(pk=seen.refund_id, stripe_refund_id="").first()
    return ours or Refund(
        order=order,
        amount=seen.amount,
        origin=RefundOrigin.DASHBOARD,
        stripe_charge_id=seen.charge_id,
        status="",
    )


def _record_dispute(order: Order, seen: StripeDispute) -> bool:
    values = {
        "stripe_charge_id": seen.charge_id,
        "status": seen.status,
        "reason": seen.reason,
        "amount": seen.amount,
        "due_by": seen.due_by,
        "opened_at": seen.opened_at,
    }
    known = order.disputes.filter(stripe_dispute_id=seen.id).first()
    if known is not None and all(getattr(known, name) == value for name, value in values.items()):
        return False
    is_news = known is None or known.status != seen.status
    dispute, _ = Dispute.objects.update_or_create(stripe_dispute_id=seen.id, order=order, defaults=values)
    if is_news:
        logger.warning("Dispute %s about order %s is %s.", seen.id, order.pk, seen.status)
        mail.queue_dispute(dispute)
    return True
