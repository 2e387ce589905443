"""PaymentIntents: one payment, from its first attempt to success or cancellation."""

import time
from typing import Any

from stripe_sandbox.http.amounts import Charging, amount, currency
from stripe_sandbox.http.errors import StripeError, invalid, no_such
from stripe_sandbox.http.parameters import (
    EXPAND,
    SHIPPING,
    Fields,
    array,
    boolean,
    email,
    metadata,
    one_of,
    statement_descriptor,
    string,
)

from . import attempts, events, objects
from .account import Call
from .listing import answer_list, list_fields
from .methods import payment_methods

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = ("requires_payment_method", "requires_capture", *CONFIRMABLE[1:], "processing")
NO_LONGER_SUPPORTED = (
    "The parameter `payment_method_types` is no longer supported. Use "
    "`allowed_payment_method_types` or `excluded_payment_method_types`, or manage payment methods "
    "in your Dashboard."
)
MISSING_PAYMENT_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
    "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
    "directly with a payment method or ConfirmationToken."
)
OF_SESSION = (
    "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the "
    "Checkout Session instead."
)
NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "
    "some of these payment methods might redirect your customer off of your page, you must provide "
    "a `return_url`. If you don't want to accept redirect-based payment methods, set "
    "`automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
    "Payment Intents."
)


def refuse_payment_method_types(value: Any, name: str) -> None:
    """Raise a 400: this version of Stripe no longer takes the parameter."""
    raise invalid(NO_LONGER_SUPPORTED, code="payment_method_types_no_longer_supported", param=name)


CONFIRMATION = {
    "error_on_requires_action": boolean,
    "off_session": boolean,
    "payment_method": string,
    "payment_method_types": refuse_payment_method_types,
    "receipt_email": email,
    "return_url": string,
    "use_stripe_sdk": boolean,
    "expand": EXPAND,
}
CONFIRM = Fields(CONFIRMATION)
CREATE = Charging(
    {
        **CONFIRMATION,
        "amount": amount,
        "currency": currency,
        "allowed_payment_method_types": array(string),
        "automatic_payment_methods": Fields(
            {"enabled": boolean, "allow_redirects": one_of("always", "never")},
            required=("enabled",),
        ),
        "capture_method": one_of("automatic", "automatic_async"),
        "confirm": boolean,
        "confirmation_method": one_of("automatic", "manual"),
        "description": string,
        "excluded_payment_method_types": array(string),
        "metadata": metadata,
        "setup_future_usage": one_of("off_session", "on_session"),
        "shipping": SHIPPING,
        "statement_descriptor": statement_descriptor,
        "statement_descriptor_suffix": statement_descriptor,
        "transfer_group": string,
    },
    required=("amount", "currency"),
)
CANCEL = Fields(
    {
        "cancellation_reason": one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
        "expand": EXPAND,
    }
)
LIST = list_fields()


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/payment_intents``, confirmed right away with ``confirm=true``."""
    intent = objects.payment_intent(call.parameters)
    if call.parameters.get("confirm"):
        method = _checked_method(call, intent)
        return attempts.confirm(call, add(call, intent), method)
    for name in ("error_on_requires_action", "off_session", "return_url"):
        if name in call.parameters:
            raise invalid(f"You can only use `{name}` when `confirm` is `true`.", param=name)
    if "payment_method" in call.parameters:
        method = payment_methods.usable(call, call.parameters["payment_method"])
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return add(call, intent)


def add(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """Store a new PaymentIntent and its event."""
    call.ledger.add(intent)
    events.record(call, "payment_intent.created", intent)
    return intent


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/payment_intents/:id``."""
    intent = call.ledger.get("payment_intent", call.identifier)
    if intent is None:
        raise no_such("payment_intent", call.identifier, param="intent")
    return intent


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/payment_intents``."""
    return answer_list(call, "payment_intent", "/v1/payment_intents")


def confirm(call: Call) -> dict[str, Any]:
    """``POST /v1/payment_intents/:id/confirm``."""
    intent = retrieve(call)
    if intent["status"] == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being "
            "previously confirmed."
        )
        raise _unexpected_state(message, intent)
    _require_status(intent, "confirm", CONFIRMABLE)
    return attempts.confirm(call, intent, _checked_method(call, intent))


def cancel(call: Call) -> dict[str, Any]:
    """``POST /v1/payment_intents/:id/cancel``."""
    intent = retrieve(call)
    of_session = "json_extract(body, '$.payment_intent') = ? LIMIT 1"
    if call.ledger.objects("checkout.session", of_session, intent["id"]):
        raise _unexpected_state(OF_SESSION, intent)
    _require_status(intent, "cancel", CANCELABLE)
    reason = call.parameters.get("cancellation_reason")
    return mark_canceled(call, intent, reason)


def mark_canceled(call: Call, intent: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """Cancel a PaymentIntent whose status allows it."""
    canceled = intent | {
        "status": "canceled",
        "canceled_at": int(time.time()),
        "cancellation_reason": reason,
        "next_action": None,
    }
    call.ledger.save(canceled)
    events.record(call, "payment_intent.canceled", canceled)
    return canceled


def _checked_method(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """Return the PaymentMethod to confirm with; called before anything is stored."""
    identifier = call.parameters.get("payment_method", intent["payment_method"])
    if identifier is None:
        raise invalid(MISSING_PAYMENT_METHOD, code="payment_intent_unexpected_state")
    _check_return_url(call, intent)
    return payment_methods.usable(call, identifier)


def _check_return_url(call: Call, intent: dict[str, Any]) -> None:
    automatic = intent["automatic_payment_methods"]
    may_redirect = automatic["enabled"] and automatic["allow_redirects"] == "always"
    only_named_types = intent["allowed_payment_method_types"]
    if may_redirect and not only_named_types and "return_url" not in call.parameters:
        raise invalid(NEEDS_RETURN_URL)


def _require_status(intent: dict[str, Any], verb: str, allowed: tuple[str, ...]) -> None:
    if intent["status"] not in allowed:
        past = {"confirm": "confirmed", "cancel": "canceled"}[verb]
        message = (
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be {past}: "
            f"{', '.join(allowed)}."
        )
        raise _unexpected_state(message, intent)


def _unexpected_state(message: str, intent: dict[str, Any]) -> StripeError:
    return StripeError(
        400,
        message,
        code="payment_intent_unexpected_state",
        executed=True,
        payment_intent=intent,
    )
