"""What the worker does about customers: lost answers, and those whose reader has left."""

import logging
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from orders import stripe_gateway
from orders.models import StripeCustomer
from orders.payments.attempts import CLOCK_TOLERANCE
from orders.payments.sync import LONGEST_CALL
from orders.stripe_gateway.errors import Missing, NothingCharged, OutcomeUnknown, TurnedAway

logger = logging.getLogger(__name__)

AT_ONCE = 100


def tidy() -> None:
    """Find out whether Stripe made the customers that it was asked for, and delete those of erased accounts.

    Only in the current mode (test or live): our keys cannot ask Stripe about the others. What fails is tried
    again the next time.
    """
    ours = StripeCustomer.objects.filter(livemode=settings.STRIPE_LIVE_MODE)
    unanswered = ours.filter(stripe_customer_id="", asked_at__lt=timezone.now() - LONGEST_CALL)
    # Stripe may be making one right now.
    left = ours.filter(user=None).exclude(stripe_customer_id="", asked_at__isnull=False)
    try:
        for customer in unanswered[:AT_ONCE]:
            _look_up(customer, customer.asked_at or customer.created_at)
        for customer in left[:AT_ONCE]:
            _delete(customer)
    except (OutcomeUnknown, TurnedAway) as failure:
        logger.warning("Stripe's customers are tidied later: %r.", failure)


def _look_up(customer: StripeCustomer, asked_at: datetime) -> None:
    """Find what Stripe made of a request whose answer was lost, by when it was and its key."""
    found = stripe_gateway.find_customer(
        key=customer.idempotency_key,
        since=asked_at - CLOCK_TOLERANCE,
        until=asked_at + LONGEST_CALL + CLOCK_TOLERANCE,
    )
    if found:
        customer.name(found)
    else:
        customer.begin_again()


def _delete(customer: StripeCustomer) -> None:
    """Delete it at Stripe, then here; a crash in between is made up for the next time."""
    if customer.stripe_customer_id:
        try:
            stripe_gateway.delete_customer(customer.stripe_customer_id)
        except Missing:
            logger.info("Customer %s had been deleted before.", customer.stripe_customer_id)
        except TurnedAway:
            raise
        except NothingCharged:
            logger.exception("Customer %s cannot be deleted.", customer.stripe_customer_id)
            return
    customer.delete()
