"""Stripe's documented test cards and what each of them does (docs.stripe.com/testing)."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True)
class Decline:
    """Why a bank declines a card, with the words that Stripe shows to the buyer."""

    code: str
    decline_code: str
    message: str


AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
DECLINED = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", DECLINED)
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST_CARD = Decline("card_declined", "lost_card", DECLINED)
STOLEN_CARD = Decline("card_declined", "stolen_card", DECLINED)
EXPIRED_CARD = Decline("expired_card", "expired_card", "Your card has expired.")
INCORRECT_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING_ERROR = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
VELOCITY_EXCEEDED = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)


@dataclass(frozen=True)
class TestCard:
    """One card of Stripe's list. Any other number is refused, as in Stripe's test mode."""

    number: str
    outcome: str
    brand: str = "visa"
    token: str | None = None
    payment_method: str | None = None
    decline: Decline | None = None
    authentication_required: bool = False
    dispute: str | None = None
    inquiry: bool = False
    refund: str | None = None

    @property
    def last4(self) -> str:
        """The only part of the number that may be stored."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """Always the same for the same number."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


def _card(
    number: str,
    outcome: str,
    token: str | None = None,
    payment_method: str | None = None,
    *,
    decline: Decline | None = None,
    brand: str = "visa",
    authentication_required: bool = False,
    **later: Any,
) -> TestCard:
    return TestCard(number, outcome, brand, token, payment_method, decline, authentication_required, **later)


def _declined(number: str, name: str, decline: Decline) -> TestCard:
    outcome = f"Declined: {decline.decline_code}"
    return _card(number, outcome, f"tok_{name}", f"pm_card_{name}", decline=decline)


TEST_CARDS = (
    _card("4242424242424242", "Succeeds", "tok_visa", "pm_card_visa"),
    _card(
        "5555555555554444",
        "Succeeds",
        "tok_mastercard",
        "pm_card_mastercard",
        brand="mastercard",
    ),
    _card("378282246310005", "Succeeds", "tok_amex", "pm_card_amex", brand="amex"),
    _declined("4000000000000002", "visa_chargeDeclined", GENERIC),
    _declined("4000000000009995", "visa_chargeDeclinedInsufficientFunds", INSUFFICIENT_FUNDS),
    _declined("4000000000009987", "visa_chargeDeclinedLostCard", LOST_CARD),
    _declined("4000000000009979", "visa_chargeDeclinedStolenCard", STOLEN_CARD),
    _declined("4000000000000069", "chargeDeclinedExpiredCard", EXPIRED_CARD),
    _declined("4000000000000127", "chargeDeclinedIncorrectCvc", INCORRECT_CVC),
    _declined("4000000000000119", "chargeDeclinedProcessingError", PROCESSING_ERROR),
    _declined("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", VELOCITY_EXCEEDED),
    _card(
        "4000002500003155",
        "Needs authentication",
        payment_method="pm_card_authenticationRequired",
        authentication_required=True,
    ),
    _card("4000002760003184", "Always needs authentication", authentication_required=True),
    _card(
        "4000000000003220",
        "Needs 3-D Secure 2",
        "tok_threeDSecure2Required",
        "pm_card_threeDSecure2Required",
        authentication_required=True,
    ),
    _card(
        "4000008400001629",
        "Needs authentication, then declined",
        payment_method="pm_card_threeDSecureRequiredChargeDeclined",
        authentication_required=True,
        decline=GENERIC,
    ),
    _card("4000000000003055", "Succeeds", payment_method="pm_card_threeDSecureOptional"),
    _card("4000000000000341", "Declined when charged", decline=GENERIC),
    _card(
        "4000000000000259",
        "Succeeds, then disputed as fraudulent",
        "tok_createDispute",
        "pm_card_createDispute",
        dispute="fraudulent",
    ),
    _card(
        "4000000000002685",
        "Succeeds, then disputed as not received",
        "tok_visa_createDisputeProductNotReceived",
        "pm_card_createDisputeProductNotReceived",
        dispute="product_not_received",
    ),
    _card(
        "4000000000001976",
        "Succeeds, then an inquiry",
        "tok_visa_createDisputeInquiry",
        "pm_card_createDisputeInquiry",
        dispute="fraudulent",
        inquiry=True,
    ),
    _card(
        "4000000000007726",
        "Succeeds; its refund starts pending, succeeds later",
        "tok_pendingRefund",
        "pm_card_pendingRefund",
        refund="pending",
    ),
    _card(
        "4000000000005126",
        "Succeeds; its refund succeeds, fails later",
        "tok_refundFail",
        "pm_card_refundFail",
        refund="fails",
    ),
    _card("4000000000000077", "Succeeds", payment_method="pm_card_bypassPending"),
)

_BY_NUMBER = {card.number: card for card in TEST_CARDS}
_BY_FINGERPRINT = {card.fingerprint: card for card in TEST_CARDS}
_BY_PAYMENT_METHOD = {card.payment_method: card for card in TEST_CARDS if card.payment_method}
_BY_TOKEN = {card.token: card for card in TEST_CARDS if card.token}
_BY_TOKEN["tok_chargeDeclined"] = _BY_TOKEN["tok_visa_chargeDeclined"]
VISA = _BY_TOKEN["tok_visa"]
VISA_DECLINED = _BY_TOKEN["tok_chargeDeclined"]


@dataclass(frozen=True)
class PresentedCard:
    """A test card as a buyer typed it, without its number and security code."""

    fingerprint: str
    exp_month: int
    exp_year: int
    cvc_check: str | None
    name: str | None = None
    address_zip: str | None = None

    @property
    def card(self) -> TestCard:
        """The test card behind it."""
        return _BY_FINGERPRINT[self.fingerprint]

    @classmethod
    def well_known(cls, card: TestCard) -> Self:
        """Return the card behind ``tok_visa``, ``pm_card_visa`` and the like, valid until next year."""
        return cls(card.fingerprint, 12, datetime.now(UTC).year + 1, cvc_check_of(card, given=True))


def cvc_check_of(card: TestCard, *, given: bool) -> str | None:
    """Return what the bank says about the security code: ``pass``, ``fail``, or None if it was not given."""
    if not given:
        return None
    return "fail" if card.decline is INCORRECT_CVC else "pass"


def by_fingerprint(fingerprint: str) -> TestCard:
    """Return the test card behind a stored card."""
    return _BY_FINGERPRINT[fingerprint]


def behind(charge: dict[str, Any]) -> TestCard:
    """Return the test card behind a charge; a good one if it was paid by another means."""
    card = charge["payment_method_details"].get("card")
    return by_fingerprint(card["fingerprint"]) if card else VISA


def by_number(number: str) -> TestCard | None:
    """Return the test card with this number (digits only)."""
    return _BY_NUMBER.get(number)


def by_token(token: str) -> TestCard | None:
    """Return the test card behind one of Stripe's reusable test tokens."""
    return _BY_TOKEN.get(token)


def by_payment_method(identifier: str) -> TestCard | None:
    """Return the test card behind one of Stripe's reusable ``pm_card_…`` ids."""
    return _BY_PAYMENT_METHOD.get(identifier)


def passes_luhn(number: str) -> bool:
    """Return whether the check digit of a card number is right."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(number[::-1]))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
