"""Asks Stripe about what no answer and no webhook has told, and settles it."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.utils import timezone

from orders import stripe_gateway
from orders.models import (
    DOUBTFUL_OUTCOMES,
    LIVE_OUTCOMES,
    Attempt,
    AttemptOutcome,
    Order,
    OrderStatus,
    Refund,
    RefundStatus,
    StripeEvent,
)
from orders.stripe_gateway import errors, types
from orders.stripe_gateway.events import EVENT_TYPES

from . import outdated, webhooks
from .attempts import CLOCK_TOLERANCE, close_session, live, resolve
from .sync import PaymentMismatch, settle

logger = logging.getLogger(__name__)

# An order nobody has paid by then is given up.
ORDER_LIFETIME = timedelta(hours=24)
# How far back Stripe remembers events (https://docs.stripe.com/api/events/list).
EVENTS_KEPT = timedelta(days=30)


@dataclass
class Outcome:
    """How many attempts and other things were looked at, and what became of them."""

    settled: int = 0
    ended: int = 0
    in_doubt: int = 0
    refunds: int = 0
    events: int = 0
    unreachable: bool = False

    def __str__(self) -> str:
        said = f"{self.settled} paid, {self.ended} not charged, {self.in_doubt} still in doubt."
        said += f" {self.refunds} refunds sent, {self.events} events made up for."
        return f"{said} Stripe could not be reached." if self.unreachable else said

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def reconcile(*, older_than: timedelta) -> Outcome:
    """Bring everything in step that has been waiting for longer than this.

    That is: attempts in doubt, open Checkout Sessions, refunds that Stripe has not confirmed, and events that
    no webhook has brought. Sessions at a price that no longer holds are closed however young. Stops where
    Stripe cannot be reached: it will not answer for the next either.
    """
    outcome = Outcome()
    before = timezone.now() - older_than
    try:
        _resolve_attempts(outcome, before)
        _send_refunds(outcome, before)
        _hear_events(outcome, before)
        _close_outdated_sessions(outcome)
    except (errors.OutcomeUnknown, errors.TurnedAway):
        outcome.unreachable = True
    return outcome


def expire_orders() -> int:
    """Give up the orders that nobody has paid in a day and that nobody can pay now; return how many."""
    old = Order.objects.filter(status=OrderStatus.PENDING, created_at__lt=timezone.now() - ORDER_LIFETIME)
    with transaction.atomic():
        # Locked first: whoever claims one of them meanwhile is waited for or waits.
        locked = list(old.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        orders = Order.objects.filter(pk__in=locked).exclude(attempts__outcome__in=LIVE_OUTCOMES)
        return orders.update(status=OrderStatus.EXPIRED)


def _resolve_attempts(outcome: Outcome, before: datetime) -> None:
    waiting = live(Attempt.objects.filter(created_at__lte=before))
    for attempt in waiting.select_related("order__user").order_by("created_at"):
        try:
            resolve(attempt, give_up=True)
        except errors.TurnedAway:
            raise
        except (errors.NothingCharged, PaymentMismatch):
            outcome.in_doubt += 1
            continue
        attempt.refresh_from_db()
        if attempt.outcome == AttemptOutcome.SUCCEEDED:
            outcome.settled += 1
        elif attempt.outcome in DOUBTFUL_OUTCOMES:
            outcome.in_doubt += 1
        elif attempt.outcome != AttemptOutcome.OPEN:
            outcome.ended += 1


def _send_refunds(outcome: Outcome, before: datetime) -> None:
    """Ask for the refunds that were written down and not answered: settling makes them."""
    requested = Refund.objects.filter(
        status=RefundStatus.REQUESTED, created_at__lte=before, order__livemode=settings.STRIPE_LIVE_MODE
    )
    for refund in requested.select_related("order__user"):
        try:
            settle(refund.order, refund.stripe_charge_id)
        except errors.TurnedAway:
            raise
        except (errors.NothingCharged, PaymentMismatch):
            logger.exception("Refund %s cannot be made.", refund.pk)
            continue
        outcome.refunds += 1


def _close_outdated_sessions(outcome: Outcome) -> None:
    """Close the sessions whose price no longer holds, whatever has changed it and whoever should have."""
    for attempt in outdated.find_sessions():
        try:
            close_session(attempt)
        except errors.TurnedAway:
            raise
        except (errors.NothingCharged, PaymentMismatch):
            logger.exception("The session of order %s cannot be closed.", attempt.order_id)
        else:
            outcome.ended += 1


def _hear_events(outcome: Outcome, before: datetime) -> None:
    """Handle the events that failed, and those that no webhook has brought since this was done last."""
    for kept in StripeEvent.objects.filter(handled_at=None):
        _try(outcome, webhooks.handle, kept)
    mode = "live" if settings.STRIPE_LIVE_MODE else "test"
    place = f"stripe-events-heard-until-{mode}"
    # Losing the place in the cache costs a longer list and nothing else.
    since = cache.get(place, before - EVENTS_KEPT)
    listed = stripe_gateway.list_events(types=EVENT_TYPES, since=since, until=before)
    for event in _unheard(listed):
        _try(outcome, webhooks.receive, event)
    cache.set(place, before - CLOCK_TOLERANCE, timeout=None)


def _unheard(events: Iterator[types.Event]) -> Iterator[types.Event]:
    for event in events:
        if not StripeEvent.objects.filter(pk=event.id).exists():
            yield event


def _try[Kind](outcome: Outcome, handle: Callable[[Kind], object], event: Kind) -> None:
    try:
        handle(event)
    except webhooks.NotHandled as failure:
        outcome.unreachable |= isinstance(failure.__cause__, errors.OutcomeUnknown | errors.TurnedAway)
    except DatabaseFailure:
        raise
    except Exception:
        # Written on the event, for staff; one that cannot be handled must not hold up the next.
        logger.exception("An event could not be handled.")
    else:
        outcome.events += 1
