"""How things are said to Stripe, and what it can answer. The only module that imports stripe.

Plain values go in and out; what may happen is in orders.outcomes, and anything else is a bug and rises.

The address is STRIPE_API_BASE, the API version the one the library pins (2026-10-28.endive).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import stripe
from django.conf import settings

from orders.outcomes import (
    ConfirmationNeeded,
    Declined,
    NothingCharged,
    OutcomeUnknown,
    Payment,
    PaymentRequest,
    TokensRefused,
    TurnedAway,
)

logger = logging.getLogger(__name__)

stripe.enable_telemetry = False  # it writes a file into the home directory

# Seconds to connect and to read, for each of two tries. A charge is three requests, the first two of which
# give up at their first silence: all of it stays below gunicorn's time-out of 90 seconds.
TIMEOUT = (3, 8)
RETRIES = 1

# Words that could help a thief are not shown (https://docs.stripe.com/declines/codes).
SILENT_DECLINES = {"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "stolen_card"}
GENERIC_DECLINE = "Your card was declined."
# Declines that the bank would lift if the buyer confirmed the payment, which a token cannot do.
CONFIRMATION_CODES = {"authentication_required"}


def create_payment_intent(request: PaymentRequest, *, token: str) -> str:
    """Make an unconfirmed PaymentIntent for the card behind a token and return its id.

    Nothing can be charged by it until confirm_payment_intent is called with this id.
    """
    with _answers():
        method = _client().v1.payment_methods.create(
            {"type": "card", "card": {"token": token}, "metadata": {"order_id": request.order_id}},
            {"idempotency_key": f"{request.key}-method"},
        )
        intent = _client().v1.payment_intents.create(
            {
                "amount": request.amount,
                "currency": request.currency,
                "payment_method": method.id,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "description": request.description,
                "receipt_email": request.receipt_email,
                "metadata": request.metadata,
            },
            {"idempotency_key": f"{request.key}-intent"},
        )
    return intent.id


def confirm_payment_intent(request: PaymentRequest, *, payment_intent_id: str) -> Payment:
    """Charge the card. A card that needs its bank's confirmation is refused, not left waiting."""
    with _answers(charging=True):
        intent = _client().v1.payment_intents.confirm(
            payment_intent_id,
            {"error_on_requires_action": True},
            {"idempotency_key": f"{request.key}-confirm"},
        )
    return _payment_of_intent(intent)


def charge_token(request: PaymentRequest, *, token: str) -> Payment:
    """Charge a token by the old Charges API, for accounts whose policy still allows it."""
    with _answers(charging=True):
        charge = _client().v1.charges.create(
            {
                "amount": request.amount,
                "currency": request.currency,
                "source": token,
                "description": request.description,
                "receipt_email": request.receipt_email,
                "metadata": request.metadata,
            },
            {"idempotency_key": request.key},
        )
    return _payment_of_charge(charge)


def find_payment_intent(payment_intent_id: str) -> Payment:
    """Return what became of a PaymentIntent."""
    with _answers():
        return _payment_of_intent(_client(retries=0).v1.payment_intents.retrieve(payment_intent_id))


def cancel_payment_intent(payment_intent_id: str, *, key: str) -> Payment:
    """Make sure that a PaymentIntent can never charge anybody, unless it just did: return which."""
    try:
        with _answers():
            intent = _client().v1.payment_intents.cancel(
                # Another key each time: Stripe replays an error of its own for a day to whoever repeats one.
                payment_intent_id,
                {},
                {"idempotency_key": f"{key}-cancel-{uuid4().hex}"},
            )
    except OutcomeUnknown:
        return find_payment_intent(payment_intent_id)
    return _payment_of_intent(intent)


def list_payment_intents(*, since: datetime) -> Iterator[Payment]:
    """Yield every PaymentIntent made since then, newest first.

    Lists, not search: search lags behind by a minute and more.
    """
    with _answers():
        for intent in (
            _client()
            .v1.payment_intents.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
            .auto_paging_iter()
        ):
            yield _payment_of_intent(intent)


def list_charges(*, since: datetime) -> Iterator[Payment]:
    """Yield every charge made since then, newest first, those of PaymentIntents too."""
    with _answers():
        for charge in (
            _client()
            .v1.charges.list({"created": {"gte": int(since.timestamp())}, "limit": 100})
            .auto_paging_iter()
        ):
            yield _payment_of_charge(charge)


def _client(*, retries: int = RETRIES) -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, retries)


@cache
def _client_for(key: str, address: str, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": address},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


@contextmanager
def _answers(*, charging: bool = False) -> Iterator[None]:
    """Turn what the library raises into one of our four answers, and log it by ids and codes only.

    `charging`: the request takes money, and its first try may be at work while the second is turned away.
    """
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.InvalidRequestError as error:
        _log(error)
        raise _refused(error) from error
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.RateLimitError) as error:
        # Stripe turned the request away before it did anything.
        _log(error)
        if charging and isinstance(error, stripe.RateLimitError):
            raise OutcomeUnknown(type(error).__name__) from error
        raise TurnedAway(error.code or type(error).__name__) from error
    except stripe.StripeError as error:
        _log(error)
        raise OutcomeUnknown(type(error).__name__) from error


def _declined(error: stripe.CardError) -> Declined:
    decline_code = getattr(error.error, "decline_code", None) or ""
    code = decline_code or error.code or "card_declined"
    if code in CONFIRMATION_CODES or error.code in CONFIRMATION_CODES:
        return ConfirmationNeeded("Your bank wants to confirm this payment.", code)
    shown = None if code in SILENT_DECLINES else error.user_message
    return Declined(shown or GENERIC_DECLINE, code)


def _refused(error: stripe.InvalidRequestError) -> Exception:
    code = error.code or ""
    if code == "token_already_used":
        return Declined("This form was sent before. Enter the card again.", code)
    if code == "payment_intent_unexpected_state":
        return OutcomeUnknown(code)
    said = str(error.user_message or error)
    if "Card Token usage" in said or "unsupported for publishable key tokenization" in said:
        return TokensRefused("card_tokens_refused")
    return NothingCharged(code or "invalid_request")


def _log(error: stripe.StripeError) -> None:
    logger.warning(
        "Stripe answered %s: http_status=%s code=%s request_id=%s",
        type(error).__name__,
        error.http_status,
        error.code,
        error.request_id,
    )


def _payment_of_intent(intent: Any) -> Payment:
    failure = intent.last_payment_error
    states = {"succeeded": "succeeded", "canceled": "canceled"}
    state = states.get(intent.status, "open")
    code = message = ""
    if state == "open" and failure is not None:
        state = "declined"
        code = getattr(failure, "decline_code", None) or getattr(failure, "code", None) or ""
        shown = None if code in SILENT_DECLINES else getattr(failure, "message", None)
        message = shown or GENERIC_DECLINE
    latest = intent.latest_charge
    return Payment(
        state=state,
        amount=intent.amount,
        currency=intent.currency,
        livemode=intent.livemode,
        order_id=_written(intent, "order_id"),
        attempt=_written(intent, "attempt"),
        charge_id=latest if isinstance(latest, str) else getattr(latest, "id", ""),
        payment_intent_id=intent.id,
        code=code,
        message=message,
    )


def _payment_of_charge(charge: Any) -> Payment:
    intent = charge.payment_intent
    states = {"succeeded": "succeeded", "failed": "declined"}
    return Payment(
        state=states.get(charge.status, "open"),
        amount=charge.amount,
        currency=charge.currency,
        livemode=charge.livemode,
        order_id=_written(charge, "order_id"),
        attempt=_written(charge, "attempt"),
        charge_id=charge.id,
        payment_intent_id=intent if isinstance(intent, str) else getattr(intent, "id", None) or "",
        refunded_amount=charge.amount_refunded,
        code=charge.failure_code or "",
        message=GENERIC_DECLINE if charge.failure_code else "",
    )


def _written(thing: Any, name: str) -> str:
    """Return what we wrote into the metadata under this name; metadata is an object, not a dict."""
    return thing.metadata[name] if thing.metadata and name in thing.metadata else ""
