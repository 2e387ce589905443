"""Events: what happened, with the object as it was at that moment, and the endpoint that they are sent to."""

from typing import Any

from stripe_sandbox.http.errors import invalid, no_such
from stripe_sandbox.http.messages import API_VERSION
from stripe_sandbox.http.parameters import EXPAND, Fields, array, boolean, string
from stripe_sandbox.ledger.identifiers import head

from .account import Call
from .listing import answer_list, limit, list_fields

MAXIMUM_TYPES = 20
LIST = list_fields(type=string, types=array(string), delivery_success=boolean)
LIST_ENDPOINTS = Fields({"limit": limit, "expand": EXPAND})


def record(
    call: Call, type: str, body: dict[str, Any], previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Store an event and queue it for delivery, in the same transaction as the change itself.

    ``previous`` holds the old values of what an update changed.
    """
    data = {"object": body} if previous is None else {"object": body, "previous_attributes": previous}
    event = {
        **head("event", "evt"),
        "api_version": API_VERSION,
        "data": data,
        "pending_webhooks": int(call.account.outbox.wants(type)),
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": type,
    }
    call.ledger.add(event)
    call.account.outbox.put(event)
    return event


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/events/:id``."""
    event = call.ledger.get("event", call.identifier)
    if event is None:
        raise no_such("event", call.identifier, param="id")
    return event


def list_all(call: Call) -> dict[str, Any]:
    """``GET /v1/events``; ``type`` may be a group such as ``charge.*``."""
    _check_types(call.parameters)
    return answer_list(call, "event", "/v1/events", also=_conditions(call.parameters))


def list_webhook_endpoints(call: Call) -> dict[str, Any]:
    """``GET /v1/webhook_endpoints``: this account has at most one; its secrets are never shown."""
    endpoint = call.account.outbox.endpoint
    data = [endpoint.as_object()] if endpoint else []
    return {"object": "list", "data": data, "has_more": False, "url": "/v1/webhook_endpoints"}


def _check_types(parameters: dict[str, Any]) -> None:
    types = parameters.get("types", [])
    if types and "type" in parameters:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    if len(types) > MAXIMUM_TYPES:
        raise invalid(f"You may filter by at most {MAXIMUM_TYPES} types.", param="types")


def _conditions(parameters: dict[str, Any]) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if "type" in parameters:
        conditions.append("json_extract(body, '$.type') GLOB ?")
        values.append(parameters["type"].replace("[", "[[]").replace("?", "[?]"))
    if types := parameters.get("types"):
        conditions.append(f"json_extract(body, '$.type') IN ({', '.join('?' * len(types))})")
        values += types
    if "delivery_success" in parameters:
        comparison = "=" if parameters["delivery_success"] else ">"
        conditions.append(f"json_extract(body, '$.pending_webhooks') {comparison} 0")
    return conditions, values
