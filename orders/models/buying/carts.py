"""What readers have put into their cart; a visitor's cart is in the session (orders/cart/contents.py)."""

from django.conf import settings
from django.db import models


class CartItem(models.Model):
    """One product in a reader's cart, by its reference: the product may be gone when they come back."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart_items")
    item = models.CharField(max_length=100)
    added_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("item", "added_at")
    erased_with_account = True

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["reader", "item"], name="cart_item_once_per_reader"),
        ]

    def __str__(self):
        return f"{self.item} in the cart of {self.reader}"
