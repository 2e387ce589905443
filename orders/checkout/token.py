"""Buying with a card token of Stripe's classic checkout."""

import logging

from django.conf import settings
from django.db import Error as DatabaseFailure

from orders import stripe_gateway
from orders.models import NOT_MADE, Attempt, AttemptApi, AttemptOutcome, Order
from orders.payments.sync import UNSETTLED, settle
from orders.stripe_gateway import errors, types
from users.models import CustomUser

from .claims import claim
from .errors import OtherWayNeeded, PaymentRefused, PaymentUnknown, PaymentUnrecorded
from .purchases import Purchase
from .requests import payment_request

logger = logging.getLogger(__name__)


def buy_with_token(user: CustomUser, purchase: Purchase, *, token: str) -> Order:
    """Charge the card behind Stripe's token for what is to be bought.

    `user` is as in claim(). The card is not charged if there is nothing left to pay. Returns the paid order.
    Raises pricing.NotForSale or a kind of errors.NotBought.
    """
    attempt = claim(user, purchase, api=settings.STRIPE_TOKEN_API)
    if isinstance(attempt, Order):
        return attempt
    try:
        return _pay(attempt, token)
    except DatabaseFailure as failure:
        logger.exception("The outcome of order %s could not be saved.", attempt.order_id)
        raise PaymentUnrecorded from failure


def _pay(attempt: Attempt, token: str) -> Order:
    """Ask Stripe to charge, and settle the order; raises a kind of errors.NotBought."""
    order = attempt.order
    try:
        payment = _call(attempt, token)
    except errors.ConfirmationNeeded as refused:
        attempt.end(AttemptOutcome.DECLINED, code=refused.code, message=str(refused))
        raise OtherWayNeeded(order) from refused
    except errors.Declined as declined:
        attempt.end(AttemptOutcome.DECLINED, code=declined.code, message=str(declined))
        raise PaymentRefused(str(declined)) from declined
    except errors.TokensRefused as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code)
        logger.error("Order %s: this Stripe account refuses card tokens; run stripe_doctor.", order.pk)
        raise OtherWayNeeded(order) from refused
    except errors.NothingCharged as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code, message=NOT_MADE)
        raise PaymentRefused(NOT_MADE) from refused
    except errors.OutcomeUnknown as silence:
        raise PaymentUnknown(order) from silence
    try:
        return settle(order, payment.id, answer=payment)
    except UNSETTLED as doubt:
        # Stripe may have charged the card: the order stays in doubt, so that nobody pays twice.
        raise PaymentUnknown(order) from doubt


def _call(attempt: Attempt, token: str) -> types.Payment:
    """Ask Stripe to charge, under the attempt's own keys; raises what stripe_gateway raises."""
    request = payment_request(attempt)
    if attempt.api == AttemptApi.CHARGES:
        return stripe_gateway.charge_token(request, token=token)
    intent_id = stripe_gateway.create_payment_intent(request, token=token)
    if not attempt.name_payment_intent(intent_id):
        raise errors.NothingCharged("given_up")
    return stripe_gateway.confirm_payment_intent(request, payment_intent_id=intent_id)
