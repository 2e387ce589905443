"""Ends a reader's purchases that are under way before the account is erased, or makes the erasure wait.

`users.personal_data.erasure` calls it through settings.BEFORE_ERASURE.
"""

from django.db.models import QuerySet
from django.utils import timezone
from post_office.models import Email

from orders.models import Attempt, AttemptOutcome, Gift, Order, OrderSource, Reminder, Seat, StripeCustomer
from users.models import CustomUser
from users.personal_data.erasure import ErasureWaits

from .attempts import close_session, resolve
from .sync import LONGEST_CALL, UNSETTLED


def end_what_is_under_way(user: CustomUser) -> None:
    """Expire the account's Checkout Sessions and find out how its other payments ended.

    Asks Stripe, so call it outside any transaction. Raises ErasureWaits if Stripe cannot say, and if a
    payment has just gone through: the buyer should know before the account and its books are gone.
    """
    for attempt in _unfinished(user).select_related("order__user"):
        try:
            _end(attempt)
        except UNSETTLED as silence:
            raise _not_settled(attempt) from silence
        attempt.refresh_from_db()
        if attempt.outcome == AttemptOutcome.SUCCEEDED:
            raise ErasureWaits(
                f"Order {attempt.order.number} has just been paid, so nothing has been erased. "
                "Please look at it, then erase your account again."
            )


def check_that_nothing_is_under_way(user: CustomUser) -> None:
    """Raise ErasureWaits if the account may still be charged. Call it with the account locked."""
    if attempt := _unfinished(user).first():
        raise _not_settled(attempt)


def forget(user: CustomUser) -> None:
    """Remove the address and the source of each of the account's orders, and the letters sent there about it.

    Other letters to a guest's address stay: anybody can type an address at the checkout. What Stripe keeps
    about the person is left to the worker, which deletes it there (orders.customers).
    """
    orders = Order.objects.filter(user=user).exclude(email="")
    for order in orders:
        Email.objects.filter(to=order.email, subject__contains=order.number).delete()
    orders.update(email="")
    StripeCustomer.objects.filter(user=user).update(user=None, email="")
    OrderSource.objects.filter(order__user=user).delete()
    Reminder.objects.filter(order__user=user).delete()
    _forget_gifts(user)


def _forget_gifts(user: CustomUser) -> None:
    """Remove what was typed about the account's gifts, so that no letter goes any more, and names in lists.

    Their links still work, and whoever has taken a copy keeps it.
    """
    gifts = Gift.objects.filter(order__user=user)
    for gift in gifts.exclude(email=""):
        Email.objects.filter(to=gift.email, subject=gift.subject).delete()
    gifts.update(giver="", recipient="", email="", message="", send_at=None)
    Seat.objects.filter(redeemer=user).update(name="")


def _unfinished(user: CustomUser) -> QuerySet[Attempt]:
    return Attempt.objects.unfinished().filter(order__user=user).order_by("pk")


def _end(attempt: Attempt) -> None:
    if attempt.is_session:
        close_session(attempt)
    else:
        resolve(attempt, cancel=attempt.created_at < timezone.now() - LONGEST_CALL)


def _not_settled(attempt: Attempt) -> ErasureWaits:
    return ErasureWaits(
        f"The payment for order {attempt.order.number} is still being confirmed, so nothing has been erased. "
        "Please try again in a few minutes; a bank transfer may take some days."
    )
