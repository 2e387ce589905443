"""What became of one attempt to pay: asked of Stripe and recorded, or ended so that it can never charge."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from orders import stripe_gateway
from orders.models import (
    LIVE_OUTCOMES,
    Attempt,
    AttemptApi,
    AttemptOutcome,
    Order,
    OrderStatus,
)
from orders.stripe_gateway import errors
from orders.stripe_gateway.types import Payment

from .sync import LONGEST_CALL, UNSETTLED, settle

logger = logging.getLogger(__name__)


# Between our clock and Stripe's.
CLOCK_TOLERANCE = timedelta(minutes=5)


def look_at(order: Order) -> Order:
    """Ask Stripe once about an order that may have been paid, for its page.

    A call that may still be under way is left alone. Returns the order as it is now, unchanged if Stripe is
    away.
    """
    attempt = live(order.attempts.all()).first()
    if attempt is not None:
        old = attempt.created_at < timezone.now() - LONGEST_CALL
        try:
            resolve(attempt, give_up=old)
        except UNSETTLED:
            logger.warning("It is not known what became of order %s.", order.pk)
    return Order.objects.get(pk=order.pk)


def hear_of_return(attempt: Attempt) -> None:
    """Settle the session whose buyer has come back; the order is in doubt if Stripe cannot be asked."""
    try:
        settle(attempt.order, attempt.stripe_checkout_session_id)
    except UNSETTLED:
        attempt.doubt()


def resolve(attempt: Attempt, *, give_up: bool) -> None:
    """Find out what became of an attempt and record it.

    With `give_up` a charge that Stripe has not finished is ended for good: its PaymentIntent is canceled, so
    that it can never charge anybody. A Checkout Session is closed only if its order does not wait for it any
    more. Raises PaymentMismatch, and OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    if attempt.is_session:
        _resolve_session(attempt)
    else:
        _resolve_charge(attempt, give_up=give_up)


def _resolve_session(attempt: Attempt) -> None:
    if attempt.order.status != OrderStatus.PENDING or attempt.order.user.is_erased:
        close_session(attempt)
    elif attempt.stripe_checkout_session_id:
        settle(attempt.order, attempt.stripe_checkout_session_id)
    elif attempt.created_at < timezone.now() - LONGEST_CALL:
        attempt.give_up()


def _resolve_charge(attempt: Attempt, *, give_up: bool) -> None:
    payment = _find(attempt)
    if payment is None:
        if give_up and _cannot_come_any_more(attempt):
            attempt.give_up()
        return
    if payment.state == "open" and give_up and payment.payment_intent_id:
        payment = stripe_gateway.cancel_payment_intent(payment.payment_intent_id, key=attempt.idempotency_key)
    settle(attempt.order, payment.id)


def live(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """Return those that may still charge; about those of the other mode our keys cannot ask."""
    return attempts.filter(outcome__in=LIVE_OUTCOMES, order__livemode=settings.STRIPE_LIVE_MODE)


def _find(attempt: Attempt) -> Payment | None:
    """Return what Stripe has of the attempt: by its id, else among all that was made since it began."""
    if attempt.stripe_payment_intent_id:
        return stripe_gateway.find_payment(attempt.stripe_payment_intent_id)
    charges = attempt.api == AttemptApi.CHARGES
    made = stripe_gateway.list_charges if charges else stripe_gateway.list_payment_intents
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
    if attempt.api == AttemptApi.CHARGES:
        return attempt.created_at < timezone.now() - LONGEST_CALL
    return True


def close_session(attempt: Attempt) -> None:
    """Make sure that nobody can pay in an attempt's session any more, and record what has happened in it.

    Raises OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    if attempt.give_up():
        return
    attempt.refresh_from_db()
    order = Order.objects.get(pk=attempt.order_id)
    try:
        session = stripe_gateway.expire_session(
            attempt.stripe_checkout_session_id, key=attempt.idempotency_key
        )
    except errors.Missing:
        attempt.end(AttemptOutcome.FAILED, code="missing")
    else:
        settle(order, session.id)
