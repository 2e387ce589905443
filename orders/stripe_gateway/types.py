"""Requests to Stripe and its answers as plain values, independent of its library and the database."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StripeRefund:
    """A refund at Stripe. `refund_id` is the shop's own, empty if it was made in Stripe's dashboard."""

    id: str
    amount: int
    status: str
    charge_id: str
    refund_id: str = ""
    code: str = ""


@dataclass(frozen=True)
class StripeDispute:
    """A dispute or inquiry at Stripe."""

    id: str
    amount: int
    status: str
    reason: str
    charge_id: str
    opened_at: datetime
    due_by: datetime | None


@dataclass(frozen=True)
class Payment:
    """A payment at Stripe: a Checkout Session, a PaymentIntent, or a charge without one.

    `amount` in minor units of `currency`. `state` is "succeeded", "declined", "canceled", "processing" (the
    buyer's bank takes its time) or "open". `order_id` and `attempt` are from the metadata that the shop
    writes, empty if somebody else made the payment. `session_id` is empty if it was made in no Checkout
    Session, and None if that is not known. Refunds and disputes are complete if the payment was
    looked up on its own, and empty in lists. So is `paid_with`, what the buyer calls it, once it is paid.
    """

    state: str
    amount: int
    currency: str
    livemode: bool
    order_id: str
    attempt: str
    charge_id: str = ""
    payment_intent_id: str = ""
    session_id: str | None = None
    refunded_amount: int = 0
    code: str = ""
    message: str = ""
    paid_with: str = ""
    refunds: tuple[StripeRefund, ...] = ()
    disputes: tuple[StripeDispute, ...] = ()

    @property
    def id(self) -> str:
        """The id under which to look it up at Stripe."""
        return self.session_id or self.payment_intent_id or self.charge_id


@dataclass(frozen=True)
class PaymentRequest:
    """The payment that an attempt requests. Its idempotency keys start with `key`."""

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
    """The Checkout Session that an attempt requests: what it shows, and where it sends the buyer back to."""

    payment: PaymentRequest
    embedded: bool
    title: str
    # Holds Stripe's placeholder {CHECKOUT_SESSION_ID}.
    return_url: str
    cancel_url: str
    expires_at: datetime
    # What Stripe keeps about the reader; empty for a session of which nothing is kept.
    customer_id: str = ""


@dataclass(frozen=True)
class Session:
    """A Checkout Session: how to show it while it is open, and the payment in it."""

    id: str
    payment: Payment
    client_secret: str = ""
    url: str = ""


@dataclass(frozen=True)
class RefundRequest:
    """The refund that the shop requests. `refund_id` goes into its metadata."""

    refund_id: str
    order_id: str
    charge_id: str
    amount: int
    key: str


@dataclass(frozen=True)
class Event:
    """Something that has happened at Stripe. `payment_id` and `order_id` may be empty."""

    id: str
    type: str
    livemode: bool
    api_version: str
    created_at: datetime
    object_id: str
    payment_id: str
    order_id: str
