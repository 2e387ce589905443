"""What is asked of Stripe and what it has: plain values, without Stripe's library or the database."""

from dataclasses import dataclass
from datetime import datetime


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
