"""What a shop may ask about its own settings at Stripe: the account and its webhook endpoints."""

from typing import Any

from stripe_sandbox.http.parameters import EXPAND, Fields
from stripe_sandbox.webhooks.outbox import Endpoint

from .account import Call
from .listing import limit

ACCOUNT = "acct_1StripeSandbox"
LIST_ENDPOINTS = Fields({"limit": limit, "expand": EXPAND})


def retrieve_account(call: Call) -> dict[str, Any]:
    """``GET /v1/account``: the account that the key belongs to."""
    profile = call.account.profile
    capability = "active" if profile.charges_enabled else "inactive"
    return {
        "id": ACCOUNT,
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "capabilities": {"card_payments": capability, "transfers": capability},
        "charges_enabled": profile.charges_enabled,
        "country": profile.country,
        "default_currency": profile.default_currency,
        "details_submitted": profile.details_submitted,
        "email": None,
        "metadata": {},
        "payouts_enabled": profile.charges_enabled,
        "settings": _account_settings(profile.display_name),
        "type": "standard",
    }


def _account_settings(display_name: str) -> dict[str, Any]:
    descriptors = ("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")
    prefixes = ("statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_payments": {
            **dict.fromkeys(prefixes),
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": "SANDBOX",
        },
        "dashboard": {"display_name": display_name, "timezone": "Etc/UTC"},
        "payments": dict.fromkeys(descriptors) | {"statement_descriptor": "STRIPE SANDBOX"},
    }


def list_webhook_endpoints(call: Call) -> dict[str, Any]:
    """``GET /v1/webhook_endpoints``: the one there is; its secrets are not told again."""
    endpoint = call.account.outbox.endpoint
    data = [_webhook_endpoint(endpoint)] if endpoint else []
    return {"object": "list", "data": data, "has_more": False, "url": "/v1/webhook_endpoints"}


def _webhook_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.api_version,
        "application": None,
        "created": endpoint.created,
        "description": None,
        "enabled_events": list(endpoint.enabled_events),
        "livemode": False,
        "metadata": {},
        "status": endpoint.status,
        "url": endpoint.url,
    }
