"""Seats: the copies of what was bought for others. Each opens the product for whoever takes it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.models.lines import OrderLine
from users.fields import NameField


class SeatQuerySet(models.QuerySet):
    def free(self):
        """Seats that nobody has taken and that are not refunded, lowest number first."""
        return self.unrefunded().filter(redeemer=None).order_by("number")

    def unrefunded(self):
        """Seats that are not refunded by themselves."""
        refunded = self.model.refunds.through.objects.filter(refund__status__in=COUNTED).values("seat")
        return self.exclude(pk__in=refunded)


# A refund in one of these has been made or is about to be: orders.models.refunds.COUNTED_REFUNDS.
COUNTED = ("requested", "pending", "requires_action", "succeeded")


class Seat(models.Model):
    """One copy of an order line for others. Whether it may be taken follows from order and refunds."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="seats")
    # From 1, for the buyer's list.
    number = models.PositiveSmallIntegerField()
    # Which link works: a seat that is moved to somebody else gets another one.
    generation = models.PositiveSmallIntegerField(default=0)
    redeemer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    redeemed_at = models.DateTimeField(null=True, blank=True)
    # What the redeemer wants to be called in the buyer's list; empty if they did not say.
    name = NameField(max_length=60, blank=True)

    exported_fields = ("line__title", "name", "redeemed_at")

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["line", "number"]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="seat_once_per_number"),
            models.UniqueConstraint(
                fields=["line", "redeemer"],
                condition=Q(redeemer__isnull=False),
                name="seat_one_per_line_and_redeemer",
            ),
            models.CheckConstraint(
                condition=Q(redeemer__isnull=True, redeemed_at__isnull=True, name="")
                | Q(redeemer__isnull=False, redeemed_at__isnull=False),
                name="seat_redeemed_at_with_redeemer",
            ),
        ]

    def __str__(self):
        return f"{self.line}, copy {self.number}"
