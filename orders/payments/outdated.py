"""Checkout Sessions that are open at a price which no longer holds: nobody may pay in them any more.

A price ceases to hold when staff change it or withdraw the product, and when the money that made a
set cheaper goes away: by a refund, a dispute or suspended access. Which sessions those are is worked out from
the prices of now and kept nowhere, so that a process that dies on the way leaves nothing undone: the worker
looks at every open session each minute.
"""

import logging
from collections.abc import Iterator

from django.conf import settings

from orders import pricing
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.pricing import offers
from users.models import CustomUser

from .attempts import close_session
from .sync import UNSETTLED

logger = logging.getLogger(__name__)


def find_sessions(**of: object) -> Iterator[Attempt]:
    """Yield the attempts whose open session is at a price that no longer holds; `of` narrows them down."""
    open_ones = Attempt.objects.filter(
        outcome=AttemptOutcome.OPEN,
        order__status=OrderStatus.PENDING,
        order__livemode=settings.STRIPE_LIVE_MODE,
        **of,
    )
    for attempt in open_ones.select_related("order__user").order_by("created_at"):
        if not _holds(attempt.order):
            yield attempt


def close_sessions_of(reader: CustomUser) -> None:
    """Close those of one reader, as far as Stripe can be reached now; the worker closes the rest.

    Call it after the transaction that has changed what the reader would pay.
    """
    for attempt in find_sessions(order__user=reader):
        try:
            close_session(attempt)
        except UNSETTLED:
            logger.warning("The session of order %s could not be closed yet.", attempt.order_id)


def _holds(order: Order) -> bool:
    """Tell whether an order is at the price that its product has now for its reader."""
    try:
        return offers.is_at(order, pricing.find_offer(order.item, order.user))
    except pricing.NotForSale:
        return False
