"""Buyers who asked to be reminded, once, of what they left at the checkout."""

from django.db import models


class Reminder(models.Model):
    """What the buyer of an unpaid order has ticked.

    With `sent_at` it stays until the order is paid or expires, so that nobody gets two letters about it.
    """

    order = models.OneToOneField("orders.Order", on_delete=models.CASCADE, related_name="reminder")
    asked_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"Reminder of {self.order}"


def keep_choice(order, may_remind):
    """Store what the buyer of an unpaid order has ticked or not; None says that their page did not ask.

    Nothing changes once they have had their letter.
    """
    if may_remind:
        Reminder.objects.get_or_create(order=order)
    elif may_remind is not None:
        Reminder.objects.filter(order=order, sent_at=None).delete()
