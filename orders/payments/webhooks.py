"""Handles Stripe's events: each is recorded once, then the payment that it is about is settled.

An event may be old, repeated or out of order, so the shop takes nothing from it except which payment to look
up at Stripe.
"""

import logging
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from orders import stripe_gateway
from orders.models import Attempt, Order, StripeEvent
from orders.stripe_gateway.errors import Missing, NotFromStripe, NothingCharged, OutcomeUnknown
from orders.stripe_gateway.events import EVENT_TYPES
from orders.stripe_gateway.types import Event

from . import outdated
from .sync import PaymentMismatch, settle

# With what the endpoint and the admin need from the gateway, so that they need not import it.
__all__ = ["EVENT_TYPES", "NotFromStripe", "NotHandled", "handle", "receive", "record_and_handle"]

logger = logging.getLogger(__name__)


class NotHandled(Exception):
    """The event could not be handled now. It is recorded, and will be tried again."""


def receive(body: bytes, signature: str) -> None:
    """Handle the event in a webhook's raw body. Raises NotFromStripe and NotHandled."""
    record_and_handle(stripe_gateway.read_event(body, signature))


def record_and_handle(event: Event) -> None:
    """Record an event and handle it, unless it has been handled before. Raises NotHandled."""
    kept = StripeEvent.objects.filter(pk=event.id).first() or _record(event)
    if kept.handled_at is None:
        handle(kept)


def _record(event: Event) -> StripeEvent:
    """Record an event; of several deliveries at the same moment, one is kept, and each may be handled."""
    kept = StripeEvent(
        id=event.id,
        type=event.type,
        object_id=event.object_id,
        payment_id=event.payment_id,
        order=_find_order(event),
        livemode=event.livemode,
        api_version=event.api_version,
        created_at=event.created_at,
    )
    StripeEvent.objects.bulk_create([kept], ignore_conflicts=True)
    return kept


def handle(event: StripeEvent) -> None:
    """Settle what an event is about, and record the outcome on the event. Safe to repeat.

    Raises NotHandled.
    """
    try:
        ignored = _settle(event)
    except Missing:
        ignored = "Stripe does not have the payment"
    except PaymentMismatch:
        ignored = "not what was ordered: see the money doctor"
    except (NothingCharged, OutcomeUnknown) as error:
        event.fail(f"{type(error).__name__}: {error}")
        raise NotHandled(event.pk) from error
    except Exception as error:
        event.fail(type(error).__name__)
        raise
    event.finish(ignored=ignored)


def _settle(event: StripeEvent) -> str:
    """Settle the event's order; return why there was nothing to settle, or an empty text."""
    if event.livemode != settings.STRIPE_LIVE_MODE:
        return "the other mode (test or live)"
    if event.type not in EVENT_TYPES or not event.payment_id:
        return "a type of no interest"
    order = event.order or _ask_for_order(event.payment_id)
    if order is None:
        logger.error(
            "Event %s is about %s, which belongs to no order of this shop.", event.pk, event.payment_id
        )
        return "no order of this shop"
    settle(order, event.payment_id)
    # A refund or a dispute changes what the reader's other orders cost.
    outdated.close_sessions_of(order.user)
    return ""


def _find_order(event: Event) -> Order | None:
    """Return the order that an event names, directly or by its payment."""
    if event.order_id:
        return _order(event.order_id)
    if not event.payment_id:
        return None
    of_payment = (
        Q(stripe_checkout_session_id=event.payment_id)
        | Q(stripe_payment_intent_id=event.payment_id)
        | Q(stripe_charge_id=event.payment_id)
    )
    attempt = Attempt.objects.filter(of_payment).select_related("order__user").first()
    return attempt.order if attempt else Order.objects.filter(of_payment).select_related("user").first()


def _ask_for_order(payment_id: str) -> Order | None:
    """Return the order that the payment names at Stripe: refunds and disputes do not name it."""
    return _order(stripe_gateway.find_payment(payment_id).order_id)


def _order(order_id: str) -> Order | None:
    try:
        return Order.objects.filter(pk=UUID(order_id)).select_related("user").first()
    except ValueError:
        return None
