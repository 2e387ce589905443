"""The endpoints of Checkout Sessions: one purchase each, on Stripe's own page, hosted or embedded."""

import copy
import secrets
import time
from typing import Any

from stripe_sandbox.http.errors import StripeError, invalid, no_such
from stripe_sandbox.ledger.identifiers import head, new_id
from stripe_sandbox.resources import customers
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.listing import answer_list
from stripe_sandbox.resources.methods.configurations import CONFIGURATION_ID

from . import fields, payments

COPIED = (
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "locale",
    "return_url",
    "saved_payment_method_options",
    "submit_type",
    "success_url",
)
EMPTY = (
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_creation",
    "customer_details",
    "invoice",
    "invoice_creation",
    "payment_intent",
    "payment_link",
    "permissions",
    "recovered_from",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
    "url",
)
FIXED = {
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    ),
    "mode": "payment",
    "payment_method_collection": "if_required",
    "payment_method_configuration_details": {"id": CONFIGURATION_ID, "parent": None},
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
}
EMPTY_IN_PRICE = (
    "custom_unit_amount",
    "lookup_key",
    "nickname",
    "recurring",
    "tiers_mode",
    "transform_quantity",
)


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/checkout/sessions``."""
    given = call.parameters
    fields.check_together(given)
    items = [_line_item(item) for item in given["line_items"]]
    total = sum(item["amount_total"] for item in items)
    if "customer" in given:
        customers.existing(call, given["customer"])
    types = _types(call, given, items[0]["currency"])
    session = _build(given, total, items[0]["currency"]) | {"payment_method_types": types}
    if session["ui_mode"] == "embedded_page":
        session["client_secret"] = f"{session['id']}_secret_{secrets.token_hex(24)}"
    else:
        session["url"] = f"{call.origin}/c/pay/{session['id']}"
    private = {"line_items": items, "payment_intent_data": given.get("payment_intent_data", {})}
    return call.ledger.add(session, private)


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/checkout/sessions/:id``."""
    session = call.ledger.get("checkout.session", call.identifier)
    if session is None:
        raise no_such("checkout.session", call.identifier, param="session")
    return session


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/checkout/sessions``."""
    return answer_list(call, "checkout.session", "/v1/checkout/sessions", ("payment_intent", "status"))


def line_items(call: Call) -> dict[str, Any]:
    """``GET /v1/checkout/sessions/:id/line_items``."""
    session = retrieve(call)
    data = call.ledger.private(session["id"])["line_items"]
    limit = call.parameters.get("limit", 10)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": data[:limit], "has_more": len(data) > limit, "url": url}


def expire(call: Call) -> dict[str, Any]:
    """``POST /v1/checkout/sessions/:id/expire``."""
    session = retrieve(call)
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session '
            f"has a status of {session['status']}."
        )
        raise StripeError(400, message, executed=True)
    return payments.expire(call, session)


def _types(call: Call, given: dict[str, Any], currency: str) -> list[str]:
    """Return what the buyer can pay with; raise Stripe's error if that is nothing."""
    allowed = given.get("allowed_payment_method_types")
    excluded = given.get("excluded_payment_method_types", [])
    offered = call.account.switches.offered(currency)
    types = [each for each in offered if (allowed is None or each in allowed) and each not in excluded]
    if not types:
        message = (
            "No valid payment method types for this Checkout Session. Please ensure that you have activated "
            f"payment methods compatible with {currency} in your dashboard."
        )
        raise invalid(message, param="allowed_payment_method_types" if allowed is not None else None)
    return types


def _build(given: dict[str, Any], total: int, currency: str) -> dict[str, Any]:
    session = {
        **head("checkout.session", "cs_test"),
        **dict.fromkeys(EMPTY),
        **copy.deepcopy(FIXED),
        **{name: given.get(name) for name in COPIED},
        # Switched on in this account's dashboard, as in every new one.
        "adaptive_pricing": {"enabled": True} | given.get("adaptive_pricing", {}),
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "expires_at": given.get("expires_at", int(time.time()) + fields.LONGEST),
        "metadata": given.get("metadata", {}),
        "payment_status": "unpaid" if total else "no_payment_required",
        "ui_mode": given.get("ui_mode", "hosted_page"),
    }
    if "allowed_payment_method_types" in given:
        session["allowed_payment_method_types"] = given["allowed_payment_method_types"]
    if session["ui_mode"] == "embedded_page":
        session["redirect_on_completion"] = given.get("redirect_on_completion", "always")
    else:
        del session["return_url"]
    return session


def _line_item(item: dict[str, Any]) -> dict[str, Any]:
    price = item["price_data"]
    total = item["quantity"] * price["unit_amount"]
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata", {}),
        "price": _price(price["currency"], price["unit_amount"]),
        "quantity": item["quantity"],
    }


def _price(currency: str, unit_amount: int) -> dict[str, Any]:
    return {
        **head("price", "price"),
        **dict.fromkeys(EMPTY_IN_PRICE),
        "active": False,
        "billing_scheme": "per_unit",
        "currency": currency,
        "metadata": {},
        "product": new_id("prod"),
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }
