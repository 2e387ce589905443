"""What is asked of a payment, and what may come of it. Knows neither Stripe's library nor the database.

One of four things happens: it is done (a value), Declined, NothingCharged, or OutcomeUnknown.
"""

from dataclasses import dataclass


class Declined(Exception):
    """No money moved. `str()` is fit to show; `code` is Stripe's."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


class ConfirmationNeeded(Declined):
    """No money moved: the buyer's bank wants to confirm, which this way of paying cannot do."""


class NothingCharged(Exception):
    """No money moved, and not because of the card. `code` says why, for the log and the doctor."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class TurnedAway(NothingCharged):
    """Stripe did not look at the request: a wrong key, a missing right, too many requests."""


class TokensRefused(NothingCharged):
    """The account does not take card tokens (a policy in Stripe's dashboard)."""


class OutcomeUnknown(Exception):
    """Stripe may or may not have done what it was asked."""


@dataclass(frozen=True)
class Payment:
    """What Stripe says of a payment: a PaymentIntent, or a Charge made without one.

    `amount` in minor units of `currency`. `state` is "succeeded", "declined", "canceled" or "open".
    `order_id` and `attempt` are what we wrote into its metadata, empty if somebody else made it.
    """

    state: str
    amount: int
    currency: str
    livemode: bool
    order_id: str
    attempt: str
    charge_id: str
    payment_intent_id: str
    refunded_amount: int = 0
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class PaymentRequest:
    """What an attempt asks Stripe for; `key` is the stem of its idempotency keys."""

    amount: int
    currency: str
    description: str
    receipt_email: str
    order_id: str
    attempt: int
    key: str

    @property
    def metadata(self) -> dict[str, str]:
        return {"order_id": self.order_id, "attempt": str(self.attempt)}
