"""Orders: what a reader buys, for how much, and whether it is paid."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse

from books.models.grants import order_number
from books.money import money
from users.prepared import prefill

from .buying.agreements import Agreement
from .buying.codes import DiscountCode
from .lines import lines_of
from .querysets import OrderQuerySet
from .refunded import Refunded
from .states import (
    DOUBTFUL_OUTCOMES,
    LIVE_OUTCOMES,
    OPEN_STATUSES,
    TRANSITIONS,
    InvalidTransition,
    OrderStatus,
)

# The `item` of an order of several products.
CART = "cart"


class Order(Refunded, models.Model):
    """Amounts are in the minor unit of the order's currency, a lower-case ISO 4217 code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # PROTECT: the ledger outlives the account, which is emptied rather than deleted.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    # What is bought, as one word: "all-books", "book:<uuid>" or "bundle:<slug>", or CART for several.
    item = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    # Where letters go: as typed at the checkout, or the account's. Finds no account; empty once it is erased.
    email = models.EmailField(blank=True, db_default="", default="", db_index=True)
    refunded_amount = models.PositiveIntegerField(default=0)
    livemode = models.BooleanField(default=False)
    # Stripe's ids of the payment that paid the order; empty until then.
    stripe_charge_id = models.CharField(max_length=255, blank=True)
    stripe_payment_intent_id = models.CharField(max_length=255, blank=True)
    stripe_checkout_session_id = models.CharField(max_length=255, blank=True)
    # What the buyer agreed to, as shown on the purchase page: an Agreement's values for each page.
    agreed_to = models.JSONField(default=list, db_default=Value([], models.JSONField()), editable=False)
    # With which it was begun, if that made it cheaper. It holds one use of the code until it expires.
    discount_code = models.ForeignKey(
        DiscountCode, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    # The number of the form that bought it for others: posted twenty times, it makes one order. Else empty.
    nonce = models.CharField(max_length=40, blank=True, db_default="", default="", editable=False)
    # Counts changes to the order's money: whoever read Stripe before the last change has to read it again.
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    # In the buyer's words: "PayPal", "Apple Pay, Visa ending in 4242". Empty where Stripe has not said it.
    paid_with = models.CharField(max_length=100, blank=True, default="", db_default="")

    exported_fields = (
        "id",
        "item",
        "status",
        "email",
        "amount",
        "currency",
        "refunded_amount",
        "stripe_charge_id",
        "stripe_payment_intent_id",
        "agreed_to",
        "discount_code__code",
        "source__source",
        "source__medium",
        "source__campaign",
        "source__term",
        "source__content",
        "source__referrer",
        "gift__giver",
        "gift__recipient",
        "gift__email",
        "gift__message",
        "gift__send_at",
        "gift__sent_at",
        "reminder__asked_at",
        "reminder__sent_at",
        "created_at",
        "paid_at",
        "paid_with",
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("refund_order", "Can refund orders"),
            ("repair_order", "Can repair orders that differ from Stripe"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="order_newest_of_user"),
            models.Index(fields=["-created_at", "-id"], name="order_newest"),
            # By which staff look an order up.
            models.Index(fields=["stripe_charge_id"], name="order_by_charge"),
            models.Index(fields=["stripe_payment_intent_id"], name="order_by_payment_intent"),
            models.Index(fields=["stripe_checkout_session_id"], name="order_by_session"),
            models.Index(fields=["status", "created_at"], name="order_by_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_amount__lte=F("amount")), name="order_refund_at_most_amount"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[OrderStatus.PENDING, OrderStatus.EXPIRED], paid_at__isnull=True)
                | Q(
                    status__in=[OrderStatus.PAID, OrderStatus.DISPUTED, OrderStatus.REFUNDED],
                    paid_at__isnull=False,
                ),
                name="order_paid_at_exactly_once_paid",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True) | Q(amount=0) | ~Q(stripe_charge_id=""),
                name="order_charge_named_once_paid",
            ),
            models.UniqueConstraint(
                fields=["nonce"], condition=~Q(nonce=""), name="order_once_per_form_for_others"
            ),
        ]

    def __str__(self):
        return f"Order {self.number}"

    def get_absolute_url(self):
        return reverse("order_detail", args=[self.pk])

    def read_lines(self):
        """Read the lines with what was bought, in one query, for all that follows; once is enough."""
        if "lines" in vars(self).get("_prefetched_objects_cache", ()):
            return
        lines = lines_of(order=self.pk)
        for line in lines:
            line.order = self
        prefill(self, "lines", lines)

    @property
    def is_for_others(self):
        """Whether it is a gift, or copies for several people, and opens nothing to its buyer."""
        return self.nonce != ""

    @property
    def reading_address(self):
        """Where to start reading: the book if the order is for one that has opened, otherwise the library."""
        products = [line.product for line in self.lines.all()]
        if len(products) == 1 and products[0].kind == "book" and products[0].has_opened:
            return reverse("book_read_start", args=[products[0].pk])
        return reverse("library")

    @property
    def number(self):
        """The short form of the id, for people to read out."""
        return order_number(self.pk)

    @property
    def price(self):
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    @property
    def state_in_words(self):
        """The status as its reader sees it, with a payment in doubt and a partial refund."""
        if self.paid_at is None and self.in_doubt:
            return "Being confirmed"
        if self.status == OrderStatus.PAID and self.refunded_amount:
            return f"Paid, {money(self.refunded_amount, self.currency)} refunded"
        return self.get_status_display()

    @property
    def in_doubt(self):
        """Whether there is an attempt that may have charged the buyer, without an answer from Stripe."""
        return any(attempt.outcome in DOUBTFUL_OUTCOMES for attempt in self.attempts.all())

    @property
    def is_being_paid(self):
        """Whether there is an attempt that may still charge the buyer."""
        return any(attempt.outcome in LIVE_OUTCOMES for attempt in self.attempts.all())

    @property
    def last_attempt(self):
        """The newest attempt to pay, or None."""
        attempts = list(self.attempts.all())
        return attempts[-1] if attempts else None

    @property
    def live_attempt(self):
        """The one attempt that may still charge the buyer, or None."""
        return self.attempts.filter(outcome__in=LIVE_OUTCOMES).first()

    @property
    def last_refusal(self):
        """Why the last attempt to pay failed, in words for the buyer; empty if it did not fail."""
        return self.last_attempt.message if self.last_attempt is not None else ""

    @property
    def agreements(self):
        """The pages to which the buyer agreed, each in the version that was shown."""
        return tuple(Agreement(*each) for each in self.agreed_to)

    def agree_to(self, shown):
        """Store what the buyer has been shown for the next attempt to pay, if it is something else."""
        agreed_to = [list(each) for each in shown]
        if agreed_to and agreed_to != self.agreed_to:
            Order.objects.filter(pk=self.pk).update(agreed_to=agreed_to)
            self.agreed_to = agreed_to

    agree_to.alters_data = True

    def move_to(self, status, **changes):
        """Change the status in a single UPDATE, so that only one of two simultaneous requests succeeds.

        An order that is no longer open closes its lines; open_lines opens them again. Raises
        InvalidTransition if the status in the database does not allow this move.
        """
        sources = [source for source, targets in TRANSITIONS.items() if status in targets]
        movable = Order.objects.filter(pk=self.pk, status__in=sources)
        if not movable.update(status=status, **changes):
            raise InvalidTransition(f"{self} cannot become {status}.")
        for name, value in {"status": status, **changes}.items():
            setattr(self, name, value)
        if status not in OPEN_STATUSES:
            self.open_lines(set())

    move_to.alters_data = True

    def open_lines(self, keys):
        """Have the lines with these keys open, and close the others.

        Call it with the reader locked, and only for products of which the reader has no other open line.
        """
        self.lines.filter(is_open=True).exclude(pk__in=keys).update(is_open=False)
        if keys:
            self.lines.filter(is_open=False, pk__in=keys).update(is_open=True)
        for line in vars(self).get("_prefetched_objects_cache", {}).get("lines", ()):
            line.is_open = line.pk in keys

    open_lines.alters_data = True
