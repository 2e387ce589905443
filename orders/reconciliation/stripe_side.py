"""Stripe's side of the comparison: charges that succeeded, with their refunds and disputes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from orders import stripe_gateway
from orders.models import COUNTED_REFUNDS
from orders.stripe_gateway.errors import Missing, NothingCharged, OutcomeUnknown
from orders.stripe_gateway.types import Payment, StripeDispute, StripeRefund

from .progress import Say, counting, nothing

# Why nothing could be compared: Stripe could not be reached, or rejected the request.
CANNOT_ASK = (OutcomeUnknown, NothingCharged)

type PaymentsByOrder = dict[str, list[Payment]]

# To read one payment again takes up to four requests; a list gives a hundred in one.
MOST_READ_ALONE = 100


def list_payments(*, since: datetime, say: Say = nothing) -> PaymentsByOrder:
    """Return what was charged since then, by the order that the charge names, oldest first.

    `say` is told after every thousand charges how many they were. Raises errors.OutcomeUnknown or
    NothingCharged if Stripe cannot be asked.
    """
    refunds = _refunds_by_charge(since)
    disputes: dict[str, list[StripeDispute]] = defaultdict(list)
    for dispute in stripe_gateway.list_disputes(since=since):
        disputes[dispute.charge_id].append(dispute)
    found: PaymentsByOrder = defaultdict(list)
    for payment in counting(stripe_gateway.list_charges(since=since), "charges listed", say):
        if payment.state == "succeeded":
            whole = replace(
                payment,
                refunds=tuple(refunds.pop(payment.charge_id, ())),
                disputes=tuple(disputes.pop(payment.charge_id, ())),
            )
            found[payment.order_id].insert(0, whole)
    return found


def read_payments(payment_ids: Iterable[str]) -> list[Payment]:
    """Return the charges under these ids as they are now. Raises what list_payments raises."""
    by_charge = {}
    for payment_id in filter(None, dict.fromkeys(payment_ids)):
        try:
            payment = stripe_gateway.find_payment(payment_id)
        except Missing:
            continue
        if payment.state == "succeeded":
            by_charge[payment.charge_id] = payment
    return list(by_charge.values())


def read_again(payments: list[Payment], *, since: datetime) -> list[Payment]:
    """Return these charges with their refunds as they are now. Raises what list_payments raises.

    Of many, only the refunds are listed again: nothing else changes about a charge that succeeded.
    """
    if len(payments) <= MOST_READ_ALONE:
        return read_payments(payment.charge_id for payment in payments)
    refunds = _refunds_by_charge(since)
    return [replace(payment, refunds=tuple(refunds[payment.charge_id])) for payment in payments]


def _refunds_by_charge(since: datetime) -> dict[str, list[StripeRefund]]:
    found: dict[str, list[StripeRefund]] = defaultdict(list)
    for refund in stripe_gateway.list_refunds(since=since):
        found[refund.charge_id].append(refund)
    return found


def refunded_at_stripe(payment: Payment) -> int:
    """Return how much of a payment Stripe has refunded or is refunding, in minor units."""
    return sum(refund.amount for refund in payment.refunds if refund.status in COUNTED_REFUNDS)
