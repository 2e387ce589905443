"""From Stripe's objects to plain values (orders.stripe_gateway.types)."""

from datetime import UTC, datetime
from typing import Any

from .client import GENERIC_DECLINE, shown_decline
from .types import Payment, StripeDispute, StripeRefund

INTENT_STATES = {"succeeded": "succeeded", "canceled": "canceled", "processing": "processing"}
CHARGE_STATES = {"succeeded": "succeeded", "failed": "declined", "pending": "processing"}


def payment_of_intent(intent: Any) -> Payment:
    """Translate a PaymentIntent, its charge expanded or not."""
    failure = intent.last_payment_error
    state = INTENT_STATES.get(intent.status, "open")
    code = message = ""
    if state == "open" and failure is not None:
        state = "declined"
        code = getattr(failure, "decline_code", None) or getattr(failure, "code", None) or ""
        message = shown_decline(code, getattr(failure, "message", None))
    return Payment(
        state=state,
        amount=intent.amount,
        currency=intent.currency,
        livemode=intent.livemode,
        order_id=_written(intent, "order_id"),
        attempt=_written(intent, "attempt"),
        charge_id=_id_of(intent.latest_charge),
        payment_intent_id=intent.id,
        code=code,
        message=message,
    )


def payment_of_charge(charge: Any) -> Payment:
    """Translate a charge."""
    return Payment(
        state=CHARGE_STATES.get(charge.status, "open"),
        amount=charge.amount,
        currency=charge.currency,
        livemode=charge.livemode,
        order_id=_written(charge, "order_id"),
        attempt=_written(charge, "attempt"),
        charge_id=charge.id,
        payment_intent_id=_id_of(charge.payment_intent),
        refunded_amount=charge.amount_refunded,
        code=charge.failure_code or "",
        message=GENERIC_DECLINE if charge.failure_code else "",
    )


def payment_of_session(session: Any) -> Payment:
    """Translate a Checkout Session with its PaymentIntent and that one's charge expanded."""
    paid = payment_of_intent(session.payment_intent) if session.payment_intent else None
    return Payment(
        state=_state_of_session(session, paid),
        amount=session.amount_total,
        currency=session.currency,
        livemode=session.livemode,
        order_id=_written(session, "order_id"),
        attempt=_written(session, "attempt"),
        charge_id=paid.charge_id if paid else "",
        payment_intent_id=paid.payment_intent_id if paid else "",
        session_id=session.id,
        code=paid.code if paid else "",
        message=paid.message if paid else "",
    )


def refund_of(refund: Any) -> StripeRefund:
    """Translate a refund."""
    return StripeRefund(
        id=refund.id,
        amount=refund.amount,
        status=refund.status or "pending",
        charge_id=_id_of(refund.charge),
        refund_id=_written(refund, "refund_id"),
        code=getattr(refund, "failure_reason", None) or "",
    )


def dispute_of(dispute: Any) -> StripeDispute:
    """Translate a dispute or inquiry."""
    return StripeDispute(
        id=dispute.id,
        amount=dispute.amount,
        status=dispute.status,
        reason=dispute.reason,
        charge_id=_id_of(dispute.charge),
        opened_at=datetime.fromtimestamp(dispute.created, tz=UTC),
        due_by=_moment(getattr(dispute.evidence_details, "due_by", None)),
    )


def _state_of_session(session: Any, paid: Payment | None) -> str:
    """Return the state of the payment in a session; a card declined in it does not end it."""
    if session.status == "open":
        return "open"
    if session.status == "expired":
        return "canceled"
    if session.payment_status != "unpaid":
        return "succeeded"
    return "declined" if paid and paid.state in {"declined", "canceled"} else "processing"


def _id_of(stripe_object: Any) -> str:
    """Return the id of what is named by it, or expanded into the whole object, or missing."""
    return stripe_object if isinstance(stripe_object, str) else getattr(stripe_object, "id", None) or ""


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


def _written(stripe_object: Any, name: str) -> str:
    """Return what we wrote into the metadata under this name; metadata is an object, not a dict."""
    return stripe_object.metadata[name] if stripe_object.metadata and name in stripe_object.metadata else ""
