"""The parameters of a Checkout Session, and the rules between them."""

import time
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.http.amounts import check_step, currency, minimum, written
from stripe_sandbox.http.errors import invalid
from stripe_sandbox.http.parameters import (
    EXPAND,
    SHIPPING,
    Fields,
    array,
    at_least,
    boolean,
    email,
    integer,
    metadata,
    one_of,
    statement_descriptor,
    string,
)
from stripe_sandbox.resources.listing import list_fields
from stripe_sandbox.resources.payment_intents import refuse_payment_method_types

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
LEEWAY = 60  # seconds, for clocks that differ
LOCALES = """
    auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl
    pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW
""".split()
ADDRESSES = {"hosted_page": ("success_url", "cancel_url"), "embedded_page": ("return_url",)}


def _url(value: Any, name: str) -> str:
    text = string(value, name)
    address = urlsplit(text)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise invalid("Not a valid URL", code="url_invalid", param=name)
    return text


def _reference(value: Any, name: str) -> str:
    text = string(value, name)
    if len(text) > 200:
        raise invalid(f"Invalid {name}: at most 200 characters.", code="parameter_invalid_string", param=name)
    return text


PRODUCT = Fields(
    {"name": string, "description": string, "images": array(_url), "metadata": metadata},
    required=("name",),
)
PRICE = Fields(
    {"currency": currency, "unit_amount": at_least(0), "product_data": PRODUCT},
    required=("currency", "unit_amount", "product_data"),
)
LINE_ITEM = Fields(
    {"price_data": PRICE, "quantity": at_least(1), "metadata": metadata}, required=("price_data", "quantity")
)
PAYMENT = Fields(
    {
        "description": string,
        "metadata": metadata,
        "receipt_email": email,
        "shipping": SHIPPING,
        "statement_descriptor": statement_descriptor,
        "statement_descriptor_suffix": statement_descriptor,
        "transfer_group": string,
    }
)
CUSTOMER_UPDATE = Fields(dict.fromkeys(("address", "name", "shipping"), one_of("auto", "never")))
SWITCH = one_of("disabled", "enabled")
SAVED = Fields(
    {
        "allow_redisplay_filters": array(one_of("always", "limited", "unspecified")),
        "payment_method_remove": SWITCH,
        "payment_method_save": SWITCH,
    }
)
CREATE = Fields(
    {
        "adaptive_pricing": Fields({"enabled": boolean}),
        "allowed_payment_method_types": array(string),
        "cancel_url": _url,
        "client_reference_id": _reference,
        "customer": string,
        "customer_email": email,
        "customer_update": CUSTOMER_UPDATE,
        "excluded_payment_method_types": array(string),
        "expires_at": integer,
        "line_items": array(LINE_ITEM),
        "locale": one_of(*LOCALES),
        "metadata": metadata,
        "mode": one_of("payment"),
        "payment_intent_data": PAYMENT,
        "payment_method_types": refuse_payment_method_types,
        "redirect_on_completion": one_of("always", "if_required", "never"),
        "return_url": _url,
        "saved_payment_method_options": SAVED,
        "submit_type": one_of("auto", "book", "donate", "pay"),
        "success_url": _url,
        "ui_mode": one_of(*ADDRESSES),
        "expand": EXPAND,
    },
    required=("mode", "line_items"),
)
EXPIRE = Fields({"expand": EXPAND})
LIST = list_fields(payment_intent=string, status=one_of("complete", "expired", "open"))
LINE_ITEMS = list_fields()


def check_together(given: dict[str, Any]) -> None:
    """Raise a 400 for parameters of a new session that exclude each other, or that it lacks."""
    mode = given.get("ui_mode", "hosted_page")
    _check_addresses(given, mode)
    if mode == "hosted_page":
        _check_hosted(given)
    else:
        _check_embedded(given)
    _check_items(given["line_items"])
    _check_expiry(given.get("expires_at"))
    _check_customer(given)


def _check_addresses(given: dict[str, Any], mode: str) -> None:
    others = [name for other, names in ADDRESSES.items() if other != mode for name in names]
    for name in others:
        if name in given:
            raise invalid(f"`{name}` can not be used when `ui_mode` is `{mode}`.", param=name)


def _check_hosted(given: dict[str, Any]) -> None:
    if "redirect_on_completion" in given:
        message = "`redirect_on_completion` can only be used when `ui_mode` is `embedded_page`."
        raise invalid(message, param="redirect_on_completion")
    _require(given, "success_url")


def _check_embedded(given: dict[str, Any]) -> None:
    if given.get("redirect_on_completion") != "never":
        _require(given, "return_url")
    elif "return_url" in given:
        message = "`return_url` can not be used when `redirect_on_completion` is `never`."
        raise invalid(message, param="return_url")


def _check_customer(given: dict[str, Any]) -> None:
    if "customer" not in given:
        for name in ("customer_update", "saved_payment_method_options"):
            if name in given:
                raise invalid(f"`{name}` can only be used with `customer`.", param=name)
    elif "customer_email" in given:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise invalid(message, param="customer_email")


def _require(given: dict[str, Any], name: str) -> None:
    if name not in given:
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _check_items(items: list[dict[str, Any]]) -> None:
    if not items:
        raise invalid("Missing required param: line_items.", code="parameter_missing", param="line_items")
    prices = [item["price_data"] for item in items]
    if len({price["currency"] for price in prices}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    total = sum(item["quantity"] * item["price_data"]["unit_amount"] for item in items)
    of = prices[0]["currency"]
    if 0 < total < minimum(of):
        message = f"The Checkout Session's total amount must be at least {written(minimum(of), of)} {of}."
        raise invalid(message, code="amount_too_small")
    check_step(total, of, param="line_items")


def _check_expiry(moment: int | None) -> None:
    if moment is None:
        return
    seconds = moment - time.time()
    if seconds < SHORTEST - LEEWAY:
        words = "at least 30 minutes from"
    elif seconds > LONGEST + LEEWAY:
        words = "less than 24 hours from"
    else:
        return
    raise invalid(
        f"The `expires_at` timestamp must be {words} Checkout Session creation.", param="expires_at"
    )
