"""Disputes: buyers' banks withdraw a payment, or ask about it."""

from django.db import models

from books.money import money

from .orders import Order

# Stripe's statuses (https://docs.stripe.com/api/disputes/object). An inquiry (warning_*) withdraws no money.
WITHHELD = ("needs_response", "under_review", "lost")
TO_BE_ANSWERED = ("needs_response", "warning_needs_response")
INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")


class Dispute(models.Model):
    """A buyer's bank withdraws a payment or asks about it."""

    stripe_dispute_id = models.CharField(max_length=255, unique=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="disputes")
    stripe_charge_id = models.CharField(max_length=255)
    # Stripe's status as it came, without choices: Stripe may add new ones.
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=100)
    amount = models.PositiveIntegerField()
    due_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["stripe_charge_id"], name="dispute_by_charge")]

    def __str__(self):
        return f"{'Inquiry' if self.is_inquiry else 'Dispute'} about {self.order}"

    @property
    def is_inquiry(self):
        """Whether the bank is only asking so far."""
        return self.status in INQUIRIES

    @property
    def withholds(self):
        """Whether the bank has the money, for now or for good."""
        return self.status in WITHHELD

    @property
    def price(self):
        """The amount as shown to people."""
        return money(self.amount, self.order.currency)
