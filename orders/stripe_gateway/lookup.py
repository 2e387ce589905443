"""Looks up payments at Stripe: one with its refunds and disputes, or lists of many.

Lists instead of Stripe's search, which lags behind by a minute or more.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from .client import answers, client
from .translation import dispute_of, payment_of_charge, payment_of_intent, payment_of_session, refund_of
from .types import Payment, StripeDispute, StripeRefund

PAGE = 100


def find_payment(payment_id: str) -> Payment:
    """Return the payment of a Checkout Session, a PaymentIntent or a charge, with its refunds and disputes.

    Raises Missing if the account has nothing under this id.
    """
    with answers():
        payment = _find(payment_id)
        if payment.state != "succeeded":
            return payment
        charge = payment.charge_id
        refunds = client(retries=0).v1.refunds.list({"charge": charge, "limit": PAGE})
        disputes = client(retries=0).v1.disputes.list({"charge": charge, "limit": PAGE})
        return replace(
            payment,
            refunds=tuple(map(refund_of, refunds.auto_paging_iter())),
            disputes=tuple(map(dispute_of, disputes.auto_paging_iter())),
        )


def list_payment_intents(*, since: datetime) -> Iterator[Payment]:
    """Yield every PaymentIntent made since then, newest first."""
    with answers():
        listed = client().v1.payment_intents.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
        yield from map(payment_of_intent, listed.auto_paging_iter())


def list_charges(*, since: datetime) -> Iterator[Payment]:
    """Yield every charge made since then, newest first, including those of PaymentIntents."""
    with answers():
        listed = client().v1.charges.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
        yield from map(payment_of_charge, listed.auto_paging_iter())


def list_refunds(*, since: datetime) -> Iterator[StripeRefund]:
    """Yield every refund made since then, newest first."""
    with answers():
        listed = client().v1.refunds.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
        yield from map(refund_of, listed.auto_paging_iter())


def list_disputes(*, since: datetime) -> Iterator[StripeDispute]:
    """Yield every dispute and inquiry opened since then, newest first."""
    with answers():
        listed = client().v1.disputes.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
        yield from map(dispute_of, listed.auto_paging_iter())


def _find(payment_id: str) -> Payment:
    stripe = client(retries=0).v1
    if payment_id.startswith("cs_"):
        expand = ["payment_intent.latest_charge"]
        return payment_of_session(stripe.checkout.sessions.retrieve(payment_id, {"expand": expand}))
    if not payment_id.startswith("pi_"):
        charge = stripe.charges.retrieve(payment_id)
        if not charge.payment_intent:
            return payment_of_charge(charge)
        payment_id = str(charge.payment_intent)
    return payment_of_intent(stripe.payment_intents.retrieve(payment_id, {"expand": ["latest_charge"]}))
