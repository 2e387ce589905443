"""PaymentIntents: one payment from its first attempt to success or cancellation."""

import time
from typing import Any

from . import charges, objects, payment_methods
from .amounts import amount, currency
from .call import Call
from .cards import AUTHENTICATION_REQUIRED, Decline, PresentedCard
from .errors import StripeError, invalid, no_such
from .listing import answer_list, list_fields
from .parameters import (
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
NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "
    "some of these payment methods might redirect your customer off of your page, you must provide "
    "a `return_url`. If you don't want to accept redirect-based payment methods, set "
    "`automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
    "Payment Intents."
)


def _payment_method_types(value: Any, name: str) -> None:
    raise invalid(NO_LONGER_SUPPORTED, code="payment_method_types_no_longer_supported", param=name)


CONFIRMATION = {
    "error_on_requires_action": boolean,
    "off_session": boolean,
    "payment_method": string,
    "payment_method_types": _payment_method_types,
    "receipt_email": email,
    "return_url": string,
    "use_stripe_sdk": boolean,
    "expand": EXPAND,
}
CONFIRM = Fields(CONFIRMATION)
CREATE = Fields(
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
    """``POST /v1/payment_intents``, confirmed at once with ``confirm=true``."""
    intent = objects.payment_intent(call.parameters)
    if call.parameters.get("confirm"):
        method = _checked_method(call, intent)
        return _confirm(call, call.ledger.add(intent), method)
    for name in ("error_on_requires_action", "off_session", "return_url"):
        if name in call.parameters:
            raise invalid(f"You can only use `{name}` when `confirm` is `true`.", param=name)
    if "payment_method" in call.parameters:
        method = payment_methods.usable(call, call.parameters["payment_method"])
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return call.ledger.add(intent)


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
    return _confirm(call, intent, _checked_method(call, intent))


def cancel(call: Call) -> dict[str, Any]:
    """``POST /v1/payment_intents/:id/cancel``."""
    intent = retrieve(call)
    _require_status(intent, "cancel", CANCELABLE)
    reason = call.parameters.get("cancellation_reason")
    return call.ledger.save(
        intent
        | {
            "status": "canceled",
            "canceled_at": int(time.time()),
            "cancellation_reason": reason,
            "next_action": None,
        }
    )


def _confirm(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if "receipt_email" in call.parameters:
        intent["receipt_email"] = call.parameters["receipt_email"]
    presented = payment_methods.presented_by(call, method)
    if not presented.card.authentication_required:
        return _attempt(call, intent, method, presented, presented.card.decline)
    if call.parameters.get("error_on_requires_action") or call.parameters.get("off_session"):
        return _attempt(call, intent, method, presented, AUTHENTICATION_REQUIRED)
    next_action = _next_action(call, intent)
    return call.ledger.save(intent | {"status": "requires_action", "next_action": next_action})


def _checked_method(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """The PaymentMethod to confirm with, before anything is written."""
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


def _next_action(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    url = f"{call.origin}/three_d_secure/{intent['id']}"
    return_url = call.parameters.get("return_url")
    if return_url and not call.parameters.get("use_stripe_sdk"):
        redirect = {"return_url": return_url, "url": url}
        return {"type": "redirect_to_url", "redirect_to_url": redirect}
    sdk = {"type": "three_d_secure_redirect", "stripe_js": url}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def _attempt(
    call: Call,
    intent: dict[str, Any],
    method: dict[str, Any],
    presented: PresentedCard,
    decline: Decline | None,
) -> dict[str, Any]:
    facts = intent | {
        "payment_intent": intent["id"],
        "billing_details": method["billing_details"],
    }
    charge = call.ledger.add(charges.build(presented, facts, decline))
    intent["latest_charge"] = charge["id"]
    if decline is None:
        return call.ledger.save(intent | {"status": "succeeded", "amount_received": intent["amount"]})
    error = charges.declined(decline, charge, payment_method=method)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": dict(error.error),
    }
    error.error["payment_intent"] = call.ledger.save(intent)
    raise error


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
