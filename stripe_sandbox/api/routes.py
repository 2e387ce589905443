"""The addresses of Stripe's API, each with its endpoint and the parameters that it takes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.checkout import fields, sessions
from stripe_sandbox.http.authentication import Key, require_secret
from stripe_sandbox.http.errors import unrecognized_url
from stripe_sandbox.http.parameters import RETRIEVE, Fields
from stripe_sandbox.resources import (
    account,
    charges,
    customers,
    disputes,
    events,
    payment_intents,
    refunds,
    tokens,
)
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.methods import configurations, payment_methods

type Endpoint = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """One address of the API, with ``*`` for an id; ``in_browser`` answers calls with a publishable key."""

    method: str
    path: str
    endpoint: Endpoint
    parameters: Fields
    in_browser: Endpoint | None = None

    def endpoint_for(self, key: Key) -> Endpoint:
        """Return the endpoint for this kind of key; raise a 401 if the route needs a secret key."""
        if key is Key.PUBLISHABLE and self.in_browser:
            return self.in_browser
        require_secret(key)
        return self.endpoint


ROUTES = (
    Route("POST", "/v1/tokens", tokens.create, tokens.CREATE, tokens.create_in_browser),
    Route("GET", "/v1/tokens/*", tokens.retrieve, RETRIEVE),
    Route("POST", "/v1/payment_methods", payment_methods.create, payment_methods.CREATE),
    Route("GET", "/v1/payment_methods/*", payment_methods.retrieve, RETRIEVE),
    Route(
        "GET",
        "/v1/payment_method_configurations",
        configurations.list_all,
        configurations.LIST,
    ),
    Route("POST", "/v1/customers", customers.create, customers.CREATE),
    Route("GET", "/v1/customers", customers.list_all, customers.LIST),
    Route("GET", "/v1/customers/*", customers.retrieve, RETRIEVE),
    Route("POST", "/v1/customers/*", customers.update, customers.UPDATE),
    Route("DELETE", "/v1/customers/*", customers.delete, customers.DELETE),
    Route("POST", "/v1/payment_intents", payment_intents.create, payment_intents.CREATE),
    Route("GET", "/v1/payment_intents", payment_intents.list_all, payment_intents.LIST),
    Route("GET", "/v1/payment_intents/*", payment_intents.retrieve, RETRIEVE),
    Route(
        "POST",
        "/v1/payment_intents/*/confirm",
        payment_intents.confirm,
        payment_intents.CONFIRM,
    ),
    Route("POST", "/v1/payment_intents/*/cancel", payment_intents.cancel, payment_intents.CANCEL),
    Route("POST", "/v1/charges", charges.create, charges.CREATE),
    Route("GET", "/v1/charges", charges.list_all, charges.LIST),
    Route("GET", "/v1/charges/*", charges.retrieve, RETRIEVE),
    Route("POST", "/v1/refunds", refunds.create, refunds.CREATE),
    Route("GET", "/v1/refunds", refunds.list_all, refunds.LIST),
    Route("GET", "/v1/refunds/*", refunds.retrieve, RETRIEVE),
    Route("POST", "/v1/checkout/sessions", sessions.create, fields.CREATE),
    Route("GET", "/v1/checkout/sessions", sessions.list_all, fields.LIST),
    Route("GET", "/v1/checkout/sessions/*", sessions.retrieve, RETRIEVE),
    Route("POST", "/v1/checkout/sessions/*/expire", sessions.expire, fields.EXPIRE),
    Route(
        "GET",
        "/v1/checkout/sessions/*/line_items",
        sessions.line_items,
        fields.LINE_ITEMS,
    ),
    Route("GET", "/v1/account", account.retrieve, RETRIEVE),
    Route("GET", "/v1/webhook_endpoints", events.list_webhook_endpoints, events.LIST_ENDPOINTS),
    Route("GET", "/v1/disputes", disputes.list_all, disputes.LIST),
    Route("GET", "/v1/disputes/*", disputes.retrieve, RETRIEVE),
    Route("GET", "/v1/events", events.list_all, events.LIST),
    Route("GET", "/v1/events/*", events.retrieve, RETRIEVE),
)
_PATTERNS = [(route, re.compile(route.path.replace("*", "([A-Za-z0-9_]+)"))) for route in ROUTES]


def find(method: str, path: str) -> tuple[Route, str]:
    """Return the route of an address and the id in it; raise a 404 if there is no such route."""
    for route, pattern in _PATTERNS:
        if route.method == method and (match := pattern.fullmatch(path)):
            return route, match[1] if match.groups() else ""
    raise unrecognized_url(method, path)
