"""How the money of an order line is divided among its books, and where a line's discount comes from."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from books.models import Book

from .lines import OrderLine


class AllocationCause(models.TextChoices):
    PAYMENT = "payment", "Paid"
    REFUND = "refund", "Refunded"
    DISPUTE = "dispute", "Withheld by a dispute"


class Allocation(models.Model):
    """Money of an order line, allocated to one book. `amount` in the minor unit of the order's currency.

    Rows are only ever appended, by orders.pricing.allocations. A payment is allocated to the books that the
    line newly unlocked, in positive amounts. Refunds and disputes take it from the same books, in negative
    amounts; if a refund fails or a dispute is won, a row with the same cause puts the amount back.

    So the sum for an order is what the shop has received and kept, the sum for a reader's orders is what that
    reader has paid and not been refunded, and no sum for a book within a line is negative. Bundle credit,
    royalties and reports by book read these rows instead of dividing an order's money again.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="allocations")
    # None: the line had no book, or the book was deleted. The money still counts as paid.
    book = models.ForeignKey(
        Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="allocations"
    )
    amount = models.IntegerField()
    # Of a payment: what the book cost then, in the order's currency. Money in one currency makes a bundle
    # in another one cheaper by the share of this price that was paid. None: not known, or no book.
    list_price = models.PositiveIntegerField(null=True, editable=False)
    cause = models.CharField(max_length=10, choices=AllocationCause)
    # When the money was paid or taken back, also for orders made before allocations existed.
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

    It never changes once the line is paid. Comparing it with the source's current allocations shows whether
    the discount is still justified.
    """

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="credits")
    source = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="credited")
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # In the line's currency.
    amount = models.PositiveIntegerField()
    # What that was in the source's currency; None if it is the same currency, and so the same amount.
    paid = models.PositiveIntegerField(null=True, editable=False)

    def __str__(self):
        return f"{self.amount} off {self.line}, paid with {self.source}"
