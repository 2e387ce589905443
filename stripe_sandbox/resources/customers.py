"""Customers: what Stripe keeps about a buyer for the next time."""

from typing import Any

from stripe_sandbox.http.errors import no_such
from stripe_sandbox.http.parameters import ADDRESS, EXPAND, Check, Fields, email, metadata, string
from stripe_sandbox.ledger.identifiers import head

from .account import Call
from .listing import answer_list, list_fields
from .methods import payment_methods

DETAILS: dict[str, Check] = {
    "address": ADDRESS,
    "description": string,
    "email": email,
    "name": string,
    "phone": string,
}
CREATE = Fields({**DETAILS, "metadata": metadata, "expand": EXPAND})
UPDATE = CREATE
DELETE = Fields({})
LIST = list_fields(email=string)
NOT_DELETED = "json_extract(body, '$.deleted') IS NULL"


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/customers``: two with the same address are two customers."""
    given = _given(call)
    return call.ledger.add(
        {
            **head("customer", "cus"),
            **dict.fromkeys(DETAILS),
            "balance": 0,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
            **given,
        }
    )


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/customers/:id``: of a deleted one, that it was deleted."""
    customer = call.ledger.get("customer", call.identifier)
    if customer is None:
        raise no_such("customer", call.identifier, param="id")
    if "deleted" in customer:
        return {name: customer[name] for name in ("id", "object", "deleted")}
    return customer


def update(call: Call) -> dict[str, Any]:
    """``POST /v1/customers/:id``."""
    return call.ledger.save(existing(call, call.identifier, status=404) | _given(call))


def delete(call: Call) -> dict[str, Any]:
    """``DELETE /v1/customers/:id``: payments stay, saved cards go."""
    customer = existing(call, call.identifier, status=404)
    for method in payment_methods.kept_for(call, customer["id"]):
        payment_methods.detach(call, method)
    kept = {name: customer[name] for name in ("id", "object", "created")}
    call.ledger.save(kept | {"deleted": True})
    return retrieve(call)


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/customers``, without those that were deleted."""
    return answer_list(call, "customer", "/v1/customers", ("email",), also=([NOT_DELETED], []))


def existing(call: Call, identifier: str, *, status: int = 400) -> dict[str, Any]:
    """Return a customer; raise Stripe's error if there is none, or none any more."""
    customer = call.ledger.get("customer", identifier)
    if customer is None or "deleted" in customer:
        raise no_such("customer", identifier, param="customer" if status == 400 else "id", status=status)
    return customer


def _given(call: Call) -> dict[str, Any]:
    return {name: value for name, value in call.parameters.items() if name != "expand"}
