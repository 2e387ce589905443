"""Asks Stripe about the orders in doubt, and settles them."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from orders import outcomes, stripe_gateway
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.outcomes import Payment
from orders.settlement import PaymentMismatch, settle

logger = logging.getLogger(__name__)

# No request of ours to Stripe lasts longer (see stripe_gateway.TIMEOUT and gunicorn's --timeout): an attempt
# of this age of which Stripe knows nothing was never made.
LONGEST_CALL = timedelta(minutes=2)
# Between our clock and Stripe's.
CLOCK_TOLERANCE = timedelta(minutes=5)
# An order nobody has paid by then is given up.
ORDER_LIFETIME = timedelta(hours=24)


@dataclass
class Outcome:
    """How many orders were looked at and what became of them."""

    settled: int = 0
    ended: int = 0
    in_doubt: int = 0
    unreachable: bool = False

    def __str__(self) -> str:
        said = f"{self.settled} paid, {self.ended} not charged, {self.in_doubt} still in doubt."
        return f"{said} Stripe could not be reached." if self.unreachable else said

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def reconcile(*, older_than: timedelta) -> Outcome:
    """Ask Stripe about every order in doubt for longer than this, and settle or end it.

    Stops at the first order for which Stripe cannot be reached: it will not answer for the next either.
    """
    outcome = Outcome()
    doubtful = _doubtful(Attempt.objects.filter(created_at__lte=timezone.now() - older_than))
    for attempt in doubtful.select_related("order__user").order_by("created_at"):
        try:
            resolve(attempt, give_up=True)
        except (outcomes.OutcomeUnknown, outcomes.TurnedAway):
            outcome.unreachable = True
            break
        except (outcomes.NothingCharged, PaymentMismatch):
            outcome.in_doubt += 1
            continue
        attempt.refresh_from_db()
        if attempt.outcome == AttemptOutcome.SUCCEEDED:
            outcome.settled += 1
        elif attempt.outcome == AttemptOutcome.UNKNOWN:
            outcome.in_doubt += 1
        else:
            outcome.ended += 1
    return outcome


def look_at(order: Order) -> Order:
    """Ask Stripe once about an order in doubt, for its page; leave a call alone that may still be under way.

    Returns the order as it is now, in doubt still if Stripe could not be reached.
    """
    attempt = _doubtful(order.attempts.all()).first()
    if attempt is not None:
        old = attempt.created_at < timezone.now() - LONGEST_CALL
        try:
            resolve(attempt, give_up=old)
        except (outcomes.OutcomeUnknown, outcomes.NothingCharged, PaymentMismatch):
            logger.warning("Order %s is still in doubt.", order.pk)
    return Order.objects.get(pk=order.pk)


def resolve(attempt: Attempt, *, give_up: bool) -> None:
    """Find out what became of an attempt and record it.

    With `give_up` an attempt that Stripe has not finished is ended for good: its PaymentIntent is canceled,
    so that it can never charge anybody. Raises PaymentMismatch, and OutcomeUnknown or NothingCharged if
    Stripe cannot be asked.
    """
    payment = _find(attempt)
    if payment is not None and payment.state == "open" and give_up and payment.payment_intent_id:
        payment = stripe_gateway.cancel_payment_intent(payment.payment_intent_id, key=attempt.idempotency_key)
    if payment is None:
        if give_up and _cannot_come_any_more(attempt):
            attempt.give_up()
    elif payment.state == "succeeded":
        settle(attempt.order, payment)
    elif payment.state == "declined":
        attempt.end(AttemptOutcome.DECLINED, code=payment.code, message=payment.message)
    elif payment.state == "canceled":
        attempt.end(AttemptOutcome.FAILED, code="canceled")


def expire_orders() -> int:
    """Give up the orders that nobody has paid in a day and of which nothing is in doubt; return how many."""
    old = Order.objects.filter(status=OrderStatus.PENDING, created_at__lt=timezone.now() - ORDER_LIFETIME)
    with transaction.atomic():
        # Locked first: whoever claims one of them meanwhile is waited for or waits.
        locked = list(old.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        orders = Order.objects.filter(pk__in=locked).exclude(attempts__outcome=AttemptOutcome.UNKNOWN)
        return orders.update(status=OrderStatus.EXPIRED)


def _doubtful(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Return those of unknown outcome about which our keys can ask; of the other mode they know nothing."""
    return attempts.filter(outcome=AttemptOutcome.UNKNOWN, order__livemode=settings.STRIPE_LIVE_MODE)


def _find(attempt: Attempt) -> Payment | None:
    """Return what Stripe has of the attempt: by its id, else among all that was made since it began."""
    if attempt.stripe_payment_intent_id:
        return stripe_gateway.find_payment_intent(attempt.stripe_payment_intent_id)
    made = stripe_gateway.list_charges if attempt.api == "charges" else stripe_gateway.list_payment_intents
    wanted = (str(attempt.order_id), str(attempt.number))
    for payment in made(since=attempt.created_at - CLOCK_TOLERANCE):
        if (payment.order_id, payment.attempt) == wanted:
            return payment
    return None


def _cannot_come_any_more(attempt: Attempt) -> bool:
    """Tell whether an attempt unknown to Stripe will stay so.

    A PaymentIntent is confirmed only after its id was written to an attempt that is not given up, so ending
    the attempt is enough. A charge may still be on its way for as long as a call can last.
    """
    if attempt.api == "charges":
        return attempt.created_at < timezone.now() - LONGEST_CALL
    return True
