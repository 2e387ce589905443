"""Why somebody may read: what they bought opens it, until it ends."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .catalogue import Bundle


class Grant(models.Model):
    """What one order opened to one reader. What staff open by hand has no row: it is the permission."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="grants")
    # The order's UUID and not a key to it: the shelf does not know the till.
    order_id = models.UUIDField()
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    exported_fields = ("bundle__title", "order_id", "granted_at", "ended_at")

    class Meta:
        ordering = ["-granted_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "bundle"],
                condition=Q(ended_at__isnull=True),
                name="grant_one_live_per_order_and_bundle",
            ),
        ]

    def __str__(self):
        return f"{self.bundle} to {self.user}"
