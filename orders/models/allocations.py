"""Which book the money of an order line was paid for, and what a line's discount rests on."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from books.models import Book

from .orders import OrderLine


class AllocationCause(models.TextChoices):
    PAYMENT = "payment", "Paid"
    REFUND = "refund", "Refunded"
    DISPUTE = "dispute", "Withheld by a dispute"


class Allocation(models.Model):
    """Money of an order line, booked on one book. `amount` in the minor unit of the order's currency.

    Rows are only ever appended, by orders.pricing.allocations. A payment is booked on the books that the line
    newly opened, in amounts above zero. Refunds and disputes take away from the same books, in amounts below
    zero; when a refund fails or a dispute is won, the amount comes back in a row of the same cause.

    So the sum over an order is what the shop has of it now, the sum over a reader's orders is what that
    reader has paid and not got back, and no sum over one book of a line is below zero. Credit for sets,
    royalties and reports per book read these rows; nobody spreads an order's money over books again.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="allocations")
    # None: the line had no book at all, or the book was deleted. The money still counts as paid.
    book = models.ForeignKey(
        Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="allocations"
    )
    amount = models.IntegerField()
    cause = models.CharField(max_length=10, choices=AllocationCause)
    # When the money came or went; of orders from before there were allocations, when it did so then.
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="allocation_of_something"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | ~Q(cause=AllocationCause.PAYMENT),
                name="allocation_of_payment_above_zero",
            ),
        ]

    def __str__(self):
        return f"{self.amount} for {self.book} ({self.cause})"


class SetCredit(models.Model):
    """A part of an order line's discount: what `source` had paid for one of its books at the last claim.

    Once the line is paid it never changes. Compared with the source's allocations of today, it tells whether
    the discount still has its reason.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="credits")
    source = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="credited")
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    amount = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.amount} off {self.line}, paid with {self.source}"
