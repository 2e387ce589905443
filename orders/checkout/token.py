"""From a choice to a paid order, by card token or in a Checkout Session: claim, call, settle, never mixed.

The claim is committed before Stripe hears of it, the call is made outside every transaction, and
settling is one transaction of its own. Whatever dies in between, the claim remains, and
orders.payments.catch_up asks Stripe what became of it.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.urls import reverse

from orders import pricing, stripe_gateway
from orders.models import NOT_MADE, Attempt, AttemptApi, AttemptOutcome, Order
from orders.payments.sync import UNSETTLED, settle
from orders.stripe_gateway import types
from users.models import CustomUser

from . import claims
from .errors import CheckoutClosed, OtherWayNeeded, PaymentRefused, PaymentUnknown, PaymentUnrecorded

logger = logging.getLogger(__name__)

# So often a claim is made anew after a session of the reader's was found to be over.
CLAIMS = 3
# How long a buyer may take to pay in a session. Stripe asks for half an hour at least, counted from when it
# is made, which may be later than the attempt.
SESSION_LIFETIME = timedelta(hours=1)


def buy_with_token(user: CustomUser, *, token: str, shown: pricing.ShownOffer | None = None) -> Order:
    """Charge the card behind Stripe's token for what was shown (All Books if nothing was).

    The card is left alone if nothing is left to pay.
    Returns the paid order. Raises pricing.NotForSale or a kind of errors.NotBought.
    """
    attempt = _claim(user, shown, api=settings.STRIPE_TOKEN_API)
    if isinstance(attempt, Order):
        return attempt
    try:
        return _pay(attempt, token)
    except DatabaseFailure as failure:
        logger.exception("What became of order %s could not be written down.", attempt.order_id)
        raise PaymentUnrecorded from failure


def open_session(
    user: CustomUser, *, embedded: bool, shown: pricing.ShownOffer | None = None
) -> tuple[Order, types.Session | None]:
    """Open a Checkout Session for what was shown, or return the one that is open for it.

    Returns the order and the session, which nobody has paid in yet; no session, and a paid order, if nothing
    is left to pay. Raises what buy_with_token raises.
    """
    api = AttemptApi.EMBEDDED_PAGE if embedded else AttemptApi.HOSTED_PAGE
    for _ in range(CLAIMS):
        attempt = _claim(user, shown, api=api)
        if isinstance(attempt, Order):
            return attempt, None
        order = attempt.order
        try:
            session = _open(attempt)
            if session.payment.state == "open":
                return order, session
            settle(order, session.id)
        except UNSETTLED as failure:
            raise CheckoutClosed from failure
    raise CheckoutClosed


def _pay(attempt: Attempt, token: str) -> Order:
    """Call and settle; raises a kind of errors.NotBought."""
    order = attempt.order
    try:
        payment = _call(attempt, token)
    except types.ConfirmationNeeded as refused:
        attempt.end(AttemptOutcome.DECLINED, code=refused.code, message=str(refused))
        raise OtherWayNeeded(order) from refused
    except types.Declined as declined:
        attempt.end(AttemptOutcome.DECLINED, code=declined.code, message=str(declined))
        raise PaymentRefused(str(declined)) from declined
    except types.TokensRefused as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code)
        logger.error("This Stripe account refuses card tokens; stripe's settings name the API policy.")
        raise OtherWayNeeded(order) from refused
    except types.NothingCharged as refused:
        attempt.end(AttemptOutcome.FAILED, code=refused.code, message=NOT_MADE)
        raise PaymentRefused(NOT_MADE) from refused
    except types.OutcomeUnknown as silence:
        raise PaymentUnknown(order) from silence
    try:
        return settle(order, payment.id, answer=payment)
    except UNSETTLED as doubt:
        # Money may have moved, but it could not be seen how: nobody pays twice meanwhile.
        raise PaymentUnknown(order) from doubt


def _open(attempt: Attempt) -> types.Session:
    """Return the attempt's session, made now if it has none; raises what stripe_gateway raises."""
    if attempt.stripe_checkout_session_id:
        return stripe_gateway.find_session(attempt.stripe_checkout_session_id)
    try:
        session = stripe_gateway.create_session(_session_request(attempt))
    except types.InFlight:
        # Another request of the reader's is opening it in this moment.
        raise
    except (types.NothingCharged, types.OutcomeUnknown):
        # Nobody can pay in a session that nobody has seen: the next try begins anew.
        attempt.give_up()
        raise
    if not attempt.name_session(session.id):
        return stripe_gateway.expire_session(session.id, key=attempt.idempotency_key)
    return session


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
    except types.Missing:
        attempt.end(AttemptOutcome.FAILED, code="missing")
    else:
        settle(order, session.id)


def _claim(user: CustomUser, shown: pricing.ShownOffer | None, *, api: str) -> Attempt | Order:
    """Claim an attempt; a session that is in its way is closed first."""
    for _ in range(CLAIMS):
        try:
            return claims.claim(user, shown, api=api)
        except claims.SessionInTheWay as session:
            try:
                close_session(session.attempt)
            except UNSETTLED as failure:
                raise CheckoutClosed from failure
    raise CheckoutClosed


def _call(attempt: Attempt, token: str) -> types.Payment:
    """Ask Stripe to charge, under the attempt's own keys; raises what stripe_gateway raises."""
    request = _payment_request(attempt)
    if attempt.api == AttemptApi.CHARGES:
        return stripe_gateway.charge_token(request, token=token)
    intent_id = stripe_gateway.create_payment_intent(request, token=token)
    if not attempt.name_payment_intent(intent_id):
        raise types.NothingCharged("given_up")
    return stripe_gateway.confirm_payment_intent(request, payment_intent_id=intent_id)


def _payment_request(attempt: Attempt) -> types.PaymentRequest:
    order = attempt.order
    return types.PaymentRequest(
        amount=order.amount,
        currency=order.currency,
        description=f"{settings.SHOP_NAME}: order {order.number}",
        receipt_email=order.user.email,
        order_id=str(order.pk),
        attempt=attempt.number,
        key=attempt.idempotency_key,
    )


def _session_request(attempt: Attempt) -> types.SessionRequest:
    """Say the same for the same attempt each time: Stripe refuses other words under the same key."""
    order = attempt.order
    return types.SessionRequest(
        payment=_payment_request(attempt),
        embedded=attempt.api == AttemptApi.EMBEDDED_PAGE,
        title=", ".join(line.title for line in order.lines.all()),
        return_url=f"{settings.SITE_URL}{reverse('checkout_return')}?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=settings.SITE_URL + order.get_absolute_url(),
        expires_at=attempt.created_at + SESSION_LIFETIME,
    )
