"""Lists, newest first, and ``expand``, which work the same for every kind of object."""

import json
from typing import Any

from stripe_sandbox.http.errors import StripeError, invalid, no_such
from stripe_sandbox.http.parameters import EXPAND, Check, Fields, integer, string

from .account import Call

BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
EXPANDABLE: dict[str, set[str]] = {
    "account": set(),
    "charge": {"payment_intent", "balance_transaction", "customer", "review", "refunds"},
    "checkout.session": {"payment_intent", "customer", "line_items"},
    "customer": set(),
    "dispute": {"charge", "payment_intent"},
    "event": set(),
    "item": set(),
    "payment_intent": {"latest_charge", "payment_method", "customer", "review"},
    "payment_method": {"customer"},
    "refund": {"charge", "payment_intent", "balance_transaction"},
    "token": set(),
    "webhook_endpoint": set(),
}
KIND_BY_PREFIX = {"ch": "charge", "cus": "customer", "pi": "payment_intent", "pm": "payment_method"}


def _created(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return Fields(dict.fromkeys(BOUNDS, integer))(value, name)
    return integer(value, name)


def limit(value: Any, name: str) -> int:
    """Return how many objects a page holds."""
    number = integer(value, name)
    if not 1 <= number <= 100:
        raise invalid(
            f"This value must be between 1 and 100 (it currently is '{number}').",
            code="parameter_invalid_integer",
            param=name,
        )
    return number


def list_fields(**filters: Check) -> Fields:
    """Return the parameters of a list, and the filters of its kind."""
    paging = {"limit": limit, "starting_after": string, "ending_before": string}
    return Fields({**filters, **paging, "created": _created, "expand": EXPAND})


def answer_list(
    call: Call,
    kind: str,
    url: str,
    filters: tuple[str, ...] = (),
    also: tuple[list[str], list[Any]] = ([], []),
) -> dict[str, Any]:
    """Return one page in Stripe's ``list`` shape; ``also`` holds more conditions in SQL, and their values."""
    parameters = call.parameters
    size = parameters.get("limit", 10)
    conditions, values = _conditions(call, kind, filters)
    conditions, values = conditions + also[0], values + also[1]
    backwards = "ending_before" in parameters
    order = "ASC" if backwards else "DESC"
    found = call.ledger.objects(
        kind,
        f"{' AND '.join(conditions)} ORDER BY sequence {order} LIMIT ?",
        *values,
        size + 1,
    )
    data = found[:size][::-1] if backwards else found[:size]
    return {"object": "list", "data": data, "has_more": len(found) > size, "url": url}


def _conditions(call: Call, kind: str, filters: tuple[str, ...]) -> tuple[list[str], list[Any]]:
    given = call.parameters
    created = given.get("created", {})
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    pairs = [("1 = ?", 1)]
    pairs += [(f"json_extract(body, '$.{name}') = ?", given[name]) for name in filters if name in given]
    pairs += [(f"created {BOUNDS[bound]} ?", moment) for bound, moment in bounds.items()]
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in given:
            pairs.append((f"sequence {comparison} ?", _cursor(call, kind, name)))
    return [condition for condition, _ in pairs], [value for _, value in pairs]


def _cursor(call: Call, kind: str, param: str) -> int:
    identifier = call.parameters[param]
    sequence = call.ledger.sequence(kind, identifier)
    if sequence is None:
        raise no_such(kind, identifier, param=param, status=400)
    return sequence


def expand(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with whole objects in place of the ids that ``expand`` names."""
    paths = call.parameters.get("expand", [])
    if paths:
        body = json.loads(json.dumps(body))
    for path in paths:
        _expand_path(call, body, path.split("."), path)
    return body


def _expand_path(call: Call, body: dict[str, Any], names: list[str], path: str) -> None:
    name, rest = names[0], names[1:]
    if body["object"] == "list":
        if name != "data" or not rest:
            raise _not_expandable(path)
        for item in body["data"]:
            _expand_path(call, item, rest, path)
        return
    if name not in EXPANDABLE[body["object"]]:
        raise _not_expandable(path)
    body[name] = _expanded(call, body, name)
    if rest and body[name]:
        _expand_path(call, body[name], rest, path)


def _expanded(call: Call, body: dict[str, Any], name: str) -> Any:
    if name in ("refunds", "line_items"):
        return _included(call, body, name)
    value = body[name]
    return (
        call.ledger.get(KIND_BY_PREFIX[value.partition("_")[0]], value) if isinstance(value, str) else value
    )


def _included(call: Call, body: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a list inside an object that Stripe leaves out unless it is expanded."""
    if name == "refunds":
        of_charge = "json_extract(body, '$.charge') = ? ORDER BY sequence DESC"
        data, url = call.ledger.objects("refund", of_charge, body["id"]), f"/v1/charges/{body['id']}/refunds"
    else:
        data = call.ledger.private(body["id"])["line_items"]
        url = f"/v1/checkout/sessions/{body['id']}/line_items"
    return {"object": "list", "data": data, "has_more": False, "url": url}


def _not_expandable(path: str) -> StripeError:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
