"""Refunds: money given back, in part or in full, and what becomes of it later."""

import time
from typing import Any

from stripe_sandbox.http.errors import StripeError, invalid, no_such
from stripe_sandbox.http.parameters import EXPAND, Fields, integer, metadata, one_of, string

from . import cards, disputes, events
from .account import Call
from .listing import answer_list, list_fields
from .objects import head

NOTHING_NAMED = "One of the following params should be provided for this request: payment_intent or charge."
BOTH_NAMED = "You may only specify one of these parameters: payment_intent, charge."
OPEN_REFUNDS = ("pending", "requires_action")


def _amount(value: Any, name: str) -> int:
    number = integer(value, name)
    if number < 1:
        message = f"This value must be greater than or equal to 1 (it currently is '{number}')."
        raise invalid(message, code="parameter_invalid_integer", param=name)
    return number


CREATE = Fields(
    {
        "amount": _amount,
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
    """Give back ``parameters["amount"]``, or all that is left."""
    _check_refundable(call, charge)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = parameters.get("amount", left)
    if amount > left:
        limit = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        message = f"Refund amount (${amount / 100:,.2f}) is greater than {limit} (${left / 100:,.2f})"
        raise StripeError(400, message, param="amount", executed=True)
    card = cards.by_fingerprint(charge["payment_method_details"]["card"]["fingerprint"])
    status = "pending" if card.refund == "pending" else "succeeded"
    start = {name: value for name, value in head("refund", "re").items() if name != "livemode"}
    made = {
        **start,
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
            | {"type": "refund"},
            "type": "card",
        },
        "metadata": parameters.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": parameters.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    if status == "pending":
        made["pending_reason"] = "processing"
    later = {"pending": "succeeded", "fails": "failed"}.get(card.refund or "")
    due = {"due": time.time() + call.account.refund_seconds, "outcome": later} if later else None
    call.ledger.add(made, due)
    _change_refunded(call, charge, amount)
    events.record(call, "refund.created", made)
    return made


def settle(call: Call, identifier: str, outcome: str) -> dict[str, Any]:
    """A refund ``succeeded`` or ``failed`` now; raises ``ValueError`` if it cannot any more."""
    before = call.ledger.get("refund", identifier)
    if before is None:
        raise ValueError(f"No refund {identifier}")
    if before["status"] not in (*OPEN_REFUNDS, "succeeded") or before["status"] == outcome:
        raise ValueError(f"The refund {identifier} has {before['status']} already")
    after = {name: value for name, value in before.items() if name != "pending_reason"}
    after["status"] = outcome
    if outcome == "failed":
        after |= {"failure_reason": "expired_or_canceled_card"}
    call.ledger.save(after)
    call.ledger.set_private(identifier, None)
    previous = {"status": before["status"]}
    if outcome == "failed" and (charge := call.ledger.get("charge", after["charge"])):
        _change_refunded(call, charge, -after["amount"])
    events.record(call, "refund.updated", after, previous)
    events.record(call, "charge.refund.updated", after, previous)
    if outcome == "failed":
        events.record(call, "refund.failed", after, previous)
    return after


def settle_due(call: Call) -> None:
    """Settle every refund whose card has it change by now."""
    due = "json_extract(private, '$.due') > 0 AND json_extract(private, '$.due') <= ?"
    for waiting in call.ledger.objects("refund", due, time.time()):
        settle(call, waiting["id"], call.ledger.private(waiting["id"])["outcome"])


def _charge(call: Call) -> dict[str, Any]:
    if "charge" in call.parameters and "payment_intent" in call.parameters:
        raise invalid(BOTH_NAMED)
    if "charge" in call.parameters:
        identifier = call.parameters["charge"]
        charge = call.ledger.get("charge", identifier)
        if charge is None:
            raise no_such("charge", identifier, param="charge", status=400)
        return charge
    if "payment_intent" not in call.parameters:
        raise invalid(NOTHING_NAMED, code="parameter_missing")
    identifier = call.parameters["payment_intent"]
    intent = call.ledger.get("payment_intent", identifier)
    if intent is None:
        raise no_such("payment_intent", identifier, param="payment_intent", status=400)
    charge = call.ledger.get("charge", intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        message = f"This PaymentIntent ({identifier}) does not have a successful charge to refund."
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
    """The charge follows: more is refunded, or less when a refund has failed."""
    total = charge["amount_refunded"] + amount
    changed = {"amount_refunded": total, "refunded": total == charge["amount"]}
    previous = {name: charge[name] for name, value in changed.items() if charge[name] != value}
    call.ledger.save(charge | changed)
    type = "charge.refunded" if amount > 0 else "charge.updated"
    events.record(call, type, charge | changed, previous)
