"""Asks Stripe for refunds."""

from .client import answers, client
from .translation import refund_of
from .types import RefundRequest, StripeRefund


def create_refund(request: RefundRequest) -> StripeRefund:
    """Refund a charge or a part of it; only once, however many times the same key is used.

    Raises NothingCharged with Stripe's code if it refuses: charge_already_refunded, charge_disputed and
    others.
    """
    with answers(charging=True):
        refund = client().v1.refunds.create(
            {
                "charge": request.charge_id,
                "amount": request.amount,
                "metadata": {"order_id": request.order_id, "refund_id": request.refund_id},
            },
            {"idempotency_key": request.key},
        )
    return refund_of(refund)
