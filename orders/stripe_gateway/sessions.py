"""Checkout Sessions: the buyer pays on Stripe's page, embedded in ours or by redirect.

Parameters as of 2026-10-28.endive: `ui_mode` is embedded_page or hosted_page; which payment methods are
offered is set in Stripe's dashboard, and Checkout shows those that take the currency
(https://docs.stripe.com/api/checkout/sessions/create).
"""

from typing import Any
from uuid import uuid4

from .client import answers, client
from .errors import Missing, NothingCharged
from .translation import payment_of_session
from .types import Session, SessionRequest

EXPANDED = ["payment_intent.latest_charge"]
# Checkout keeps what a customer types. It asks before it keeps a card, and lets them remove it the next time.
KEPT = {
    "customer_update": {"address": "auto", "name": "auto"},
    "saved_payment_method_options": {"payment_method_save": "enabled", "payment_method_remove": "enabled"},
}


def create_session(request: SessionRequest) -> Session:
    """Create a session for an attempt, or return the one that was created under the attempt's key before.

    Raises Missing if the customer was deleted in Stripe's dashboard.
    """
    with answers():
        session = client().v1.checkout.sessions.create(
            _parameters(request), {"idempotency_key": f"{request.payment.key}-session"}
        )
    return _session(session)


def find_session(session_id: str) -> Session:
    """Return a session as it is now."""
    with answers():
        sessions = client(retries=0).v1.checkout.sessions
        return _session(sessions.retrieve(session_id, {"expand": EXPANDED}))


def expire_session(session_id: str, *, key: str) -> Session:
    """Expire a session, so that nobody can pay in it; return it, paid if it was too late."""
    try:
        with answers():
            expired = client().v1.checkout.sessions.expire(
                session_id,
                {"expand": EXPANDED},
                # A new key each time: under an old one, Stripe repeats a stored error for a day.
                {"idempotency_key": f"{key}-expire-{uuid4().hex}"},
            )
    except Missing:
        raise
    except NothingCharged:
        # It is no longer open.
        return find_session(session_id)
    return _session(expired)


def _parameters(request: SessionRequest) -> Any:
    payment = request.payment
    product = {"name": request.title}
    price = {"currency": payment.currency, "unit_amount": payment.amount, "product_data": product}
    if request.embedded:
        pages = {"ui_mode": "embedded_page", "return_url": request.return_url}
    else:
        pages = {
            "ui_mode": "hosted_page",
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
        }
    if request.customer_id:
        buyer = {"customer": request.customer_id} | KEPT
    else:
        buyer = {"customer_email": payment.receipt_email}
    return (
        pages
        | buyer
        | {
            "mode": "payment",
            # Whatever the dashboard says: the receipt names the sum that was charged.
            "adaptive_pricing": {"enabled": False},
            "line_items": [{"quantity": 1, "price_data": price}],
            "client_reference_id": payment.order_id,
            "expires_at": int(request.expires_at.timestamp()),
            "locale": "auto",
            "metadata": payment.metadata,
            # A copy: Stripe does not pass a session's metadata on to its payment, refunds and disputes.
            "payment_intent_data": {
                "description": payment.description,
                "receipt_email": payment.receipt_email,
                "metadata": payment.metadata,
            },
            "expand": EXPANDED,
        }
    )


def _session(session: Any) -> Session:
    return Session(
        id=session.id,
        payment=payment_of_session(session),
        client_secret=session.client_secret or "",
        url=session.url or "",
    )
