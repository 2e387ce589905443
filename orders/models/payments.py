"""The attempts to pay for an order, each known to Stripe by its own keys."""

from django.db import models
from django.db.models import Q

from .orders import LIVE_OUTCOMES, AttemptOutcome, Order

# What a buyer reads of an attempt that failed for no fault of theirs.
NOT_MADE = "The payment could not be made just now."


class AttemptApi(models.TextChoices):
    """Which interface of Stripe's takes the money: values of STRIPE_TOKEN_API, then Checkout's ui_mode."""

    PAYMENT_INTENTS = "payment_intents", "Card token, PaymentIntent"
    CHARGES = "charges", "Card token, Charge"
    EMBEDDED_PAGE = "embedded_page", "Checkout in our page"
    HOSTED_PAGE = "hosted_page", "Checkout on Stripe's page"


class Attempt(models.Model):
    """One try to pay. It is committed before Stripe hears of it.

    With a card token it begins as UNKNOWN; with a Checkout Session as OPEN, since no session charges anybody
    before the buyer has seen it.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    api = models.CharField(max_length=20, choices=AttemptApi)
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.UNKNOWN)
    # Stripe's code for a decline or failure, and words that are fit to show the buyer.
    code = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=500, blank=True)
    stripe_payment_intent_id = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_charge_id = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_checkout_session_id = models.CharField(max_length=255, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="attempt_number_once_per_order"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(outcome__in=LIVE_OUTCOMES),
                name="attempt_one_live_per_order",
            ),
        ]

    def __str__(self):
        return f"Attempt {self.number} of {self.order}"

    @property
    def idempotency_key(self):
        """The stem of the keys under which Stripe knows this attempt's requests."""
        return f"order-{self.order_id}-{self.number}"

    @property
    def is_session(self):
        """Whether the buyer pays in a Checkout Session."""
        return self.api in {AttemptApi.EMBEDDED_PAGE, AttemptApi.HOSTED_PAGE}

    def end(self, outcome, *, code="", message=""):
        """Record how the attempt ended, unless that is known already.

        Returns whether it was this call that ended it.
        """
        live = Attempt.objects.filter(pk=self.pk, outcome__in=LIVE_OUTCOMES)
        return bool(live.update(outcome=outcome, code=code[:100], message=message[:500]))

    end.alters_data = True

    def give_up(self):
        """End an attempt unknown to Stripe, unless it has just named what it goes on with there.

        Returns whether it was this call that ended it.
        """
        unnamed = Attempt.objects.filter(
            pk=self.pk,
            outcome__in=LIVE_OUTCOMES,
            stripe_payment_intent_id="",
            stripe_checkout_session_id="",
        )
        return bool(
            unnamed.update(outcome=AttemptOutcome.FAILED, code="never_reached_stripe", message=NOT_MADE)
        )

    give_up.alters_data = True

    def doubt(self):
        """Note that the buyer may have paid in the open session."""
        opened = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.OPEN)
        opened.update(outcome=AttemptOutcome.UNKNOWN)

    doubt.alters_data = True

    def reopen(self):
        """Note that the session, which its buyer may have paid in, is open after all."""
        doubtful = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        doubtful.update(outcome=AttemptOutcome.OPEN)

    reopen.alters_data = True

    def name_payment_intent(self, payment_intent_id):
        """Write down the PaymentIntent before it is confirmed, unless the attempt was given up.

        Returns whether the attempt may go on.
        """
        unknown = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        return bool(unknown.update(stripe_payment_intent_id=payment_intent_id))

    name_payment_intent.alters_data = True

    def name_session(self, session_id):
        """Write down the Checkout Session before the buyer sees it, unless the attempt was given up.

        Returns whether the buyer may see it.
        """
        opened = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.OPEN)
        return bool(opened.update(stripe_checkout_session_id=session_id))

    name_session.alters_data = True
