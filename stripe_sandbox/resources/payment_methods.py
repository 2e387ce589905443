"""PaymentMethods: a card, given by a token or by its number, ready for a PaymentIntent."""

from dataclasses import asdict
from typing import Any

from stripe_sandbox.http.errors import StripeError, no_such
from stripe_sandbox.http.parameters import ADDRESS, EXPAND, Fields, email, metadata, one_of, string

from . import cards, objects, tokens
from .account import Call
from .cards import PresentedCard

FROM_TOKEN = Fields({"token": string}, required=("token",))
USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
    "attachment, shared with a connected account without Customer attachment, or was detached "
    "from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
    "attach it to a Customer first."
)


def _token_or_card(value: Any, name: str) -> dict[str, Any]:
    by_token = isinstance(value, dict) and "token" in value
    return (FROM_TOKEN if by_token else tokens.CARD)(value, name)


CREATE = Fields(
    {
        "type": one_of("card"),
        "card": _token_or_card,
        "allow_redisplay": one_of("always", "limited", "unspecified"),
        "billing_details": Fields({"address": ADDRESS, "email": email, "name": string, "phone": string}),
        "metadata": metadata,
        "expand": EXPAND,
    },
    required=("type", "card"),
)


def create(call: Call) -> dict[str, Any]:
    """``POST /v1/payment_methods``."""
    card = call.parameters["card"]
    presented = tokens.use(call, card["token"], "card[token]") if "token" in card else tokens.present(card)
    return _add(call, presented, call.parameters)


def _add(call: Call, presented: PresentedCard, parameters: dict[str, Any]) -> dict[str, Any]:
    return call.ledger.add(objects.payment_method(presented, parameters), asdict(presented))


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/payment_methods/:id``; a ``pm_card_…`` id creates a new one, as at Stripe."""
    return _find(call, call.identifier, status=404)


def usable(call: Call, identifier: str) -> dict[str, Any]:
    """Return the PaymentMethod to pay with; raise a 400 if it was used before: it has no customer."""
    method = _find(call, identifier, status=400)
    paid = call.ledger.objects(
        "charge",
        "json_extract(body, '$.payment_method') = ? AND json_extract(body, '$.paid') LIMIT 1",
        method["id"],
    )
    if paid:
        raise StripeError(400, USED_UP, code="payment_method_unexpected_state", executed=True)
    return method


def presented_by(call: Call, method: dict[str, Any]) -> PresentedCard:
    """Return the card behind a PaymentMethod."""
    return PresentedCard(**call.ledger.private(method["id"]))


def _find(call: Call, identifier: str, status: int) -> dict[str, Any]:
    if card := cards.by_payment_method(identifier):
        return _add(call, PresentedCard.well_known(card), {})
    method = call.ledger.get("payment_method", identifier)
    if method is None:
        raise no_such("PaymentMethod", identifier, param="payment_method", status=status)
    return method
