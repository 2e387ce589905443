"""Gifts: who gives what to whom, with which words, and when the letter goes."""

from django.db import models
from django.db.models import Q

from users.fields import NameField


class Gift(models.Model):
    """What the giver has typed for an order of one copy, and what has become of its letter."""

    order = models.OneToOneField("Order", on_delete=models.CASCADE, primary_key=True, related_name="gift")
    # As typed, for the recipient alone. Empty once the giver's account is erased.
    giver = NameField(max_length=60, blank=True)
    recipient = NameField(max_length=60, blank=True)
    # Where the letter goes; empty if the giver passes the link on. No account is found by it.
    email = models.EmailField(blank=True)
    message = models.TextField(max_length=1000, blank=True)
    # The beginning of the day on which the letter goes, in the shop's time zone; None without a letter.
    send_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # When the recipient's browser first showed the gift. Programs that check mail follow links, and do not
    # count.
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(email="") | Q(send_at__isnull=False), name="gift_by_letter_on_a_day"
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_at"],
                condition=Q(sent_at__isnull=True) & ~Q(email=""),
                name="gift_letter_waiting",
            ),
        ]

    def __str__(self):
        return f"Gift of {self.order}"

    @property
    def subject(self):
        """The subject of its letter."""
        return f"{self.giver or 'Somebody'} has a book for you"
