"""The shapes of cards, tokens, PaymentMethods and PaymentIntents at API version 2026-10-28.endive."""

import secrets
from typing import Any

from stripe_sandbox.ledger.identifiers import head, new_id

from .cards import PresentedCard

TOKEN_BRANDS = {"visa": "Visa", "mastercard": "MasterCard", "amex": "American Express"}
EMPTY_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
COPIED_BY_INTENT = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "customer",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
)
EMPTY_IN_INTENT = (
    "application",
    "application_fee_amount",
    "canceled_at",
    "cancellation_reason",
    "customer_account",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "payment_method_configuration_details",
    "processing",
    "review",
    "transfer_data",
)
CARD_OPTIONS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def token(presented: PresentedCard) -> dict[str, Any]:
    """A token for a card, not used yet."""
    return {
        **head("token", "tok"),
        "card": card(presented),
        "client_ip": "127.0.0.1",
        "type": "card",
        "used": False,
    }


def card(presented: PresentedCard) -> dict[str, Any]:
    """The card inside a token, and the ``source`` of a charge made from one."""
    zip_check = "pass" if presented.address_zip else None
    return {
        "id": new_id("card"),
        "object": "card",
        "address_city": None,
        "address_country": None,
        "address_line1": None,
        "address_line1_check": None,
        "address_line2": None,
        "address_state": None,
        "address_zip": presented.address_zip,
        "address_zip_check": zip_check,
        "brand": TOKEN_BRANDS[presented.card.brand],
        "country": "US",
        "cvc_check": presented.cvc_check,
        "dynamic_last4": None,
        "exp_month": presented.exp_month,
        "exp_year": presented.exp_year,
        "fingerprint": presented.fingerprint,
        "funding": "credit",
        "last4": presented.card.last4,
        "metadata": {},
        "name": presented.name,
        "networks": {"preferred": None},
        "regulated_status": None,
        "tokenization_method": None,
    }


def billing_details(presented: PresentedCard, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Who pays, as far as the card and the shop said."""
    given = given or {}
    address = {**EMPTY_ADDRESS, "postal_code": presented.address_zip} | given.get("address", {})
    details = {"email": None, "name": presented.name, "phone": None, "tax_id": None}
    return {**details, **given, "address": address}


def _card_checks(presented: PresentedCard) -> dict[str, Any]:
    return {
        "address_line1_check": None,
        "address_postal_code_check": "pass" if presented.address_zip else None,
        "cvc_check": presented.cvc_check,
    }


def card_facts(presented: PresentedCard) -> dict[str, Any]:
    """What a PaymentMethod and a charge both say about their card."""
    return {
        "brand": presented.card.brand,
        "checks": _card_checks(presented),
        "country": "US",
        "exp_month": presented.exp_month,
        "exp_year": presented.exp_year,
        "fingerprint": presented.fingerprint,
        "funding": "credit",
        "last4": presented.card.last4,
        "regulated_status": None,
        "wallet": None,
    }


def payment_method(presented: PresentedCard, parameters: dict[str, Any]) -> dict[str, Any]:
    """A card PaymentMethod that belongs to no customer."""
    return {
        **head("payment_method", "pm"),
        "allow_redisplay": parameters.get("allow_redisplay", "unspecified"),
        "billing_details": billing_details(presented, parameters.get("billing_details")),
        "card": {
            **card_facts(presented),
            "display_brand": presented.card.brand,
            "generated_from": None,
            "networks": {"available": [presented.card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
        },
        "customer": None,
        "customer_account": None,
        "metadata": parameters.get("metadata", {}),
        "type": "card",
    }


def payment_intent(parameters: dict[str, Any]) -> dict[str, Any]:
    """A PaymentIntent that still needs a payment method."""
    start = head("payment_intent", "pi")
    automatic = parameters.get("automatic_payment_methods", {"enabled": True})
    return {
        **start,
        **dict.fromkeys(EMPTY_IN_INTENT),
        **{name: parameters.get(name) for name in COPIED_BY_INTENT},
        "amount": parameters["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", **automatic},
        "capture_method": parameters.get("capture_method", "automatic_async"),
        "client_secret": f"{start['id']}_secret_{secrets.token_hex(12)}",
        "confirmation_method": parameters.get("confirmation_method", "automatic"),
        "currency": parameters["currency"],
        "metadata": parameters.get("metadata", {}),
        "payment_method_options": {"card": dict(CARD_OPTIONS)},
        "payment_method_types": parameters.get("payment_method_types", ["card"]),
        "status": "requires_payment_method",
    }
