"""Claiming: one transaction moves what a guest has; then refunds that it caused are made at Stripe."""

import logging

from django.db import IntegrityError, transaction

from orders.models import COUNTED_REFUNDS, Refund, RefundOrigin, RefundStatus
from orders.payments import outdated
from orders.payments.sync import UNSETTLED, settle
from users.guests import accounts
from users.guests.moving import NotMoved, move
from users.models import CustomUser

logger = logging.getLogger(__name__)


def claim(guest: CustomUser, account: CustomUser) -> list[Refund]:
    """Give what a guest bought, and their places in it, to an account; a second time changes nothing.

    Whether the guest is theirs is for the caller to know: by a link from the mailbox, or by the browser.
    Returns the refunds of what both had paid for. Raises NotMoved.
    """
    with transaction.atomic(durable=True):
        move(guest, account)
    return _finish(guest, account)


def claim_into_new_account(guest: CustomUser, email: str) -> CustomUser:
    """Open an account for a mailbox, whose owner has shown to have it, and claim into it; return it.

    Raises NotMoved, and opens no account, if the mailbox has one by now or the guest was claimed before.
    """
    try:
        with transaction.atomic(durable=True):
            account = accounts.open_account(email)
            move(guest, account)
    except IntegrityError as taken:
        raise NotMoved("There is an account with this address by now. Log in to it and try again.") from taken
    _finish(guest, account)
    return account


def _finish(guest: CustomUser, account: CustomUser) -> list[Refund]:
    """Make the requested refunds, as far as Stripe can be reached; the worker makes the others.

    Returns those that have not failed.
    """
    logger.info("Everything of guest %s belongs to user %s.", guest.pk, account.pk)
    requested = Refund.objects.filter(order__user=account, status=RefundStatus.REQUESTED)
    refunds = list(requested.select_related("order__user"))
    for refund in refunds:
        try:
            settle(refund.order, refund.stripe_charge_id)
        except UNSETTLED:
            logger.warning("Refund %s waits for Stripe.", refund.pk)
    outdated.close_sessions_of(account)
    made = Refund.objects.filter(pk__in=[refund.pk for refund in refunds], status__in=COUNTED_REFUNDS)
    return list(made.filter(origin=RefundOrigin.DUPLICATE).select_related("order"))
