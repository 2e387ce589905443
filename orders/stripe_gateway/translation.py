"""Translates Stripe's objects into plain values (orders.stripe_gateway.types)."""

from datetime import UTC, datetime
from typing import Any

from .client import GENERIC_DECLINE, shown_decline
from .labels import paid_with
from .types import Payment, StripeDispute, StripeRefund

INTENT_STATES = {"succeeded": "succeeded", "canceled": "canceled", "processing": "processing"}
CHARGE_STATES = {"succeeded": "succeeded", "failed": "declined", "pending": "processing"}


def payment_of_intent(intent: Any) -> Payment:
    """Translate a PaymentIntent, with its charge or its payment method expanded, or neither."""
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
        order_id=_metadata(intent, "order_id"),
        attempt=_metadata(intent, "attempt"),
        charge_id=_id_of(intent.latest_charge),
        payment_intent_id=intent.id,
        code=code,
        message=message,
        paid_with=_paid_with(intent) if state == "succeeded" else "",
    )


def payment_of_charge(charge: Any) -> Payment:
    """Translate a charge."""
    return Payment(
        state=CHARGE_STATES.get(charge.status, "open"),
        amount=charge.amount,
        currency=charge.currency,
        livemode=charge.livemode,
        order_id=_metadata(charge, "order_id"),
        attempt=_metadata(charge, "attempt"),
        charge_id=charge.id,
        payment_intent_id=_id_of(charge.payment_intent),
        refunded_amount=charge.amount_refunded,
        paid_with=paid_with(charge) if charge.status == "succeeded" else "",
        code=charge.failure_code or "",
        message=GENERIC_DECLINE if charge.failure_code else "",
    )


def payment_of_session(session: Any) -> Payment:
    """Translate a Checkout Session, with its PaymentIntent and the charge expanded."""
    paid = payment_of_intent(session.payment_intent) if session.payment_intent else None
    return Payment(
        state=_state_of_session(session, paid),
        amount=session.amount_total,
        currency=session.currency,
        livemode=session.livemode,
        order_id=_metadata(session, "order_id"),
        attempt=_metadata(session, "attempt"),
        charge_id=paid.charge_id if paid else "",
        payment_intent_id=paid.payment_intent_id if paid else "",
        session_id=session.id,
        code=paid.code if paid else "",
        message=paid.message if paid else "",
        paid_with=paid.paid_with if paid else "",
    )


def refund_of(refund: Any) -> StripeRefund:
    """Translate a refund."""
    return StripeRefund(
        id=refund.id,
        amount=refund.amount,
        status=refund.status or "pending",
        charge_id=_id_of(refund.charge),
        refund_id=_metadata(refund, "refund_id"),
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


def _paid_with(intent: Any) -> str:
    return paid_with(intent.latest_charge) or paid_with(intent.payment_method)


def _id_of(reference: Any) -> str:
    """Return the id that Stripe gives as text or within an expanded object, or an empty text."""
    return reference if isinstance(reference, str) else getattr(reference, "id", None) or ""


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


def _metadata(stripe_object: Any, name: str) -> str:
    """Return what the shop has written into the object's metadata under this name, or an empty text."""
    metadata = stripe_object.metadata  # an object of Stripe's library, without a dict's get()
    return metadata[name] if metadata and name in metadata else ""
