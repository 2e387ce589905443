"""Charges the card behind a token, or makes sure that it is never charged."""

from dataclasses import replace
from uuid import uuid4

from .client import answers, client
from .errors import OutcomeUnknown
from .lookup import find_payment
from .translation import payment_of_charge, payment_of_intent
from .types import Payment, PaymentRequest


def create_payment_intent(request: PaymentRequest, *, token: str) -> str:
    """Make an unconfirmed PaymentIntent for the card behind a token, and return its id.

    Nothing is charged until confirm_payment_intent is called with this id.
    """
    with answers():
        method = client().v1.payment_methods.create(
            {"type": "card", "card": {"token": token}, "metadata": {"order_id": request.order_id}},
            {"idempotency_key": f"{request.key}-method"},
        )
        intent = client().v1.payment_intents.create(
            {
                "amount": request.amount,
                "currency": request.currency,
                "payment_method": method.id,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "description": request.description,
                "receipt_email": request.receipt_email,
                "metadata": request.metadata,
            },
            {"idempotency_key": f"{request.key}-intent"},
        )
    return intent.id


def confirm_payment_intent(request: PaymentRequest, *, payment_intent_id: str) -> Payment:
    """Charge the card. A card that needs confirmation from the bank is declined instead of left waiting."""
    with answers(charging=True):
        intent = client().v1.payment_intents.confirm(
            payment_intent_id,
            # What it was paid with is known by the method too, which is a third of the charge.
            {"error_on_requires_action": True, "expand": ["payment_method"]},
            {"idempotency_key": f"{request.key}-confirm"},
        )
    return replace(payment_of_intent(intent), session_id="")


def charge_token(request: PaymentRequest, *, token: str) -> Payment:
    """Charge a token with the old Charges API, for accounts that still may use it."""
    with answers(charging=True):
        charge = client().v1.charges.create(
            {
                "amount": request.amount,
                "currency": request.currency,
                "source": token,
                "description": request.description,
                "receipt_email": request.receipt_email,
                "metadata": request.metadata,
            },
            {"idempotency_key": request.key},
        )
    return replace(payment_of_charge(charge), session_id="")


def cancel_payment_intent(payment_intent_id: str, *, key: str) -> Payment:
    """Cancel a PaymentIntent, so that it can never charge anybody; return it, paid if it was too late."""
    try:
        with answers():
            intent = client().v1.payment_intents.cancel(
                # A new key each time: under an old one, Stripe repeats a stored error for a day.
                payment_intent_id,
                {},
                {"idempotency_key": f"{key}-cancel-{uuid4().hex}"},
            )
    except OutcomeUnknown:
        return find_payment(payment_intent_id)
    return payment_of_intent(intent)
