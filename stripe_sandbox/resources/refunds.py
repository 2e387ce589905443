"""Refunds, in part or in full, and how they change later."""

import time
from typing import Any

from stripe_sandbox.http.amounts import check_step, written
from stripe_sandbox.http.errors import StripeError, invalid, no_such
from stripe_sandbox.http.parameters import EXPAND, Fields, at_least, metadata, one_of, string
from stripe_sandbox.ledger.identifiers import head

from . import cards, disputes, events
from .account import Call
from .listing import answer_list, list_fields

NOTHING_NAMED = "One of the following params should be provided for this request: payment_intent or charge."
BOTH_NAMED = "You may only specify one of these parameters: payment_intent, charge."
CHANGEABLE = ("pending", "requires_action", "succeeded")


CREATE = Fields(
    {
        "amount": at_least(1),
        "charge": string,
        "metadata": metadata,
        "payment_intent": string,
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
        "expand": EXPAND,
    }
)
LIST = list_fields(charge=string, payment_intent=string)


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/refunds``."""
    return refund(call, _charge(call), call.parameters)


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/refunds/:id``."""
    found = call.ledger.get("refund", call.identifier)
    if found is None:
        raise no_such("refund", call.identifier, param="refund")
    return found


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/refunds``."""
    return answer_list(call, "refund", "/v1/refunds", ("charge", "payment_intent"))


def refund(call: Call, charge: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Refund ``parameters["amount"]``, or all that is left of the charge."""
    _check_refundable(call, charge)
    amount = _checked_amount(charge, parameters.get("amount"))
    card = cards.behind(charge)
    later = {"pending": "succeeded", "fails": "failed"}.get(card.refund or "")
    due = {"due": time.time() + call.account.refund_seconds, "outcome": later} if later else None
    made = _build(charge, amount, parameters)
    if card.refund == "pending":
        made |= {"status": "pending", "pending_reason": "processing"}
    call.ledger.add(made, due)
    _change_refunded(call, charge, amount)
    events.record(call, "refund.created", made)
    return made


def settle(call: Call, identifier: str, outcome: str) -> dict[str, Any]:
    """Let a refund be ``succeeded`` or ``failed`` from now on; raise ``ValueError`` if it is too late."""
    before = _changeable(call, identifier, outcome)
    after = {name: value for name, value in before.items() if name != "pending_reason"}
    after["status"] = outcome
    if outcome == "failed":
        after |= {"failure_reason": "expired_or_canceled_card"}
    call.ledger.save(after)
    call.ledger.set_private(identifier, None)
    if outcome == "failed" and (charge := call.ledger.get("charge", after["charge"])):
        _change_refunded(call, charge, -after["amount"])
    types = ("refund.updated", "charge.refund.updated", "refund.failed")
    for type in types if outcome == "failed" else types[:2]:
        events.record(call, type, after, {"status": before["status"]})
    return after


def settle_due(call: Call) -> None:
    """Settle the refunds whose test card makes them change later, once their time has come."""
    due = "json_extract(private, '$.due') > 0 AND json_extract(private, '$.due') <= ?"
    for waiting in call.ledger.objects("refund", due, time.time()):
        settle(call, waiting["id"], call.ledger.private(waiting["id"])["outcome"])


def _checked_amount(charge: dict[str, Any], asked: int | None) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if asked is None else asked
    if amount > left:
        limit = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        asked_for, most = written(amount, charge["currency"]), written(left, charge["currency"])
        message = f"Refund amount ({asked_for}) is greater than {limit} ({most})"
        raise StripeError(400, message, param="amount", executed=True)
    check_step(amount, charge["currency"])
    return amount


def _build(charge: dict[str, Any], amount: int, parameters: dict[str, Any]) -> dict[str, Any]:
    start = {name: value for name, value in head("refund", "re").items() if name != "livemode"}
    return {
        **start,
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": _destination(charge),
        "metadata": parameters.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": parameters.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _destination(charge: dict[str, Any]) -> dict[str, Any]:
    type = charge["payment_method_details"]["type"]
    if type != "card":
        return {"type": type}
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return {"type": "card", "card": reference | {"type": "refund"}}


def _changeable(call: Call, identifier: str, outcome: str) -> dict[str, Any]:
    found = call.ledger.get("refund", identifier)
    if found is None:
        raise ValueError(f"There is no refund {identifier}")
    if found["status"] not in CHANGEABLE or found["status"] == outcome:
        raise ValueError(f"The refund {identifier} has already {found['status']}")
    return found


def _charge(call: Call) -> dict[str, Any]:
    given = call.parameters
    if "charge" in given and "payment_intent" in given:
        raise invalid(BOTH_NAMED)
    if "charge" in given:
        return _existing(call, "charge", given["charge"])
    if "payment_intent" in given:
        return _charge_of(call, _existing(call, "payment_intent", given["payment_intent"]))
    raise invalid(NOTHING_NAMED, code="parameter_missing")


def _existing(call: Call, kind: str, identifier: str) -> dict[str, Any]:
    found = call.ledger.get(kind, identifier)
    if found is None:
        raise no_such(kind, identifier, param=kind, status=400)
    return found


def _charge_of(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    charge = call.ledger.get("charge", intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise StripeError(400, message, code="payment_intent_unexpected_state", executed=True)
    return charge


def _check_refundable(call: Call, charge: dict[str, Any]) -> None:
    identifier = charge["id"]
    if not charge["paid"] or not charge["captured"]:
        message = f"Charge {identifier} has not been paid and captured; there is nothing to refund."
        raise StripeError(400, message, code="charge_not_refundable", executed=True)
    if disputes.blocks_refund(call, charge):
        message = f"Charge {identifier} has been charged back; cannot issue a refund."
        raise StripeError(400, message, code="charge_disputed", executed=True)
    if charge["refunded"]:
        message = f"Charge {identifier} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded", executed=True)


def _change_refunded(call: Call, charge: dict[str, Any], amount: int) -> None:
    """Update the charge: ``amount`` more is refunded, or less when a refund has failed."""
    total = charge["amount_refunded"] + amount
    changed = {"amount_refunded": total, "refunded": total == charge["amount"]}
    previous = {name: charge[name] for name, value in changed.items() if charge[name] != value}
    call.ledger.save(charge | changed)
    type = "charge.refunded" if amount > 0 else "charge.updated"
    events.record(call, type, charge | changed, previous)
