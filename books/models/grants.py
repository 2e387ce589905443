"""Why somebody may read: what they bought or were given opens it, until it ends."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .bundles import Bundle
from .catalogue import Book

ORDER_NUMBER_LENGTH = 8


def order_number(order_id):
    """Return the beginning of an order's UUID, short enough to read out."""
    return order_id.hex[:ORDER_NUMBER_LENGTH].upper()


class Grant(models.Model):
    """What one order, or staff, opened to one reader, live until it has ended; it may begin again.

    Of a book, or of a bundle; a bundle's grant is accompanied by one for each book that it had then, so that
    a book which leaves the bundle stays with those who bought it. What staff open by the box in the admin has
    no row: it is the permission.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    # With a book: the bundle that the book came in.
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    # The order's UUID and not a key to it: the shelf does not know the till. None: given by staff.
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)
    # Whether `special_status` came with it, and goes with it.
    brought_permission = models.BooleanField(default=False)
    # Whether staff had taken `special_status` by hand when it ended: it does not come back then.
    withdrawn = models.BooleanField(default=False)

    exported_fields = (
        "book__title",
        "bundle__title",
        "order_id",
        "note",
        "granted_at",
        "ended_at",
        "end_reason",
    )

    class Meta:
        ordering = ["-granted_at", "-id"]
        indexes = [models.Index(fields=["user", "book"], name="grant_of_book_to_reader")]
        constraints = [
            models.CheckConstraint(
                condition=Q(book__isnull=False) | Q(bundle__isnull=False), name="grant_of_something"
            ),
            models.UniqueConstraint(
                fields=["order_id", "bundle"],
                condition=Q(book__isnull=True),
                name="grant_once_per_order_and_bundle",
            ),
            models.UniqueConstraint(
                fields=["order_id", "bundle", "book"],
                condition=Q(bundle__isnull=False),
                name="grant_once_per_order_bundle_and_book",
            ),
            models.UniqueConstraint(
                fields=["order_id", "book"],
                condition=Q(bundle__isnull=True),
                name="grant_once_per_order_and_book",
            ),
        ]

    def __str__(self):
        return f"{self.thing} to {self.user}"

    @property
    def order_number(self):
        """The short form of the order's id, for people to read out; empty if staff gave it."""
        return order_number(self.order_id) if self.order_id else ""

    @property
    def thing(self):
        """What it opens: a book, or a bundle."""
        return self.book or self.bundle
