"""Events: what happened, with the object as it was then; each goes to the webhook endpoint."""

from typing import Any

from stripe_sandbox.http.errors import invalid, no_such
from stripe_sandbox.http.parameters import array, boolean, string

from .account import Call
from .listing import answer_list, list_fields
from .objects import API_VERSION, head

MAXIMUM_TYPES = 20
LIST = list_fields(type=string, types=array(string), delivery_success=boolean)


def record(
    call: Call, type: str, body: dict[str, Any], previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write an event and put it into the outbox, in the transaction of the change itself.

    ``previous`` holds what an update changed, as it was before.
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
    types = call.parameters.get("types", [])
    if types and "type" in call.parameters:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    if len(types) > MAXIMUM_TYPES:
        raise invalid(f"You may filter by at most {MAXIMUM_TYPES} types.", param="types")
    conditions, values = [], []
    if "type" in call.parameters:
        conditions.append("json_extract(body, '$.type') GLOB ?")
        values.append(call.parameters["type"].replace("[", "[[]").replace("?", "[?]"))
    if types:
        conditions.append(f"json_extract(body, '$.type') IN ({', '.join('?' * len(types))})")
        values += types
    if "delivery_success" in call.parameters:
        delivered = call.parameters["delivery_success"]
        conditions.append(f"json_extract(body, '$.pending_webhooks') {'=' if delivered else '>'} 0")
    return answer_list(call, "event", "/v1/events", also=(conditions, values))
