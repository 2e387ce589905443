"""Finds out from Stripe how an attempt to pay ended, or ends it so that it can never charge the buyer."""

import logging
from datetime import timedelta

from django.utils import timezone

from orders import stripe_gateway
from orders.models import Attempt, AttemptApi, AttemptOutcome, Order, OrderStatus
from orders.stripe_gateway import errors
from orders.stripe_gateway.types import Payment

from .sync import LONGEST_CALL, UNSETTLED, settle

logger = logging.getLogger(__name__)

# How far our clock may be from Stripe's.
CLOCK_TOLERANCE = timedelta(minutes=5)


def refresh_from_stripe(order: Order) -> None:
    """Ask Stripe once about an order that may have been paid, for the order's page.

    A call that may still be under way is left alone. Nothing changes if Stripe cannot be reached.
    """
    attempt = order.attempts.unfinished().first()
    if attempt is not None:
        try:
            resolve(attempt, cancel=_is_old(attempt))
        except UNSETTLED:
            logger.warning("The outcome of order %s is still unknown.", order.pk)


def settle_after_return(attempt: Attempt) -> None:
    """Settle the session from which the buyer has come back, or put the order in doubt if Stripe fails."""
    try:
        settle(attempt.order, attempt.stripe_checkout_session_id)
    except UNSETTLED:
        attempt.mark_in_doubt()


def resolve(attempt: Attempt, *, cancel: bool) -> None:
    """Find out how an attempt ended, and record it.

    With `cancel`, a charge that Stripe has not finished is ended: its PaymentIntent is canceled, so that it
    can never charge anybody. A Checkout Session is expired only if its order no longer waits for it. Raises
    PaymentMismatch, and OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    if attempt.is_session:
        _resolve_session(attempt)
    else:
        _resolve_charge(attempt, cancel=cancel)


def _resolve_session(attempt: Attempt) -> None:
    if attempt.order.status != OrderStatus.PENDING or attempt.order.user.is_erased:
        close_session(attempt)
    elif attempt.stripe_checkout_session_id:
        settle(attempt.order, attempt.stripe_checkout_session_id)
    elif _is_old(attempt):
        attempt.abandon()


def _resolve_charge(attempt: Attempt, *, cancel: bool) -> None:
    payment = _find(attempt)
    if payment is None:
        if cancel and _cannot_arrive(attempt):
            attempt.abandon()
        return
    if payment.state == "open" and cancel and payment.payment_intent_id:
        payment = stripe_gateway.cancel_payment_intent(payment.payment_intent_id, key=attempt.idempotency_key)
    settle(attempt.order, payment.id)


def _find(attempt: Attempt) -> Payment | None:
    """Return the attempt's payment at Stripe: by its id, or among everything made since the attempt began."""
    if attempt.stripe_payment_intent_id:
        return stripe_gateway.find_payment(attempt.stripe_payment_intent_id)
    charges = attempt.api == AttemptApi.CHARGES
    made = stripe_gateway.list_charges if charges else stripe_gateway.list_payment_intents
    wanted = (str(attempt.order_id), str(attempt.number))
    for payment in made(since=attempt.created_at - CLOCK_TOLERANCE):
        if (payment.order_id, payment.attempt) == wanted:
            return payment
    return None


def _cannot_arrive(attempt: Attempt) -> bool:
    """Tell whether an attempt that Stripe does not know is certain never to reach it.

    A PaymentIntent is confirmed only after its id was recorded on an unfinished attempt, so ending the
    attempt is enough. A charge may still be on its way for as long as a call can last.
    """
    return attempt.api != AttemptApi.CHARGES or _is_old(attempt)


def _is_old(attempt: Attempt) -> bool:
    """Tell whether the attempt is too old for a request of it to be still under way."""
    return attempt.created_at < timezone.now() - LONGEST_CALL


def close_session(attempt: Attempt) -> None:
    """Expire an attempt's session, so that nobody can pay in it, and record what has happened in it.

    Raises OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    if attempt.abandon():
        return
    attempt.refresh_from_db()
    if not attempt.stripe_checkout_session_id:
        # Another process has just ended it: there is no session, and there will be none.
        return
    order = Order.objects.get(pk=attempt.order_id)
    try:
        session = stripe_gateway.expire_session(
            attempt.stripe_checkout_session_id, key=attempt.idempotency_key
        )
    except errors.Missing:
        attempt.end(AttemptOutcome.FAILED, code="missing")
    else:
        settle(order, session.id)
