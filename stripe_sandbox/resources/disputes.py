"""Disputes: buyers who claim their money back through their bank, and inquiries that may become one."""

import time
from typing import Any

from stripe_sandbox.http.errors import no_such
from stripe_sandbox.http.parameters import string
from stripe_sandbox.ledger.identifiers import head

from . import events
from .account import Call
from .listing import answer_list, list_fields

DAYS_TO_ANSWER = 9
REASON_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}
INQUIRIES = ("warning_needs_response", "warning_under_review")
CHARGEBACKS = ("needs_response", "under_review")
OUTCOMES = {"won": CHARGEBACKS, "lost": CHARGEBACKS, "prevented": INQUIRIES + CHARGEBACKS}
OUTCOMES["warning_closed"] = INQUIRIES
EVIDENCE = """
    access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
    cancellation_rebuttal customer_communication customer_email_address customer_name
    customer_purchase_ip customer_signature duplicate_charge_documentation
    duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy
    refund_policy_disclosure refund_refusal_explanation service_date service_documentation
    shipping_address shipping_carrier shipping_date shipping_documentation
    shipping_tracking_number uncategorized_file uncategorized_text
""".split()
LIST = list_fields(charge=string, payment_intent=string)


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/disputes/:id``."""
    dispute = call.ledger.get("dispute", call.identifier)
    if dispute is None:
        raise no_such("dispute", call.identifier, param="dispute")
    return dispute


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/disputes``."""
    return answer_list(call, "dispute", "/v1/disputes", ("charge", "payment_intent"))


def blocks_refund(call: Call, charge: dict[str, Any]) -> bool:
    """Return whether a dispute holds this charge's money, so that it cannot be refunded."""
    found = call.ledger.objects("dispute", "json_extract(body, '$.charge') = ?", charge["id"])
    return any(not dispute["is_charge_refundable"] for dispute in found)


def open_dispute(call: Call, identifier: str, reason: str, *, inquiry: bool) -> dict[str, Any]:
    """Dispute a charge; an inquiry takes no money. Raise ``ValueError`` if the charge cannot be disputed."""
    charge = _disputable(call, identifier)
    if reason not in REASON_CODES:
        raise ValueError(f"reason must be one of {', '.join(REASON_CODES)}")
    dispute = call.ledger.add(_build(charge, reason, inquiry=inquiry))
    call.ledger.save(charge | {"disputed": True})
    events.record(call, "charge.updated", charge | {"disputed": True}, {"disputed": False})
    events.record(call, "charge.dispute.created", dispute)
    if not inquiry:
        events.record(call, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _disputable(call: Call, identifier: str) -> dict[str, Any]:
    charge = call.ledger.get("charge", identifier)
    if charge is None or not charge["paid"]:
        raise ValueError(f"There is no paid charge {identifier}")
    if charge["disputed"]:
        raise ValueError(f"The charge {identifier} is already disputed")
    return charge


def _build(charge: dict[str, Any], reason: str, *, inquiry: bool) -> dict[str, Any]:
    return {
        **head("dispute", "du"),
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": int(time.time()) + DAYS_TO_ANSWER * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": _disputed_payment(charge, reason, inquiry=inquiry),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _disputed_payment(charge: dict[str, Any], reason: str, *, inquiry: bool) -> dict[str, Any]:
    paid_with = charge["payment_method_details"]
    if paid_with["type"] == "paypal":
        return {"type": "paypal", "paypal": {"case_id": "PP-SANDBOX", "reason_code": reason.upper()}}
    if paid_with["type"] != "card":
        return {"type": paid_with["type"]}
    brand = paid_with["card"]["brand"]
    card = {
        "brand": brand,
        "network": brand,
        "case_type": "inquiry" if inquiry else "chargeback",
        "network_reason_code": REASON_CODES[reason],
    }
    return {"type": "card", "card": card}


def review(call: Call, identifier: str) -> dict[str, Any]:
    """The shop has sent its evidence, and the bank is reviewing it."""
    dispute = _in_status(call, identifier, ("needs_response", "warning_needs_response"))
    return _update(call, dispute, {"status": dispute["status"].replace("needs_response", "under_review")})


def escalate(call: Call, identifier: str) -> dict[str, Any]:
    """An inquiry becomes a dispute, and the money is withdrawn."""
    dispute = _in_status(call, identifier, INQUIRIES)
    changed = _update(call, dispute, {"status": "needs_response", "is_charge_refundable": False})
    events.record(call, "charge.dispute.funds_withdrawn", changed)
    return changed


def close(call: Call, identifier: str, outcome: str) -> dict[str, Any]:
    """End a dispute ``won``, ``lost`` or ``prevented``, an inquiry ``warning_closed`` or ``prevented``."""
    if outcome not in OUTCOMES:
        raise ValueError(f"status must be one of {', '.join(OUTCOMES)}")
    dispute = _in_status(call, identifier, OUTCOMES[outcome])
    changes = {"status": outcome, "is_charge_refundable": outcome != "lost"}
    closed = call.ledger.save(dispute | changes)
    events.record(call, "charge.dispute.closed", closed, {"status": dispute["status"]})
    if dispute["status"] in CHARGEBACKS and outcome != "lost":
        events.record(call, "charge.dispute.funds_reinstated", closed)
    return closed


def _in_status(call: Call, identifier: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    dispute = call.ledger.get("dispute", identifier)
    if dispute is None:
        raise ValueError(f"There is no dispute {identifier}")
    if dispute["status"] not in allowed:
        raise ValueError(f"The dispute {identifier} is {dispute['status']}, not {' or '.join(allowed)}")
    return dispute


def _update(call: Call, dispute: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    changed = call.ledger.save(dispute | changes)
    events.record(call, "charge.dispute.updated", changed, {name: dispute[name] for name in changes})
    return changed
