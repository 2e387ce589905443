"""Buyers who asked to be reminded, once, of what they left at the checkout."""

from django.db import models


class Reminder(models.Model):
    """What the buyer of an unpaid order has ticked. It is deleted with the letter, and when none is due."""

    order = models.OneToOneField("orders.Order", on_delete=models.CASCADE, related_name="reminder")
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Reminder of {self.order}"


def keep_choice(order, may_remind):
    """Store what the buyer of an unpaid order has ticked or not; None says that their page did not ask."""
    if may_remind:
        Reminder.objects.get_or_create(order=order)
    elif may_remind is not None:
        Reminder.objects.filter(order=order).delete()
