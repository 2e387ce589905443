"""What the money doctor found when staff last examined the shop from the admin."""

from django.db import models


class Examination(models.Model):
    """One comparison of the orders with Stripe, kept for all staff to see."""

    at = models.DateTimeField(auto_now_add=True)
    orders = models.PositiveIntegerField()
    # Orders in Stripe's other mode (test or live), which our keys cannot ask about.
    other_mode = models.PositiveIntegerField()
    # Suspected differences that were not examined: one request examines only so many.
    left_out = models.PositiveIntegerField()

    class Meta:
        # Nobody adds or changes these by hand, so there are no permissions to give.
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self):
        return f"Examination of {self.orders} orders"


class ExaminationDifference(models.Model):
    """One place where Stripe, an order and its reader's access do not agree."""

    examination = models.ForeignKey(Examination, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=40)
    # An id and not a foreign key: the difference may be that there is no such order.
    order_id = models.UUIDField(null=True)
    charge_id = models.CharField(max_length=255)
    detail = models.TextField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self):
        return f"{self.kind}: {self.detail}"
