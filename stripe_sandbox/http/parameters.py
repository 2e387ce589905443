"""Form-encoded parameters: from ``card[number]=…`` to checked values, or Stripe's error."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .errors import StripeError, invalid

type Check = Callable[[Any, str], Any]

METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500
MAXIMUM_FIELDS = 1000


def parse(encoded: str) -> dict[str, Any]:
    """Return nested dictionaries of strings; a list is a dictionary keyed by index, as text."""
    parsed: dict[str, Any] = {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MAXIMUM_FIELDS)
    except ValueError:
        raise invalid("Invalid request: the parameters are not valid form data.") from None
    for name, value in pairs:
        _insert(parsed, name, value)
    return parsed


def _insert(parsed: dict[str, Any], name: str, value: str) -> None:
    first, *rest = [name.partition("[")[0], *re.findall(r"\[([^\[\]]*)\]", name)]
    target = parsed
    key = first
    for following in rest:
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            raise invalid(f"Invalid object: {name}", param=first)
        key = following or str(len(target))
    if isinstance(target.get(key), dict):
        raise invalid(f"Invalid object: {name}", param=first)
    target[key] = value


@dataclass(frozen=True)
class Fields:
    """The parameters that an endpoint or a nested object takes; any other is refused as unknown."""

    checks: Mapping[str, Check]
    required: tuple[str, ...] = ()

    def __call__(self, value: Any, name: str = "") -> dict[str, Any]:
        """Return the checked values by name; raise Stripe's error for a wrong one."""
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name)
        for key in value:
            if key not in self.checks:
                raise _unknown(_nested(name, key))
        for key in self.required:
            if key not in value:
                raise _missing(_nested(name, key))
        return {key: self.checks[key](item, _nested(name, key)) for key, item in value.items()}


def _nested(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def _unknown(name: str) -> StripeError:
    return invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def _missing(name: str) -> StripeError:
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def string(value: Any, name: str) -> str:
    """Return text that is not empty."""
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", param=name)
    if not value:
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{name}' cannot be unset. You should remove '{name}' "
            "from your request or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=name,
        )
    return value


def integer(value: Any, name: str) -> int:
    """Return a whole number."""
    text = string(value, name)
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise invalid(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def at_least(smallest: int) -> Callable[[Any, str], int]:
    """Return a check for a whole number that is not below ``smallest``."""

    def check(value: Any, name: str) -> int:
        number = integer(value, name)
        if number < smallest:
            message = f"This value must be greater than or equal to {smallest} (it currently is '{number}')."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        return number

    return check


def boolean(value: Any, name: str) -> bool:
    """Return Stripe's ``true`` or ``false``."""
    text = string(value, name)
    if text not in ("true", "false"):
        raise invalid(f"Invalid boolean: {text}", param=name)
    return text == "true"


def one_of(*allowed: str) -> Check:
    """Return a check for one of the given words."""

    def check(value: Any, name: str) -> str:
        text = string(value, name)
        if text not in allowed:
            raise invalid(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
        return text

    return check


def array(check: Check) -> Check:
    """Return a check for a list whose items all pass ``check``."""

    def check_all(value: Any, name: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            raise invalid("Invalid array", param=name)
        return [check(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]

    return check_all


def email(value: Any, name: str) -> str:
    """Return an email address, checked as loosely as Stripe checks one."""
    text = string(value, name)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise invalid(f"Invalid email address: {text}", code="email_invalid", param=name)
    return text


def metadata(value: Any, name: str) -> dict[str, str]:
    """Return at most 50 pairs, with keys up to 40 and values up to 500 characters; ``""`` means none."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    if len(value) > METADATA_KEYS:
        raise invalid(
            f"You can only specify up to {METADATA_KEYS} metadata keys; you passed {len(value)}.",
            param=name,
        )
    for key, item in value.items():
        _check_metadata_pair(key, item, _nested(name, key))
    return {key: item for key, item in value.items() if item}


def _check_metadata_pair(key: str, item: Any, name: str) -> None:
    if not isinstance(item, str):
        raise invalid(f"Invalid string: {item}", param=name)
    if len(key) > METADATA_KEY_LENGTH:
        raise invalid(
            f"Metadata keys must have at most {METADATA_KEY_LENGTH} characters; yours has {len(key)}.",
            param=name,
        )
    if len(item) > METADATA_VALUE_LENGTH:
        raise invalid(
            f"Metadata values must have up to {METADATA_VALUE_LENGTH} characters, but you passed "
            f"in a value that is {len(item)} characters.",
            param=name,
        )


def statement_descriptor(value: Any, name: str) -> str:
    """Return at most 22 characters, with a letter and without ``< > \\ ' " *``."""
    text = string(value, name)
    if len(text) > 22 or re.search(r"[<>\\'\"*]", text) or not re.search(r"[A-Za-z]", text):
        raise invalid(
            "The statement descriptor must be at most 22 characters, contain at least one letter "
            "and none of < > \\ ' \" *.",
            param=name,
        )
    return text


ADDRESS = Fields(dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), string))
SHIPPING = Fields(
    {
        "address": ADDRESS,
        "name": string,
        "phone": string,
        "carrier": string,
        "tracking_number": string,
    },
    required=("address", "name"),
)
EXPAND = array(string)
RETRIEVE = Fields({"expand": EXPAND})
