"""The attempts to pay for an order, each known to Stripe by its own keys."""

from django.db import models
from django.db.models import Q

from .orders import AttemptOutcome, Order


class Attempt(models.Model):
    """One try to charge a card. It is committed before Stripe hears of it, as UNKNOWN."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    # Which of Stripe's interfaces was asked: one of the values of STRIPE_TOKEN_API.
    api = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.UNKNOWN)
    # Stripe's code for a decline or failure, and words that are fit to show the buyer.
    code = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=500, blank=True)
    stripe_payment_intent_id = models.CharField(max_length=255, blank=True)
    stripe_charge_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="attempt_number_once_per_order"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(outcome=AttemptOutcome.UNKNOWN),
                name="attempt_one_unknown_per_order",
            ),
        ]

    def __str__(self):
        return f"Attempt {self.number} of {self.order}"

    @property
    def idempotency_key(self):
        """The stem of the keys under which Stripe knows this attempt's requests."""
        return f"order-{self.order_id}-{self.number}"

    def end(self, outcome, *, code="", message=""):
        """Record how the attempt ended, unless that is known already.

        Returns whether it was this call that ended it.
        """
        unknown = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        return bool(unknown.update(outcome=outcome, code=code[:100], message=message[:500]))

    end.alters_data = True

    def give_up(self):
        """End an attempt unknown to Stripe, unless it has just named the PaymentIntent that it goes on with.

        Returns whether it was this call that ended it.
        """
        unknown = Attempt.objects.filter(
            pk=self.pk, outcome=AttemptOutcome.UNKNOWN, stripe_payment_intent_id=""
        )
        return bool(unknown.update(outcome=AttemptOutcome.FAILED, code="never_reached_stripe"))

    give_up.alters_data = True

    def name_payment_intent(self, payment_intent_id):
        """Write down the PaymentIntent before it is confirmed, unless the attempt was given up.

        Returns whether the attempt may go on.
        """
        unknown = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        return bool(unknown.update(stripe_payment_intent_id=payment_intent_id))

    name_payment_intent.alters_data = True
