"""How a Checkout Session ends: paid, paid days later, or expired."""

import time
from dataclasses import replace
from typing import Any

from stripe_sandbox.http.errors import invalid
from stripe_sandbox.resources import attempts, cards, charges, events, objects, payment_intents
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.cards import Decline, PresentedCard
from stripe_sandbox.resources.methods import payment_methods

from .means import Means, payment_method, wants_to_keep

TEMPLATE = "{CHECKOUT_SESSION_ID}"
CLOSED = {"client_secret": None, "url": None}


def session_of_intent(call: Call, identifier: str) -> dict[str, Any] | None:
    """Return the session that a PaymentIntent belongs to, if there is one."""
    found = call.ledger.objects("checkout.session", "json_extract(body, '$.payment_intent') = ?", identifier)
    return found[0] if found else None


def pay(call: Call, session: dict[str, Any], means: Means | None, email: str | None) -> dict[str, Any] | None:
    """Pay, or begin to.

    Returns the PaymentIntent if the buyer has to confirm elsewhere, or None when the session is complete.
    Raises a 402 if the card is declined.
    """
    _require_open(session)
    session |= {"customer_details": _customer(call, session, means, email)}
    if not session["amount_total"] or means is None:
        _complete(call, session)
        return None
    session, intent = _with_intent(call, session)
    method = payment_method(call, session, means, session["customer_details"]["email"])
    if means.kind.delayed:
        _begin_slowly(call, session, intent | {"payment_method": method["id"]})
        return None
    _remember(call, session, keep=method["id"] if wants_to_keep(session, means) else None)
    back = {"return_url": _back_from_elsewhere(call, session, means)}
    intent = attempts.confirm(replace(call, parameters=back), intent, method)
    if intent["status"] == "requires_action":
        return intent
    _complete(call, session)
    return None


def after_authentication(call: Call, intent: dict[str, Any]) -> dict[str, Any] | None:
    """Return the session of an intent that the bank has just answered, completed if that paid it."""
    session = session_of_intent(call, intent["id"])
    if session and session["status"] == "open" and intent["status"] == "succeeded":
        return _complete(call, session)
    return session


def complete_unpaid(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    """Complete a session with a payment method that takes days: it is not paid yet."""
    _require_open(session)
    session |= {"customer_details": _customer(call, session, None, None)}
    session, intent = _with_intent(call, session)
    return _begin_slowly(call, session, intent)


def _begin_slowly(call: Call, session: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    intent = call.ledger.save(intent | {"status": "processing"})
    events.record(call, "payment_intent.processing", intent)
    return _complete(call, session, payment_status="unpaid")


def finish_async_payment(call: Call, session: dict[str, Any], *, succeeded: bool) -> dict[str, Any]:
    """Let the payment that takes days succeed or fail; raise ``ValueError`` if there is none."""
    intent = _processing_intent(call, session)
    charge, decline = _charge_now(call, intent, succeeded=succeeded)
    intent["latest_charge"] = charge["id"]
    if decline:
        error = charges.declined(decline, charge).error
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
    else:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        session = call.ledger.save(session | {"payment_status": "paid"})
    call.ledger.save(intent)
    events.record(call, f"payment_intent.{'payment_failed' if decline else 'succeeded'}", intent)
    outcome = "failed" if decline else "succeeded"
    events.record(call, f"checkout.session.async_payment_{outcome}", session)
    return session


def _processing_intent(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        raise ValueError(f"The session {session['id']} is not waiting for a payment")
    intent = call.ledger.get("payment_intent", session["payment_intent"])
    if intent is None or intent["status"] != "processing":
        raise ValueError(f"The payment of {session['id']} is not processing")
    return intent


def _charge_now(
    call: Call, intent: dict[str, Any], *, succeeded: bool
) -> tuple[dict[str, Any], Decline | None]:
    card = cards.VISA if succeeded else cards.VISA_DECLINED
    facts = intent | {"payment_intent": intent["id"]}
    charge = charges.build(PresentedCard.well_known(card), facts, card.decline)
    if method := call.ledger.get("payment_method", intent["payment_method"] or ""):
        charge |= attempts.charged_with(method)
    charges.record(call, charge)
    return charge, card.decline


def expire(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    """Expire a session, and cancel a payment that was started."""
    expired = call.ledger.save(session | CLOSED | {"status": "expired"})
    intent = call.ledger.get("payment_intent", session["payment_intent"] or "")
    if intent and intent["status"] in payment_intents.CANCELABLE:
        payment_intents.mark_canceled(call, intent, "automatic")
    events.record(call, "checkout.session.expired", expired)
    return expired


def expire_due(call: Call) -> None:
    """Expire every open session that has run out of time."""
    over = "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?"
    for session in call.ledger.objects("checkout.session", over, int(time.time())):
        expire(call, session)


def destination(session: dict[str, Any]) -> str | None:
    """Return where a completed session sends the buyer, or None if the shop's page takes over."""
    if session["ui_mode"] == "hosted_page":
        address = session["success_url"]
    elif session["redirect_on_completion"] == "always":
        address = session["return_url"]
    else:
        return None
    return address.replace(TEMPLATE, session["id"])


def cancel_address(session: dict[str, Any]) -> str | None:
    """Return where the buyer can go back to without paying, while the session is open."""
    if session["status"] != "open" or not session["cancel_url"]:
        return None
    return session["cancel_url"].replace(TEMPLATE, session["id"])


def _complete(call: Call, session: dict[str, Any], payment_status: str | None = None) -> dict[str, Any]:
    status = payment_status or ("paid" if session["amount_total"] else "no_payment_required")
    done = session | CLOSED | {"status": "complete", "payment_status": status}
    call.ledger.save(done)
    method = call.ledger.get("payment_method", call.ledger.private(session["id"]).get("keep") or "")
    if method and status == "paid":
        payment_methods.keep(call, method, session["customer"])
    events.record(call, "checkout.session.completed", done)
    return done


def _with_intent(call: Call, session: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the session and its PaymentIntent, which the first attempt to pay creates."""
    if session["payment_intent"]:
        intent = call.ledger.get("payment_intent", session["payment_intent"]) or {}
        return session, intent
    data = call.ledger.private(session["id"])["payment_intent_data"]
    facts = {**data, "amount": session["amount_total"], "currency": session["currency"]}
    facts |= {"customer": session["customer"], "payment_method_types": session["payment_method_types"]}
    if "allowed_payment_method_types" in session:
        facts["allowed_payment_method_types"] = session["allowed_payment_method_types"]
    intent = payment_intents.add(call, objects.payment_intent(facts))
    return call.ledger.save(session | {"payment_intent": intent["id"]}), intent


def known_email(call: Call, session: dict[str, Any]) -> str | None:
    """Return the address that the shop has given, which the buyer cannot change."""
    customer = call.ledger.get("customer", session["customer"] or "") or {}
    return session["customer_email"] or customer.get("email")


def _remember(call: Call, session: dict[str, Any], *, keep: str | None) -> None:
    call.ledger.set_private(session["id"], call.ledger.private(session["id"]) | {"keep": keep})


def _back_from_elsewhere(call: Call, session: dict[str, Any], means: Means) -> str:
    """Return where the buyer comes back to: the Checkout page, or the shop if that was in a frame."""
    if means.kind.redirects and session["ui_mode"] == "embedded_page":
        return (session["return_url"] or "").replace(TEMPLATE, session["id"])
    return f"{call.origin}/c/pay/{session['id']}"


def _customer(call: Call, session: dict[str, Any], means: Means | None, email: str | None) -> dict[str, Any]:
    return {
        "address": None,
        "business_name": None,
        "email": known_email(call, session) or email,
        "individual_name": None,
        "name": means.presented.name if means and means.presented else None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _require_open(session: dict[str, Any]) -> None:
    if session["status"] != "open" or session["expires_at"] <= time.time():
        raise invalid("This Checkout Session is no longer open: it was paid or has expired.")
