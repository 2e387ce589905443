"""Finds and expires Checkout Sessions that are open at an outdated price.

A price becomes outdated when staff change it or withdraw the product, when the money that made a bundle
cheaper goes away (by a refund, a dispute or suspended access), and when the reader gets the product in
another way, as a gift for example. Which sessions are outdated follows from the current prices and is stored
nowhere, so a process that dies halfway leaves nothing undone: the worker checks every open session each
minute.
"""

import logging
from collections.abc import Iterator

from django.conf import settings

from books import access
from orders import pricing
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from users.models import CustomUser

from .attempts import close_session
from .sync import UNSETTLED

logger = logging.getLogger(__name__)


def find_sessions(**of: object) -> Iterator[Attempt]:
    """Yield the attempts whose open session is at an outdated price; `of` narrows them down."""
    open_ones = Attempt.objects.filter(
        outcome=AttemptOutcome.OPEN,
        order__status=OrderStatus.PENDING,
        order__livemode=settings.STRIPE_LIVE_MODE,
        **of,
    )
    for attempt in open_ones.select_related("order__user").order_by("created_at"):
        if not _is_current(attempt.order):
            yield attempt


def close_sessions_of(reader: CustomUser) -> None:
    """Expire the outdated sessions of one reader, as far as Stripe can be reached; the worker does the rest.

    Call it after the transaction that has changed what the reader would pay.
    """
    for attempt in find_sessions(order__user=reader):
        try:
            close_session(attempt)
        except UNSETTLED:
            logger.warning("The session of order %s could not be expired yet.", attempt.order_id)


def _is_current(order: Order) -> bool:
    """Tell whether the order's price is what its product costs its reader now, who does not own it."""
    try:
        offer = pricing.offer_order_again(order)
    except pricing.NotForSale:
        return False
    if not order.is_for_others and access.owned_among(order.user, [part.product for part in offer.parts]):
        return False
    return pricing.is_at(order, offer)
