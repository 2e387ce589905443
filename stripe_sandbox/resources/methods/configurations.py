"""The account's configuration of ways to pay, as set in its dashboard."""

from typing import Any

from stripe_sandbox.http.parameters import boolean, string
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.listing import list_fields

from .kinds import OFF, ON

CONFIGURATION_ID = "pmc_1StripeSandbox"
LIST = list_fields(active=boolean, application=string)


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/payment_method_configurations``: this account has one."""
    ways = {name: _setting(state) for name, state in call.account.switches.as_dict().items()}
    configuration = {
        "id": CONFIGURATION_ID,
        "object": "payment_method_configuration",
        "active": True,
        "application": None,
        "is_default": True,
        "livemode": False,
        "name": "Default",
        "parent": None,
        **ways,
    }
    data = [configuration] if call.parameters.get("active", True) else []
    return {
        "object": "list",
        "data": data,
        "has_more": False,
        "url": "/v1/payment_method_configurations",
    }


def _setting(state: str) -> dict[str, Any]:
    value = OFF if state == OFF else ON
    preference = {"overridable": None, "preference": value, "value": value}
    return {"available": state == ON, "display_preference": preference}
