"""From a card token to a paid order: claim, call, settle, in this order and never mixed.

The claim is committed before Stripe hears of it, the call is made outside every transaction, and
settling is one transaction of its own. Whatever dies in between, the claim remains, and
orders.reconciliation asks Stripe what became of it.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.utils import timezone

from books import access
from orders import outcomes, pricing, stripe_gateway
from orders.models import Attempt, AttemptOutcome, Order, OrderLine, OrderStatus
from orders.settlement import PaymentMismatch, settle
from users.models import CustomUser

logger = logging.getLogger(__name__)

# A reader's attempts to pay within an hour before the shop says "later": enough for somebody who mistypes,
# too few for somebody who tries out stolen cards.
ATTEMPTS_PER_HOUR = 10


NOT_MADE = "The payment could not be made just now."


class NotBought(Exception):
    """The reader did not get what they asked for; the kinds below say why."""


class AlreadyOwned(NotBought):
    """The reader has it; nothing was charged."""


class AlreadyBought(NotBought):
    """A paid order for it exists, but its access was taken away; nothing was charged."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PriceChanged(NotBought):
    """The price is no longer the one that was shown; nothing was charged."""


class TooManyAttempts(NotBought):
    """The reader has tried too many cards; nothing was charged."""


class PaymentUnknown(NotBought):
    """It is not known whether an attempt for it has charged the reader: do not pay again."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PaymentUnrecorded(NotBought):
    """The database failed after the order was opened: it is not known what became of it, do not pay again."""


class PaymentRefused(NotBought):
    """The card was not charged. `str()` is fit to show, and stands in the attempt too."""


class OtherWayNeeded(NotBought):
    """Neither this card nor another try of this kind can pay; the order stays open."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


def buy_with_token(user: CustomUser, *, token: str, shown: pricing.ShownOffer | None = None) -> Order:
    """Charge the card behind Stripe's token for what was shown (All Books if nothing was).

    Returns the paid order. Raises pricing.NotForSale or a kind of NotBought.
    """
    attempt = _claim(user, shown)
    try:
        return _pay(attempt, token)
    except DatabaseFailure as failure:
        logger.exception("What became of order %s could not be written down.", attempt.order_id)
        raise PaymentUnrecorded from failure


def _pay(attempt: Attempt, token: str) -> Order:
    """Call and settle; raises a kind of NotBought."""
    order = attempt.order
    try:
        payment = _call(attempt, token)
    except outcomes.ConfirmationNeeded as refused:
        attempt.end(AttemptOutcome.DECLINED, code=refused.code, message=str(refused))
        raise OtherWayNeeded(order) from refused
    except outcomes.Declined as declined:
        attempt.end(AttemptOutcome.DECLINED, code=declined.code, message=str(declined))
        raise PaymentRefused(str(declined)) from declined
    except outcomes.TokensRefused as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code)
        logger.error("This Stripe account refuses card tokens; stripe's settings name the API policy.")
        raise OtherWayNeeded(order) from refused
    except outcomes.NothingCharged as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code, message=NOT_MADE)
        raise PaymentRefused(NOT_MADE) from refused
    except outcomes.OutcomeUnknown as silence:
        raise PaymentUnknown(order) from silence
    try:
        return settle(order, payment)
    except PaymentMismatch as mismatch:
        # Money may have moved, but not as ordered: staff decide, and nobody pays twice meanwhile.
        raise PaymentUnknown(order) from mismatch


def _claim(user: CustomUser, shown: pricing.ShownOffer | None) -> Attempt:
    """Commit an order and its next attempt, or refuse what must not be bought."""
    with transaction.atomic(durable=True):
        # One claim at a time for each reader; settling and logging in need not wait for it.
        reader = CustomUser.objects.select_for_update(no_key=True).get(pk=user.pk)
        offer = pricing.find_offer(shown.item if shown else pricing.ALL_BOOKS)
        # Locked: an order of which an attempt begins must not be expired in the same moment.
        order = Order.objects.select_for_update(no_key=True).open_for(reader, offer.item).first()
        if access.has_all_books(reader):
            raise AlreadyOwned
        if order is not None and order.status != OrderStatus.PENDING:
            raise AlreadyBought(order)
        if order is not None and order.in_doubt:
            raise PaymentUnknown(order)
        if shown is not None and (shown.amount, shown.currency) != (offer.amount, offer.currency):
            raise PriceChanged
        if _tries_too_often(reader):
            raise TooManyAttempts
        terms = (offer.amount, offer.currency, settings.STRIPE_LIVE_MODE)
        if order is not None and (order.amount, order.currency, order.livemode) != terms:
            order.move_to(OrderStatus.EXPIRED)
            order = None
        order = order or _open_order(reader, offer)
        return Attempt.objects.create(
            order=order, number=order.attempts.count() + 1, api=settings.STRIPE_TOKEN_API
        )


def _tries_too_often(reader: CustomUser) -> bool:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    tries = Attempt.objects.filter(order__user=reader, created_at__gt=an_hour_ago)
    return settings.RATE_LIMITS and tries.count() >= ATTEMPTS_PER_HOUR


def _open_order(reader: CustomUser, offer: pricing.Offer) -> Order:
    order = Order.objects.create(
        user=reader,
        item=offer.item,
        amount=offer.amount,
        currency=offer.currency,
        livemode=settings.STRIPE_LIVE_MODE,
    )
    OrderLine.objects.create(order=order, bundle=offer.bundle, title=offer.title, amount=offer.amount)
    return order


def _call(attempt: Attempt, token: str) -> outcomes.Payment:
    """Ask Stripe to charge, under the attempt's own keys; raises what stripe_gateway raises."""
    order = attempt.order
    request = outcomes.PaymentRequest(
        amount=order.amount,
        currency=order.currency,
        description=f"{settings.SHOP_NAME}: order {order.number}",
        receipt_email=order.user.email,
        order_id=str(order.pk),
        attempt=attempt.number,
        key=attempt.idempotency_key,
    )
    if attempt.api == "charges":
        return stripe_gateway.charge_token(request, token=token)
    intent_id = stripe_gateway.create_payment_intent(request, token=token)
    if not attempt.name_payment_intent(intent_id):
        raise outcomes.NothingCharged("given_up")
    return stripe_gateway.confirm_payment_intent(request, payment_intent_id=intent_id)
