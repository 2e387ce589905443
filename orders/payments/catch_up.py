"""Polls Stripe for payments, refunds and events whose outcome never reached us, and settles them."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import batched

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
    OrderLine,
    OrderStatus,
    Refund,
    RefundStatus,
    StripeEvent,
)
from orders.stripe_gateway import errors, types
from orders.stripe_gateway.events import EVENT_TYPES

from . import outdated, webhooks
from .attempts import CLOCK_TOLERANCE, close_session, resolve
from .sync import PaymentMismatch, settle

logger = logging.getLogger(__name__)

# An order still unpaid after this long expires.
ORDER_LIFETIME = timedelta(hours=24)
# How long Stripe keeps events (https://docs.stripe.com/api/events/list).
EVENTS_KEPT = timedelta(days=30)
EVENTS_AT_ONCE = 100


@dataclass
class Outcome:
    """How many payments, refunds and events were looked at, and how they ended."""

    settled: int = 0
    ended: int = 0
    in_doubt: int = 0
    refunds: int = 0
    events: int = 0
    unreachable: bool = False

    def __str__(self) -> str:
        said = f"{self.settled} paid, {self.ended} not charged, {self.in_doubt} still in doubt."
        said += f" {self.refunds} refunds sent, {self.events} events recovered."
        return f"{said} Stripe could not be reached." if self.unreachable else said

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def reconcile(*, older_than: timedelta) -> Outcome:
    """Settle everything that has been waiting for longer than this.

    That is: attempts in doubt, open Checkout Sessions, refunds that Stripe has not confirmed, and events that
    no webhook has delivered. Sessions at an outdated price are expired however young. Stops at the first
    request that does not reach Stripe, since the next would not either.
    """
    outcome = Outcome()
    before = timezone.now() - older_than
    try:
        _resolve_attempts(outcome, before)
        _send_refunds(outcome, before)
        _recover_events(outcome, before)
        _close_outdated_sessions(outcome)
    except (errors.OutcomeUnknown, errors.TurnedAway):
        outcome.unreachable = True
    return outcome


def expire_orders() -> int:
    """Expire the orders that nobody has paid in a day and that nobody can pay now; return how many."""
    old = Order.objects.filter(status=OrderStatus.PENDING, created_at__lt=timezone.now() - ORDER_LIFETIME)
    with transaction.atomic():
        # Locked first: somebody may be claiming an attempt for one of them at this moment.
        locked = list(old.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        live = Attempt.objects.filter(order__in=locked, outcome__in=LIVE_OUTCOMES)
        left = set(locked) - set(live.values_list("order", flat=True))
        OrderLine.objects.filter(order__in=left).update(is_open=False)
        return Order.objects.filter(pk__in=left).update(status=OrderStatus.EXPIRED)


def _resolve_attempts(outcome: Outcome, before: datetime) -> None:
    waiting = Attempt.objects.unfinished().filter(created_at__lte=before)
    for attempt in waiting.select_related("order__user").order_by("created_at"):
        try:
            resolve(attempt, cancel=True)
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
    """Make the refunds that were requested and never answered: settle sends them."""
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
    """Expire the sessions whose price is outdated and that nobody has expired yet."""
    for attempt in outdated.find_sessions():
        try:
            close_session(attempt)
        except errors.TurnedAway:
            raise
        except (errors.NothingCharged, PaymentMismatch):
            logger.exception("The session of order %s cannot be closed.", attempt.order_id)
        else:
            outcome.ended += 1


def _recover_events(outcome: Outcome, before: datetime) -> None:
    """Handle the events that failed, and those that no webhook has delivered since the last time."""
    for kept in StripeEvent.objects.filter(handled_at=None):
        _try(outcome, webhooks.handle, kept)
    mode = "live" if settings.STRIPE_LIVE_MODE else "test"
    place = f"stripe-events-heard-until-{mode}"
    # If the cache loses the place, the next list is longer, and that is all.
    since = cache.get(place, before - EVENTS_KEPT)
    listed = stripe_gateway.list_events(types=EVENT_TYPES, since=since, until=before)
    for event in _unknown(listed):
        _try(outcome, webhooks.record_and_handle, event)
    cache.set(place, before - CLOCK_TOLERANCE, timeout=None)


def _unknown(events: Iterator[types.Event]) -> Iterator[types.Event]:
    # By the hundred, as Stripe lists them. Handling an event once too often would change nothing.
    for batch in batched(events, EVENTS_AT_ONCE, strict=False):
        known = set(
            StripeEvent.objects.filter(pk__in=[each.id for each in batch]).values_list("pk", flat=True)
        )
        yield from (event for event in batch if event.id not in known)


def _try[Kind](outcome: Outcome, handle: Callable[[Kind], object], event: Kind) -> None:
    try:
        handle(event)
    except webhooks.NotHandled as failure:
        outcome.unreachable |= isinstance(failure.__cause__, errors.OutcomeUnknown | errors.TurnedAway)
    except DatabaseFailure:
        raise
    except Exception:
        # Staff find the error on the event. One event that cannot be handled must not stop the others.
        logger.exception("An event could not be handled.")
    else:
        outcome.events += 1
