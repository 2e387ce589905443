"""What is asked of Stripe, and what may come of it. Knows neither Stripe's library nor the database.

One of four things happens: it is done (a value), Declined, NothingCharged, or OutcomeUnknown.
"""

from dataclasses import dataclass
from datetime import datetime


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


class Missing(NothingCharged):
    """Stripe has nothing under this id."""


class TokensRefused(NothingCharged):
    """The account does not take card tokens (a policy in Stripe's dashboard)."""


class OutcomeUnknown(Exception):
    """Stripe may or may not have done what it was asked."""


class InFlight(OutcomeUnknown):
    """Another request under the same idempotency key is still at work."""


class NotFromStripe(Exception):
    """What was posted to the webhook is not an event signed by Stripe."""


@dataclass(frozen=True)
class StripeRefund:
    """A refund as Stripe has it; `refund_id` is ours, empty if it was made in Stripe's dashboard."""

    id: str
    amount: int
    status: str
    charge_id: str
    refund_id: str = ""
    code: str = ""


@dataclass(frozen=True)
class StripeDispute:
    """A dispute or inquiry as Stripe has it."""

    id: str
    amount: int
    status: str
    reason: str
    charge_id: str
    opened_at: datetime
    due_by: datetime | None


@dataclass(frozen=True)
class Payment:
    """What Stripe says of a payment: of a Checkout Session, a PaymentIntent, or a Charge made without one.

    `amount` in minor units of `currency`. `state` is "succeeded", "declined", "canceled", "processing" (the
    buyer's bank takes its time) or "open". `order_id` and `attempt` are what we wrote into its metadata,
    empty if somebody else made it. Refunds and disputes are complete if the payment was looked up by itself,
    empty in lists.
    """

    state: str
    amount: int
    currency: str
    livemode: bool
    order_id: str
    attempt: str
    charge_id: str = ""
    payment_intent_id: str = ""
    session_id: str = ""
    refunded_amount: int = 0
    code: str = ""
    message: str = ""
    refunds: tuple[StripeRefund, ...] = ()
    disputes: tuple[StripeDispute, ...] = ()

    @property
    def id(self) -> str:
        """The id by which Stripe finds it."""
        return self.session_id or self.payment_intent_id or self.charge_id


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


@dataclass(frozen=True)
class SessionRequest:
    """What a Checkout Session shows beside the payment, and where it leads the buyer back to."""

    payment: PaymentRequest
    embedded: bool
    title: str
    # Holds Stripe's placeholder {CHECKOUT_SESSION_ID}.
    return_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """A Checkout Session: how the buyer gets to it while it is open, and what became of the payment in it."""

    id: str
    payment: Payment
    client_secret: str = ""
    url: str = ""


@dataclass(frozen=True)
class RefundRequest:
    """What a refund asks Stripe for; it is known there by our `refund_id`."""

    refund_id: str
    order_id: str
    charge_id: str
    amount: int
    key: str


@dataclass(frozen=True)
class Event:
    """What Stripe says has happened. `payment_id` and `order_id` may be empty."""

    id: str
    type: str
    livemode: bool
    api_version: str
    created_at: datetime
    object_id: str
    payment_id: str
    order_id: str
