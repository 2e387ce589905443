"""What an order and an attempt to pay it can be, and how an order moves from one status to another."""

from django.db import models


class OrderStatus(models.TextChoices):
    PENDING = "pending", "Not paid"
    PAID = "paid", "Paid"
    EXPIRED = "expired", "Expired"
    REFUNDED = "refunded", "Refunded"
    DISPUTED = "disputed", "Disputed"


# What an order can be once it has been paid. Each can become any other: a refund may fail, a dispute may be
# won, and news from Stripe may arrive in any order. A paid order never becomes an unpaid one again.
_PAID_ONCE = {OrderStatus.PAID, OrderStatus.DISPUTED, OrderStatus.REFUNDED}

# Every legal move. Money that arrives for an expired order still pays it.
TRANSITIONS = {
    OrderStatus.PENDING: _PAID_ONCE | {OrderStatus.EXPIRED},
    OrderStatus.EXPIRED: _PAID_ONCE,
    OrderStatus.PAID: _PAID_ONCE - {OrderStatus.PAID},
    OrderStatus.DISPUTED: _PAID_ONCE - {OrderStatus.DISPUTED},
    OrderStatus.REFUNDED: _PAID_ONCE - {OrderStatus.REFUNDED},
}

# A reader has at most one such order for the same product.
OPEN_STATUSES = (OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.DISPUTED)


class InvalidTransition(Exception):
    """The order's status has changed in the meantime, and this move is no longer legal."""


class AttemptOutcome(models.TextChoices):
    UNKNOWN = "unknown", "Not known yet"
    OPEN = "open", "The buyer may still pay"
    PROCESSING = "processing", "Being processed by the buyer's bank"
    SUCCEEDED = "succeeded", "Paid"
    DECLINED = "declined", "Declined"
    FAILED = "failed", "Nothing was charged"


# Outcomes of attempts that may have charged the buyer already, and of all that may still do so.
DOUBTFUL_OUTCOMES = (AttemptOutcome.UNKNOWN, AttemptOutcome.PROCESSING)
LIVE_OUTCOMES = (*DOUBTFUL_OUTCOMES, AttemptOutcome.OPEN)
