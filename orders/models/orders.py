"""An order: what a reader buys, for how much, and how far it has come."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from books.models import Book, Bundle
from books.money import money


class OrderStatus(models.TextChoices):
    PENDING = "pending", "Not paid"
    PAID = "paid", "Paid"
    EXPIRED = "expired", "Given up"
    REFUNDED = "refunded", "Refunded"
    DISPUTED = "disputed", "Disputed"


# What an order can be once money has come in. Each leads to each: a refund may fail, a dispute may be won,
# and what we hear of first may be the last that happened. None leads back to an order that was never paid.
_PAID_ONCE = {OrderStatus.PAID, OrderStatus.DISPUTED, OrderStatus.REFUNDED}

# Every legal move. Money that arrives for an order that was given up still pays it.
TRANSITIONS = {
    OrderStatus.PENDING: _PAID_ONCE | {OrderStatus.EXPIRED},
    OrderStatus.EXPIRED: _PAID_ONCE,
    OrderStatus.PAID: _PAID_ONCE - {OrderStatus.PAID},
    OrderStatus.DISPUTED: _PAID_ONCE - {OrderStatus.DISPUTED},
    OrderStatus.REFUNDED: _PAID_ONCE - {OrderStatus.REFUNDED},
}

# A reader has at most one order of these for the same product.
OPEN_STATUSES = (OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.DISPUTED)


class InvalidTransition(Exception):
    """The order has already moved on, so that this move is no longer legal."""


class OrderQuerySet(models.QuerySet):
    def in_doubt(self, *, since):
        """Orders of which it is not known since the given moment whether Stripe took the money."""
        return self.filter(attempts__outcome__in=DOUBTFUL_OUTCOMES, attempts__created_at__lte=since)

    def open_for(self, user, item):
        """The reader's one order for this product that is pending, paid or disputed, if there is one."""
        return self.filter(user=user, item=item, status__in=OPEN_STATUSES)


class AttemptOutcome(models.TextChoices):
    UNKNOWN = "unknown", "Not known yet"
    OPEN = "open", "The buyer may still pay"
    PROCESSING = "processing", "The buyer's bank is at work"
    SUCCEEDED = "succeeded", "Paid"
    DECLINED = "declined", "Declined"
    FAILED = "failed", "Nothing was charged"


# Outcomes of attempts that may have charged the buyer, and of all that may still do so.
DOUBTFUL_OUTCOMES = (AttemptOutcome.UNKNOWN, AttemptOutcome.PROCESSING)
LIVE_OUTCOMES = (*DOUBTFUL_OUTCOMES, AttemptOutcome.OPEN)


class Order(models.Model):
    """Amounts are in the minor unit of the order's currency, a lower-case ISO 4217 code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # PROTECT: the ledger outlives the account, which is emptied rather than deleted.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    # What is bought, as one word: "all-books", "book:<uuid>" or "bundle:<slug>".
    item = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    refunded_amount = models.PositiveIntegerField(default=0)
    livemode = models.BooleanField(default=False)
    # Of the payment that paid it; empty until then.
    stripe_charge_id = models.CharField(max_length=255, blank=True)
    stripe_payment_intent_id = models.CharField(max_length=255, blank=True)
    stripe_checkout_session_id = models.CharField(max_length=255, blank=True)
    # Counts what was written down of its money: whoever read Stripe before the last change has to read again.
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    exported_fields = (
        "id",
        "item",
        "status",
        "amount",
        "currency",
        "refunded_amount",
        "stripe_charge_id",
        "stripe_payment_intent_id",
        "created_at",
        "paid_at",
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
            models.Index(fields=["status", "created_at"], name="order_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item"],
                condition=Q(status__in=OPEN_STATUSES),
                name="order_one_open_per_reader_and_item",
            ),
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
        ]

    def __str__(self):
        return f"Order {self.number}"

    def get_absolute_url(self):
        return reverse("order_detail", args=[self.pk])

    @property
    def reading_address(self):
        """Where one begins to read what it brought: in the book, or for several in the library."""
        products = [line.product for line in self.lines.all()]
        if len(products) == 1 and products[0].kind == "book":
            return reverse("book_read_start", args=[products[0].pk])
        return reverse("library")

    @property
    def number(self):
        """The short form of the id that people can read out."""
        return self.pk.hex[:8].upper()

    @property
    def price(self):
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    @property
    def in_doubt(self):
        """Whether an attempt has begun of which it is not known if Stripe took the money."""
        return any(attempt.outcome in DOUBTFUL_OUTCOMES for attempt in self.attempts.all())

    @property
    def live_attempt(self):
        """The one attempt that may still charge the buyer, or None."""
        return self.attempts.filter(outcome__in=LIVE_OUTCOMES).first()

    @property
    def last_refusal(self):
        """Why the last attempt to pay failed, in words fit to show; empty if there was none or it did not."""
        last = self.attempts.last()
        return last.message if last is not None else ""

    def move_to(self, status, **changes):
        """Change the status in one UPDATE, so that of two requests exactly one succeeds.

        Raises InvalidTransition if the order, as the database has it now, may not go there.
        """
        sources = [source for source, targets in TRANSITIONS.items() if status in targets]
        movable = Order.objects.filter(pk=self.pk, status__in=sources)
        if not movable.update(status=status, **changes):
            raise InvalidTransition(f"{self} cannot become {status}.")
        self.refresh_from_db()

    move_to.alters_data = True


class OrderLine(models.Model):
    """One product of an order, as it was called and priced when it was bought."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, related_name="order_lines")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, related_name="order_lines")
    title = models.CharField(max_length=200)
    amount = models.PositiveIntegerField()
    # What it cost less, because the reader had paid for parts of it before.
    credit = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(book__isnull=True, bundle__isnull=False)
                | Q(book__isnull=False, bundle__isnull=True),
                name="order_line_of_one_thing",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def product(self):
        """What was bought: a book, or a bundle."""
        return self.book or self.bundle
