"""The lines of an order: what was bought, for how much."""

from django.db import models
from django.db.models import Q

from books.models import Book, Bundle
from users.prepared import Given, PreparedObjects


class OrderLine(models.Model):
    """One product in an order, with the title and price that it had when it was bought."""

    order = models.ForeignKey("Order", on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, related_name="order_lines")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, related_name="order_lines")
    title = models.CharField(max_length=200)
    amount = models.PositiveIntegerField()
    # The discount for what the reader had paid for parts of the bundle before.
    credit = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(book__isnull=True, bundle__isnull=False)
                | Q(book__isnull=False, bundle__isnull=True),
                name="order_line_of_one_thing",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def full_amount(self):
        """What it would have cost somebody who had not paid for any part of it before."""
        return self.amount + self.credit

    @property
    def product(self):
        """What was bought: a book, or a bundle."""
        return self.book or self.bundle


def lines_with_products():
    """Return the lines of orders with what was bought, in one query."""
    # A book has many columns, and only one of them decides about access.
    columns = [f"bundle__{name}" for name in ("title", "slug", "price", "everything")]
    lines = OrderLine.objects.select_related("book", "bundle")
    columns += ["order", "title", "amount", "credit", "book__first_published_at"]
    return lines.only(*columns)


@PreparedObjects
def lines_of():
    """Return the query for the lines of one order."""
    return lines_with_products().filter(order=Given("order", models.UUIDField()))
