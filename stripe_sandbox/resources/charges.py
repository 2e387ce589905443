"""Charges: money that was taken from a card, or that the card refused."""

from typing import Any

from stripe_sandbox.http.amounts import Charging, amount, currency
from stripe_sandbox.http.errors import StripeError, card_error, invalid, no_such
from stripe_sandbox.http.parameters import (
    EXPAND,
    SHIPPING,
    boolean,
    email,
    metadata,
    statement_descriptor,
    string,
)
from stripe_sandbox.ledger.identifiers import head

from . import cards, disputes, events, objects, tokens
from .account import Call
from .cards import AUTHENTICATION_REQUIRED, Decline, PresentedCard
from .listing import answer_list, list_fields

TOKENS_REFUSED = (
    "Card Token usage on the Customers API and Charges API has reached end of life. Use "
    "PaymentMethods and PaymentIntents instead, or enable this functionality in your API policies "
    "settings (https://dashboard.stripe.com/settings/developers)."
)

CREATE = Charging(
    {
        "amount": amount,
        "currency": currency,
        "source": string,
        "capture": boolean,
        "description": string,
        "metadata": metadata,
        "receipt_email": email,
        "shipping": SHIPPING,
        "statement_descriptor": statement_descriptor,
        "statement_descriptor_suffix": statement_descriptor,
        "transfer_group": string,
        "expand": EXPAND,
    },
    required=("amount", "currency"),
)
COPIED = (
    "customer",
    "description",
    "payment_intent",
    "payment_method",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
EMPTY = (
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "failure_balance_transaction",
    "on_behalf_of",
    "receipt_number",
    "receipt_url",
    "review",
    "source_transfer",
    "transfer_data",
)
APPROVED = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 20,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
LIST = list_fields(payment_intent=string, transfer_group=string)


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/charges``: cards that need authentication are declined here."""
    if "source" not in call.parameters:
        raise invalid("Must provide source or customer.", code="parameter_missing")
    if call.policies.charges_api == "refused":
        raise invalid(TOKENS_REFUSED)
    presented = tokens.use(call, call.parameters["source"], "source")
    source = objects.card(presented)
    decline = _without_authentication(presented)
    parameters = call.parameters | {"payment_method": source["id"]}
    charge = build(presented, parameters, decline) | {"source": source}
    record(call, charge)
    if decline:
        raise declined(decline, charge)
    dispute(call, charge)
    return charge


def record(call: Call, charge: dict[str, Any]) -> None:
    """Store a new charge and its event."""
    call.ledger.add(charge)
    events.record(call, "charge.succeeded" if charge["paid"] else "charge.failed", charge)


def dispute(call: Call, charge: dict[str, Any]) -> None:
    """Dispute a charge right away if its test card asks for that."""
    card = cards.behind(charge)
    if card.dispute:
        disputes.open_dispute(call, charge["id"], card.dispute, inquiry=card.inquiry)


def _without_authentication(presented: PresentedCard) -> Decline | None:
    if not presented.card.authentication_required:
        return presented.card.decline
    required = AUTHENTICATION_REQUIRED
    return Decline("card_declined", required.decline_code, required.message)


def declined(decline: Decline, charge: dict[str, Any], **details: Any) -> StripeError:
    """Return the 402 for a refused card, which names the failed charge."""
    return card_error(
        decline.message,
        code=decline.code,
        param="cvc" if decline.code == "incorrect_cvc" else None,
        decline_code=decline.decline_code,
        charge=charge["id"],
        **details,
    )


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/charges/:id``."""
    charge = call.ledger.get("charge", call.identifier)
    if charge is None:
        raise no_such("charge", call.identifier, param="id")
    return charge


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/charges``."""
    return answer_list(call, "charge", "/v1/charges", ("payment_intent", "transfer_group"))


def build(presented: PresentedCard, parameters: dict[str, Any], decline: Decline | None) -> dict[str, Any]:
    """Return a charge that succeeded or, with ``decline``, failed; it is not stored yet.

    ``parameters`` holds the amount (smallest unit), the currency and the payment's other details.
    """
    amount = parameters["amount"]
    captured = parameters.get("capture", True) and decline is None
    return {
        **head("charge", "ch"),
        **dict.fromkeys(EMPTY),
        **{name: parameters.get(name) for name in COPIED},
        **_result(decline),
        "amount": amount,
        "amount_captured": amount if captured else 0,
        "amount_refunded": 0,
        "billing_details": parameters.get("billing_details") or objects.billing_details(presented),
        "calculated_statement_descriptor": "STRIPE SANDBOX",
        "captured": captured,
        "currency": parameters["currency"],
        "disputed": False,
        "fraud_details": {},
        "metadata": parameters.get("metadata", {}),
        "payment_method_details": {"type": "card", "card": _charged_card(presented, amount)},
        "refunded": False,
    }


def _result(decline: Decline | None) -> dict[str, Any]:
    return {
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "outcome": APPROVED | _declined_by_bank(decline) if decline else dict(APPROVED),
        "paid": decline is None,
        "status": "failed" if decline else "succeeded",
    }


def _declined_by_bank(decline: Decline) -> dict[str, Any]:
    return {
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def _charged_card(presented: PresentedCard, amount: int) -> dict[str, Any]:
    return {
        **objects.card_facts(presented),
        "amount_authorized": amount,
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": presented.card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": None,
        "transaction_link_id": None,
    }
