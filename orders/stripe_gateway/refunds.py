"""Giving money back."""

from .client import answers, client
from .translation import refund_of
from .types import RefundRequest, StripeRefund


def create_refund(request: RefundRequest) -> StripeRefund:
    """Give back a part or all of a charge; made once, however often it is asked for under the same key.

    Raises NothingCharged if Stripe refuses, with its code: charge_already_refunded, charge_disputed and
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
