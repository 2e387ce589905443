"""Attempts to pay a PaymentIntent, with the bank's confirmation if the card needs it."""

from typing import Any

from stripe_sandbox.http.errors import StripeError, card_error

from . import charges, events
from .account import Call
from .cards import AUTHENTICATION_REQUIRED, Decline, PresentedCard
from .methods import payment_methods
from .methods.kinds import KINDS

NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again."
)


def confirm(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    """Pay now, or ask for the bank's confirmation first; raise a 402 if the card is declined."""
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if "receipt_email" in call.parameters:
        intent["receipt_email"] = call.parameters["receipt_email"]
    presented = payment_methods.presented_by(call, method)
    if not presented.card.authentication_required and not KINDS[method["type"]].redirects:
        return attempt(call, intent, method, presented, presented.card.decline)
    if call.parameters.get("error_on_requires_action") or call.parameters.get("off_session"):
        return attempt(call, intent, method, presented, AUTHENTICATION_REQUIRED)
    waiting = intent | {"status": "requires_action", "next_action": _next_action(call, intent)}
    call.ledger.save(waiting)
    events.record(call, "payment_intent.requires_action", waiting)
    return waiting


def authenticate(call: Call, intent: dict[str, Any], *, confirmed: bool) -> dict[str, Any]:
    """Record what the buyer told the bank, pay if ``confirmed``, and return the intent as it is then."""
    identifier = intent["payment_method"]
    method = call.ledger.get("payment_method", identifier)
    if intent["status"] != "requires_action" or method is None:
        return intent
    intent |= {"next_action": None}
    try:
        if not confirmed:
            error = card_error(NOT_AUTHENTICATED, code="payment_intent_authentication_failure")
            raise _failed(call, intent, method, error)
        presented = payment_methods.presented_by(call, method)
        return attempt(call, intent, method, presented, presented.card.decline)
    except StripeError:
        return call.ledger.get("payment_intent", intent["id"]) or intent


def attempt(
    call: Call,
    intent: dict[str, Any],
    method: dict[str, Any],
    presented: PresentedCard,
    decline: Decline | None,
) -> dict[str, Any]:
    """Charge the card; raise a 402 if it is declined."""
    facts = intent | {"payment_intent": intent["id"], "billing_details": method["billing_details"]}
    charge = charges.build(presented, facts, decline) | charged_with(method)
    if wallet := method.get("card", {}).get("wallet"):
        charge["payment_method_details"]["card"]["wallet"] = wallet
    intent["latest_charge"] = charge["id"]
    charges.record(call, charge)
    if decline is not None:
        error = charges.declined(decline, charge)
        raise _failed(call, intent, method, error)
    paid = call.ledger.save(intent | {"status": "succeeded", "amount_received": intent["amount"]})
    events.record(call, "payment_intent.succeeded", paid)
    charges.dispute(call, charge)
    return paid


def charged_with(method: dict[str, Any]) -> dict[str, Any]:
    """Return what a charge says of a payment method that is no card."""
    type = method["type"]
    if type == "card":
        return {}
    return {"payment_method_details": {"type": type, type: payment_methods.facts_of(type)}}


def _failed(call: Call, intent: dict[str, Any], method: dict[str, Any], error: StripeError) -> StripeError:
    error.error["payment_method"] = method
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": dict(error.error),
    }
    call.ledger.save(intent)
    events.record(call, "payment_intent.payment_failed", intent)
    error.error["payment_intent"] = intent
    return error


def _next_action(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    url = f"{call.origin}/three_d_secure/{intent['id']}"
    return_url = call.parameters.get("return_url")
    if return_url and not call.parameters.get("use_stripe_sdk"):
        redirect = {"return_url": return_url, "url": url}
        return {"type": "redirect_to_url", "redirect_to_url": redirect}
    sdk = {"type": "three_d_secure_redirect", "stripe_js": url}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
