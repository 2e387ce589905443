"""PaymentMethods: a card, given by a token or by its number, or an account at PayPal or a bank."""

from dataclasses import asdict
from typing import Any

from stripe_sandbox.http.errors import StripeError, no_such
from stripe_sandbox.http.parameters import ADDRESS, EXPAND, Fields, email, metadata, one_of, string
from stripe_sandbox.resources import cards, objects, tokens
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.cards import PresentedCard

from .kinds import Kind

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


def add_other(call: Call, kind: Kind, parameters: dict[str, Any]) -> dict[str, Any]:
    """Store a PaymentMethod that is no card, such as an account at PayPal; a good card answers for it."""
    shown = objects.payment_method(_stand_in(), parameters)
    del shown["card"]
    method = shown | {"type": kind.type, kind.type: facts_of(kind.type)}
    return call.ledger.add(method, asdict(_stand_in()))


def add_wallet(call: Call, wallet: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Store a PaymentMethod with the card of a wallet."""
    method = objects.payment_method(_stand_in(), parameters)
    method["card"]["wallet"] = {"type": wallet, wallet: {}, "dynamic_last4": method["card"]["last4"]}
    return call.ledger.add(method, asdict(_stand_in()))


def facts_of(type: str) -> dict[str, Any]:
    """Return what a PaymentMethod that is no card, and a payment with it, say of it."""
    if type == "paypal":
        return {"country": "US", "payer_email": "buyer@example.com", "payer_id": "SANDBOXBUYER"}
    if type == "us_bank_account":
        return {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "fingerprint": "b4nkb4nkb4nkb4nk",
            "last4": "6789",
            "routing_number": "110000000",
        }
    return {"bank_code": "37040044", "country": "DE", "fingerprint": "s3p4s3p4s3p4s3p4", "last4": "3000"}


def keep(call: Call, method: dict[str, Any], customer: str) -> None:
    """Keep a card for a customer, who has agreed to that: Checkout shows it the next time."""
    call.ledger.save(method | {"customer": customer, "allow_redisplay": "always"})


def kept_for(call: Call, customer: str | None) -> list[dict[str, Any]]:
    """Return the cards that Checkout shows to a customer, newest first."""
    if not customer:
        return []
    kept = "json_extract(body, '$.customer') = ? AND json_extract(body, '$.allow_redisplay') = 'always'"
    return call.ledger.objects("payment_method", f"{kept} ORDER BY sequence DESC", customer)


def detach(call: Call, method: dict[str, Any]) -> None:
    """Take a card away from its customer: it can never be used again."""
    call.ledger.save(method | {"customer": None, "allow_redisplay": "unspecified"})


def _stand_in() -> PresentedCard:
    return PresentedCard.well_known(cards.VISA)


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/payment_methods/:id``; a ``pm_card_…`` id creates a new one, as at Stripe."""
    return _find(call, call.identifier, status=404)


def usable(call: Call, identifier: str) -> dict[str, Any]:
    """Return the PaymentMethod to pay with; raise a 400 if it was used before and has no customer."""
    method = _find(call, identifier, status=400)
    paid = call.ledger.objects(
        "charge",
        "json_extract(body, '$.payment_method') = ? AND json_extract(body, '$.paid') LIMIT 1",
        method["id"],
    )
    if paid and not method["customer"]:
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
