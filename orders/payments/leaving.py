"""Ends what of a reader's purchases is under way when the account is to be erased, or waits for it.

`users.personal_data.erasure` calls it by way of settings.BEFORE_ERASURE.
"""

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from orders.models import LIVE_OUTCOMES, Attempt, AttemptOutcome
from users.models import CustomUser
from users.personal_data.erasure import ErasureWaits

from .attempts import close_session, resolve
from .sync import LONGEST_CALL, UNSETTLED


def end_what_is_under_way(user: CustomUser) -> None:
    """Close the account's Checkout Sessions and find out what became of its other payments.

    Asks Stripe, so it is called outside every transaction. Raises ErasureWaits if Stripe cannot say, and if a
    payment has just gone through: its buyer should know that before the account and its books are gone.
    """
    for attempt in _live(user).select_related("order__user"):
        try:
            _end(attempt)
        except UNSETTLED as silence:
            raise _not_settled(attempt) from silence
        attempt.refresh_from_db()
        if attempt.outcome == AttemptOutcome.SUCCEEDED:
            raise ErasureWaits(
                f"Order {attempt.order.number} has just been paid, so nothing has been erased. "
                "Have a look at it, then erase the account again."
            )


def check_that_nothing_is_under_way(user: CustomUser) -> None:
    """Raise ErasureWaits if the account may still be charged. Call it with the account locked."""
    if attempt := _live(user).first():
        raise _not_settled(attempt)


def _live(user: CustomUser) -> QuerySet[Attempt]:
    """Return the attempts that may still charge; about those of the other mode our keys cannot ask."""
    in_this_mode = Attempt.objects.filter(order__user=user, order__livemode=settings.STRIPE_LIVE_MODE)
    return in_this_mode.filter(outcome__in=LIVE_OUTCOMES).order_by("pk")


def _end(attempt: Attempt) -> None:
    if attempt.is_session:
        close_session(attempt)
    else:
        resolve(attempt, give_up=attempt.created_at < timezone.now() - LONGEST_CALL)


def _not_settled(attempt: Attempt) -> ErasureWaits:
    return ErasureWaits(
        f"The payment for order {attempt.order.number} is still being confirmed, so nothing has been erased. "
        "Please try again in a few minutes; a bank transfer may take some days."
    )
