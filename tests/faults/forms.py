"""Stripe's form encoding (`metadata[order_id]=…`, `line_items[0][quantity]=1`) decoded into objects."""

import re
from urllib.parse import parse_qsl


def decoded(body):
    """Return the parameters of a form as nested dicts and lists; every value is text."""
    parameters = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        *way, last = re.findall(r"[^\[\]]+", name)
        place = parameters
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return _with_lists(parameters)


def _with_lists(thing):
    if not isinstance(thing, dict):
        return thing
    changed = {name: _with_lists(value) for name, value in thing.items()}
    if changed and all(name.isdecimal() for name in changed):
        return [changed[name] for name in sorted(changed, key=int)]
    return changed
