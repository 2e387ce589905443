"""Stripe's events: signed, by webhook, or from Stripe's list."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from .client import answers, client
from .errors import NotFromStripe
from .types import Event

# Which types the webhook endpoint at Stripe subscribes to (docs/going-live.md).
EVENT_TYPES = [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refunded",
    "charge.succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
]

# Seconds by which a signature may be late (https://docs.stripe.com/webhooks/signature).
TOLERANCE = 300


def read_event(payload: bytes, signature: str) -> Event:
    """Return the event in a webhook's raw body if it is signed with one of our secrets.

    Raises NotFromStripe for anything else.
    """
    try:
        body = payload.decode()
        if not any(_is_signed(body, signature, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
            raise NotFromStripe("signature")
        return _event(json.loads(body))
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, OSError, RecursionError) as error:
        raise NotFromStripe(type(error).__name__) from error


def list_events(*, types: list[str], since: datetime, until: datetime) -> Iterator[Event]:
    """Yield the events of these types in this period, newest first; Stripe keeps them for 30 days."""
    with answers():
        listed = client().v1.events.list(
            {
                "types": types,
                "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
                "limit": 100,
            }
        )
        for event in listed.auto_paging_iter():
            yield _event(event.to_dict())


def _is_signed(body: str, signature: str, secret: str) -> bool:
    # Loaded late: it takes 7 MB, and few requests need it.
    import stripe  # noqa: PLC0415

    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
    except stripe.SignatureVerificationError:
        return False


def _event(values: dict[str, Any]) -> Event:
    if values["object"] != "event":
        raise ValueError("not an event")
    stripe_object = values["data"]["object"]
    return Event(
        id=_text(values["id"]),
        type=_text(values["type"]),
        livemode=bool(values["livemode"]),
        api_version=_text(values.get("api_version") or ""),
        created_at=datetime.fromtimestamp(values["created"], tz=UTC),
        object_id=_text(stripe_object.get("id") or ""),
        payment_id=_payment_id(stripe_object),
        order_id=_text((stripe_object.get("metadata") or {}).get("order_id") or ""),
    )


def _payment_id(stripe_object: dict[str, Any]) -> str:
    """Return the id under which to look up the payment that this event's object belongs to."""
    kind = stripe_object.get("object")
    if kind in {"checkout.session", "payment_intent"}:
        return _text(stripe_object["id"])
    if kind == "charge":
        return _text(stripe_object.get("payment_intent") or stripe_object["id"])
    if kind in {"refund", "dispute"}:
        return _text(stripe_object.get("payment_intent") or stripe_object.get("charge") or "")
    return ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise ValueError("not a short text")
    return value
