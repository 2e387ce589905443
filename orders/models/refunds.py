"""Refunds: money that the shop returns to a buyer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from books.money import money

from .giving.seats import Seat
from .lines import OrderLine
from .orders import Order


class RefundStatus(models.TextChoices):
    """Stripe's statuses, and one of our own for a refund that Stripe has not confirmed yet."""

    REQUESTED = "requested", "Not confirmed by Stripe yet"
    PENDING = "pending", "On its way"
    REQUIRES_ACTION = "requires_action", "Waiting for the buyer"
    SUCCEEDED = "succeeded", "Refunded"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


# A refund counts as soon as it is requested, unless it is known to have failed; giving/seats.py has them too.
COUNTED_REFUNDS = (
    RefundStatus.REQUESTED,
    RefundStatus.PENDING,
    RefundStatus.REQUIRES_ACTION,
    RefundStatus.SUCCEEDED,
)


class RefundOrigin(models.TextChoices):
    STAFF = "staff", "By staff"
    BUYER = "buyer", "By the buyer, before the book opened"
    DASHBOARD = "dashboard", "In Stripe's dashboard"
    DUPLICATE = "duplicate", "Automatic: paid twice"
    ERASED = "erased", "Automatic: account erased"


# Refunds that the shop makes without anybody requesting them.
AUTOMATIC = (RefundOrigin.DUPLICATE, RefundOrigin.ERASED)


class Refund(models.Model):
    """Money returned to a buyer. `amount` in the minor unit of the order's currency.

    The row is committed before Stripe is asked, and its id is in the metadata of Stripe's refund.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    # The lines whose access it ends. Without any, it returns a part of the price and ends no access.
    lines = models.ManyToManyField(OrderLine, related_name="refunds", blank=True)
    # The unredeemed seats that it closes; it is for a part of their line.
    seats = models.ManyToManyField(Seat, related_name="refunds", blank=True)
    amount = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=RefundStatus, default=RefundStatus.REQUESTED)
    origin = models.CharField(max_length=10, choices=RefundOrigin)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="refunds_made",
    )
    reason = models.CharField(max_length=500, blank=True)
    # Stripe's code if the refund failed.
    code = models.CharField(max_length=100, blank=True)
    # Not always the charge that paid the order: a duplicate payment is refunded too.
    stripe_charge_id = models.CharField(max_length=255)
    stripe_refund_id = models.CharField(max_length=255, blank=True)
    # When Stripe was last asked, and how many times; see ask().
    asked_at = models.DateTimeField(null=True, blank=True)
    asks = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="refund_newest"),
            models.Index(fields=["stripe_charge_id"], name="refund_by_charge"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_refund_id"],
                condition=~Q(stripe_refund_id=""),
                name="refund_once_per_stripe_id",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
        ]

    def __str__(self):
        return f"Refund of {self.price} for {self.order}"

    @property
    def price(self):
        """The amount as shown to people."""
        return money(self.amount, self.order.currency)

    @property
    def refunded_lines(self):
        """The lines that it refunds in full, or those of the order if it names none."""
        return self.lines.all() or self.order.lines.all()

    def sets_instead(self):
        """Return the titles of the sets in which the buyer has paid again for what it refunds as paid twice.

        None if they have paid for the same product again, with this order or another.
        """
        refunded = list(self.refunded_lines.select_related("book", "bundle"))
        kept = OrderLine.objects.filter(reader=self.order.user_id, is_open=True, for_others=False)
        kept = kept.exclude(order__paid_at=None).select_related("bundle")
        if {line.item for line in refunded} & {line.item for line in kept}:
            return []
        return [each.title for each in kept if any(each.includes(line) for line in refunded)]

    @property
    def is_counted(self):
        """Whether the money has been refunded or is about to be."""
        return self.status in COUNTED_REFUNDS

    def ask(self, *, longest_call):
        """Return the idempotency key for asking Stripe now; call it if Stripe does not have the refund yet.

        The key stays the same for as long as a request can last. After that it changes, because Stripe may
        keep answering the old key with a stored error.
        """
        now = timezone.now()
        due = Q(asked_at__isnull=True) | Q(asked_at__lt=now - longest_call)
        Refund.objects.filter(due, pk=self.pk).update(asked_at=now, asks=F("asks") + 1)
        self.refresh_from_db(fields=["asked_at", "asks"])
        return f"refund-{self.pk}-{self.asks}"

    ask.alters_data = True
