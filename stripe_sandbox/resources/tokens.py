"""Tokens: a checked card under a name that can be used once."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from stripe_sandbox.http.errors import StripeError, card_error, invalid, no_such
from stripe_sandbox.http.parameters import EXPAND, Fields, integer, string

from . import cards, objects
from .account import Call
from .cards import PresentedCard, TestCard

TEST_MODE_DECLINE = (
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For "
    "a list of valid test cards, visit: https://stripe.com/docs/testing."
)
SURFACE_REFUSED = (
    "This integration surface is unsupported for publishable key tokenization. To enable this "
    "surface, please go to your dashboard "
    "(https://dashboard.stripe.com/settings/integration)."
)

CARD = Fields(
    {
        "number": string,
        "exp_month": integer,
        "exp_year": integer,
        "cvc": string,
        "name": string,
        "address_zip": string,
    },
    required=("number", "exp_month", "exp_year"),
)
CREATE = Fields({"card": CARD, "expand": EXPAND}, required=("card",))


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/tokens`` with a secret key."""
    presented = present(call.parameters["card"])
    return call.ledger.add(objects.token(presented), asdict(presented))


def create_in_browser(call: Call) -> dict[str, Any]:
    """``POST /v1/tokens`` with a publishable key, as ``checkout.js`` does."""
    if call.policies.card_tokens == "refused":
        raise invalid(SURFACE_REFUSED)
    return create(call)


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/tokens/:id``."""
    token = call.ledger.get("token", call.identifier)
    if token is None:
        raise no_such("token", call.identifier, param="token")
    return token


def use(call: Call, identifier: str, param: str) -> PresentedCard:
    """Return the card behind a token and use the token up; Stripe's own test tokens can be used again."""
    if card := cards.by_token(identifier):
        return PresentedCard.well_known(card)
    token = call.ledger.get("token", identifier)
    if token is None:
        raise no_such("token", identifier, param=param, status=400)
    if token["used"]:
        message = f"You cannot use a Stripe token more than once: {identifier}."
        raise StripeError(400, message, code="token_already_used", executed=True)
    call.ledger.save(token | {"used": True})
    return PresentedCard(**call.ledger.private(identifier))


def present(given: dict[str, Any]) -> PresentedCard:
    """Return a typed card, checked as Stripe checks one. Its number goes no further than this."""
    number = re.sub(r"[\s-]", "", given["number"])
    if not re.fullmatch(r"[0-9]{12,19}", number) or not cards.passes_luhn(number):
        raise card_error("Your card number is incorrect.", code="incorrect_number", param="number")
    exp_year = _full_year(given["exp_month"], given["exp_year"])
    card = _test_card(number)
    cvc = given.get("cvc")
    _check_cvc(card, cvc)
    return PresentedCard(
        fingerprint=card.fingerprint,
        exp_month=given["exp_month"],
        exp_year=exp_year,
        cvc_check=cards.cvc_check_of(card, given=cvc is not None),
        name=given.get("name"),
        address_zip=given.get("address_zip"),
    )


def _test_card(number: str) -> TestCard:
    card = cards.by_number(number)
    if card is None:
        raise card_error(
            TEST_MODE_DECLINE, code="card_declined", decline_code="test_mode_live_card", param="number"
        )
    return card


def _check_cvc(card: TestCard, cvc: str | None) -> None:
    digits = "[0-9]{4}" if card.brand == "amex" else "[0-9]{3}"
    if cvc is not None and not re.fullmatch(digits, cvc):
        raise card_error("Your card's security code is invalid.", code="invalid_cvc", param="cvc")


def _full_year(month: int, year: int) -> int:
    """Return the year of expiry in four digits; raise what Stripe answers for a card that has expired."""
    now = datetime.now(UTC)
    if not 1 <= month <= 12:
        raise _invalid_expiry("month")
    full_year = 2000 + year if 0 <= year < 100 else year
    if not now.year <= full_year <= now.year + 50:
        raise _invalid_expiry("year")
    if (full_year, month) < (now.year, now.month):
        raise _invalid_expiry("month")
    return full_year


def _invalid_expiry(part: str) -> StripeError:
    message = f"Your card's expiration {part} is invalid."
    return card_error(message, code=f"invalid_expiry_{part}", param=f"exp_{part}")
