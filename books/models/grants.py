"""Why somebody may read: what they bought opens it, until it ends."""

from django.conf import settings
from django.db import models

from .catalogue import Bundle


class Grant(models.Model):
    """What one order opened to one reader, live until it has ended; it may begin again.

    What staff open by hand has no row: it is the permission.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="grants")
    # The order's UUID and not a key to it: the shelf does not know the till.
    order_id = models.UUIDField()
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # What ended it, as the order calls it: "refunded" or "disputed".
    end_reason = models.CharField(max_length=20, blank=True)
    # Whether `special_status` came with it, and goes with it.
    brought_permission = models.BooleanField(default=False)
    # Whether staff had taken `special_status` by hand when it ended: it does not come back then.
    withdrawn = models.BooleanField(default=False)

    exported_fields = ("bundle__title", "order_id", "granted_at", "ended_at", "end_reason")

    class Meta:
        ordering = ["-granted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["order_id", "bundle"], name="grant_once_per_order_and_bundle"),
        ]

    def __str__(self):
        return f"{self.bundle} to {self.user}"
