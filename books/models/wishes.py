"""What readers keep for later; a visitor's wishes are in the session (books/reading/wishes.py)."""

from django.conf import settings
from django.db import models


class Wish(models.Model):
    """One product on a reader's wish list, by its reference: the product may be gone when they come back."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    item = models.CharField(max_length=100)
    added_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("item", "added_at")
    erased_with_account = True

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "wishes"
        constraints = [models.UniqueConstraint(fields=["reader", "item"], name="wish_once_per_reader")]

    def __str__(self):
        return f"{self.item} on the wish list of {self.reader}"
