"""Stripe's events, one row each, whether they came by webhook or were found in Stripe's list."""

from django.db import models
from django.db.models import F
from django.utils import timezone

from .orders import Order


class StripeEvent(models.Model):
    """An event only says which payment to look at. That and the outcome are kept; the body is not."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=255)
    object_id = models.CharField(max_length=255, blank=True)
    # The id under which to look up the payment: of a Checkout Session, a PaymentIntent or a charge. Empty if
    # the event is not about a payment.
    payment_id = models.CharField(max_length=255, blank=True)
    order = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=255, blank=True)
    # When it happened at Stripe, and when it reached us.
    created_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    # Why there was nothing to do.
    ignored = models.CharField(max_length=100, blank=True)
    # Why it could not be handled the last time, and how many times it was tried.
    error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["handled_at", "received_at"], name="event_unhandled_first"),
            models.Index(fields=["-received_at", "-id"], name="event_newest"),
            # By which staff look an event up.
            models.Index(fields=["object_id"], name="event_by_object"),
            models.Index(fields=["payment_id"], name="event_by_payment"),
            models.Index(fields=["type"], name="event_by_type"),
        ]

    def __str__(self):
        return f"{self.type} {self.id}"

    def finish(self, *, ignored=""):
        """Record that the event was handled, or why there was nothing to do."""
        self._record(handled_at=timezone.now(), ignored=ignored, error="")

    finish.alters_data = True

    def fail(self, error):
        """Record why the event could not be handled; the worker, a new delivery or staff try again."""
        self._record(error=error[:200])

    fail.alters_data = True

    def _record(self, **changes):
        StripeEvent.objects.filter(pk=self.pk).update(attempts=F("attempts") + 1, **changes)
        self.refresh_from_db()
