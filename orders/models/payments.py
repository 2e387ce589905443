"""Attempts to pay for an order, and what Stripe keeps about who pays, each with its own idempotency keys."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .orders import Order
from .states import LIVE_OUTCOMES, AttemptOutcome

# What buyers read when an attempt failed through no fault of theirs.
NOT_MADE = "The payment could not be made just now."


class AttemptApi(models.TextChoices):
    """Which of Stripe's interfaces takes the money: values of STRIPE_TOKEN_API, then Checkout's ui_mode."""

    PAYMENT_INTENTS = "payment_intents", "Card token, PaymentIntent"
    CHARGES = "charges", "Card token, Charge"
    EMBEDDED_PAGE = "embedded_page", "Checkout in our page"
    HOSTED_PAGE = "hosted_page", "Checkout on Stripe's page"


class AttemptQuerySet(models.QuerySet):
    def unfinished(self):
        """Attempts that may still charge the buyer.

        Only those in the current mode (test or live): our keys cannot ask Stripe about the others.
        """
        return self.filter(outcome__in=LIVE_OUTCOMES, order__livemode=settings.STRIPE_LIVE_MODE)

    def succeed(self, *, charge_id, payment_intent_id):
        """Record that the one attempt in this query has paid the order."""
        self.update(
            outcome=AttemptOutcome.SUCCEEDED,
            code="",
            message="",
            stripe_charge_id=charge_id,
            stripe_payment_intent_id=payment_intent_id,
        )

    succeed.alters_data = True


class Attempt(models.Model):
    """One try to pay. The row is committed before Stripe is asked for anything.

    With a card token it starts as UNKNOWN; with a Checkout Session as OPEN, because nobody can be charged in
    a session before the buyer has seen it.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    api = models.CharField(max_length=20, choices=AttemptApi)
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.UNKNOWN)
    # Stripe's code for a decline or failure, and an explanation for the buyer.
    code = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=500, blank=True)
    stripe_payment_intent_id = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_charge_id = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_checkout_session_id = models.CharField(max_length=255, blank=True, db_index=True)
    # The customer that the session was opened for: "" for none, null until that is decided. All requests of
    # an attempt must be the same, so whatever is decided first counts.
    stripe_customer_id = models.CharField(max_length=255, blank=True, null=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttemptQuerySet.as_manager()

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
        """What the idempotency keys of this attempt's requests start with."""
        return f"order-{self.order_id}-{self.number}"

    @property
    def is_session(self):
        """Whether the buyer pays in a Checkout Session."""
        return self.api in {AttemptApi.EMBEDDED_PAGE, AttemptApi.HOSTED_PAGE}

    def end(self, outcome, *, code="", message=""):
        """Record how the attempt ended, unless that is already known; return whether this call ended it."""
        live = Attempt.objects.filter(pk=self.pk, outcome__in=LIVE_OUTCOMES)
        return bool(live.update(outcome=outcome, code=code[:100], message=message[:500]))

    end.alters_data = True

    def abandon(self):
        """End an attempt that Stripe does not know, unless another process has just recorded its id there.

        Returns whether this call ended it.
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

    abandon.alters_data = True

    def mark_in_doubt(self):
        """Record that the buyer may have paid in the open session."""
        opened = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.OPEN)
        opened.update(outcome=AttemptOutcome.UNKNOWN)

    mark_in_doubt.alters_data = True

    def reopen(self):
        """Record that the session in which the buyer may have paid is still open and unpaid."""
        doubtful = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        doubtful.update(outcome=AttemptOutcome.OPEN)

    reopen.alters_data = True

    def name_payment_intent(self, payment_intent_id):
        """Record the PaymentIntent's id before it is confirmed, unless the attempt has ended.

        Returns whether it may be confirmed.
        """
        unknown = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.UNKNOWN)
        return bool(unknown.update(stripe_payment_intent_id=payment_intent_id))

    name_payment_intent.alters_data = True

    def name_session(self, session_id):
        """Record the Checkout Session's id before the buyer sees it, unless the attempt has ended.

        Returns whether the buyer may see it.
        """
        opened = Attempt.objects.filter(pk=self.pk, outcome=AttemptOutcome.OPEN)
        return bool(opened.update(stripe_checkout_session_id=session_id))

    name_session.alters_data = True

    def decide_customer(self, customer_id):
        """Record for which customer the session is opened, "" for none, unless that is decided already."""
        undecided = Attempt.objects.filter(pk=self.pk, stripe_customer_id=None)
        if undecided.update(stripe_customer_id=customer_id):
            self.stripe_customer_id = customer_id
        else:
            self.refresh_from_db(fields=["stripe_customer_id"])

    decide_customer.alters_data = True


class StripeCustomer(models.Model):
    """What Stripe keeps about a reader for the next time: addresses and, if they agreed, cards.

    One for each reader and mode. The row is committed before Stripe is asked. Without a reader, whose account
    was erased, it is still to be deleted at Stripe.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="stripe_customers"
    )
    livemode = models.BooleanField()
    # Empty until it is known.
    stripe_customer_id = models.CharField(max_length=255, blank=True)
    # The address that Stripe has, or was asked to keep.
    email = models.EmailField(max_length=254, blank=True)
    # Another is made if staff delete it in Stripe's dashboard.
    number = models.PositiveSmallIntegerField(default=1)
    # When Stripe was asked for the one of this number; null before that.
    asked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("stripe_customer_id", "email", "livemode", "created_at")

    class Meta:
        verbose_name = "customer at Stripe"
        verbose_name_plural = "customers at Stripe"
        constraints = [
            models.UniqueConstraint(fields=["user", "livemode"], name="stripe_customer_one_per_reader"),
        ]
        indexes = [
            # The few of which Stripe was asked without an answer.
            models.Index(
                fields=["asked_at"], condition=Q(stripe_customer_id=""), name="stripe_customer_unanswered"
            ),
        ]

    def __str__(self):
        return self.stripe_customer_id or f"Customer {self.pk}"

    @property
    def idempotency_key(self):
        """The key of the request that makes it at Stripe."""
        return f"customer-{self.pk}-{self.number}"

    def ask(self, email):
        """Record that Stripe is asked for another, unless it was asked already or the reader has left."""
        unasked = self._unchanged().filter(asked_at=None, user__isnull=False)
        unasked.update(asked_at=timezone.now(), email=email)

    ask.alters_data = True

    def name(self, customer_id):
        """Record the id under which Stripe has it, also if its reader has left."""
        self._unchanged().update(stripe_customer_id=customer_id)

    name.alters_data = True

    def begin_again(self):
        """Record that Stripe has it no longer, or never had: the next is another one, under another key."""
        self._unchanged().update(stripe_customer_id="", asked_at=None, email="", number=F("number") + 1)

    begin_again.alters_data = True

    def _unchanged(self):
        """Return the row, unless another request has begun again in the meantime."""
        return StripeCustomer.objects.filter(pk=self.pk, number=self.number)
