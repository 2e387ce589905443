"""Grants: the access that readers have bought or been given."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .catalogue import Book, Bundle

ORDER_NUMBER_LENGTH = 8


def order_number(order_id):
    """Return the beginning of an order's UUID, short enough to read out."""
    return order_id.hex[:ORDER_NUMBER_LENGTH].upper()


class Grant(models.Model):
    """Access that one order, or staff, gave to one reader. It is live until it ends, and may begin again.

    It is for a book or for a bundle. With a bundle's grant comes one for each book that the bundle has at the
    time, so that buyers keep a book that later leaves the bundle. The permission that staff tick in the
    admin is not a grant.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    # If there is a book too: the bundle that the book came with.
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    # The order's UUID instead of a foreign key, since `books` does not import `orders`. None: given by staff.
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)
    # Of one that staff have suspended: why its order has ended it too, so that staff cannot restore it.
    ended_otherwise = models.CharField(max_length=20, blank=True, default="", db_default="")
    # Whether `special_status` was given with it, and will be taken with it.
    brought_permission = models.BooleanField(default=False)
    # Whether staff had removed `special_status` by hand before it ended; then it is not given back.
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
        indexes = [
            models.Index(fields=["user", "book"], name="grant_of_book_to_reader"),
            models.Index(fields=["-granted_at", "-id"], name="grant_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(book__isnull=False) | Q(bundle__isnull=False), name="grant_of_something"
            ),
            # An order of several copies opens its product to as many readers.
            models.UniqueConstraint(
                fields=["user", "order_id", "bundle"],
                condition=Q(book__isnull=True),
                name="grant_once_per_reader_order_and_bundle",
            ),
            models.UniqueConstraint(
                fields=["user", "order_id", "bundle", "book"],
                condition=Q(bundle__isnull=False),
                name="grant_once_per_reader_order_bundle_and_book",
            ),
            models.UniqueConstraint(
                fields=["user", "order_id", "book"],
                condition=Q(bundle__isnull=True),
                name="grant_once_per_reader_order_and_book",
            ),
        ]

    def __str__(self):
        return f"{self.product} to {self.user}"

    @property
    def order_number(self):
        """The short form of the order's id, for people to read out; empty if staff gave it."""
        return order_number(self.order_id) if self.order_id else ""

    @property
    def product(self):
        """The book or bundle that it gives access to."""
        return self.book or self.bundle
