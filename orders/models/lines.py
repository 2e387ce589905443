"""The lines of an order: what was bought, for how much."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from books.models import ALL_BOOKS, Book, Bundle
from users.prepared import Given, PreparedObjects


class OrderLine(models.Model):
    """One product in an order, with the title and price that it had when it was bought."""

    order = models.ForeignKey("Order", on_delete=models.CASCADE, related_name="lines")
    # The product's reference, "all-books", "book:<uuid>" or "bundle:<slug>", and the order's reader: here so
    # that the constraint below can name them.
    item = models.CharField(max_length=100, db_default="")
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="order_lines"
    )
    # Whether it is what its reader has of the product, or is about to have: the order is pending, paid or
    # disputed, and the line is neither refunded nor paid for with another order too. See Order.open_lines.
    is_open = models.BooleanField(db_default=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, related_name="order_lines")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, related_name="order_lines")
    title = models.CharField(max_length=200)
    amount = models.PositiveIntegerField()
    # The discount for what the reader had paid for parts of the bundle before.
    credit = models.PositiveIntegerField(default=0)
    # What a discount code took off, and what the buyer gave beyond the lowest price of a book for which they
    # chose the amount.
    discount = models.PositiveIntegerField(default=0, db_default=0)
    tip = models.PositiveIntegerField(default=0, db_default=0)
    # Whether the amount is not the price: its buyer chose it, or the book was given for the newsletter.
    chosen = models.BooleanField(default=False, db_default=False)
    # In a sale: the lowest price of the 30 days before it, if the page announced a reduction, and by how much
    # the sale's price was below the regular one.
    was = models.PositiveIntegerField(null=True)
    reduced_by = models.PositiveIntegerField(default=0, db_default=0)
    # How many copies the amount is for. Those for others open nothing to the buyer: each has a seat.
    quantity = models.PositiveSmallIntegerField(default=1, db_default=1)
    for_others = models.BooleanField(default=False, db_default=False)
    # Which link for all copies works; see giving/links.py.
    link_generation = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "item"],
                condition=Q(is_open=True, for_others=False),
                name="order_line_one_open_per_reader_and_item",
            ),
            models.CheckConstraint(
                condition=Q(is_open=False) | (Q(reader__isnull=False) & ~Q(item="")),
                name="order_line_open_with_reader_and_item",
            ),
            models.CheckConstraint(condition=Q(tip__lte=F("amount")), name="order_line_tip_at_most_amount"),
            models.CheckConstraint(
                condition=Q(book__isnull=True, bundle__isnull=False)
                | Q(book__isnull=False, bundle__isnull=True),
                name="order_line_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(for_others=True, quantity__gte=1, credit=0) | Q(for_others=False, quantity=1),
                name="order_line_copies_for_others",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def full_amount(self):
        """What it cost at least, without a code, for somebody who had not paid for any part of it before."""
        return self.amount + self.credit + self.discount - self.tip

    @property
    def list_amount(self):
        """What it would have cost them without a sale."""
        return self.full_amount + self.reduced_by

    @property
    def unit_price(self):
        """What one copy of it would have cost such a buyer without a sale."""
        return self.list_amount // self.quantity

    @property
    def label(self):
        """The title as receipts name it, with the number of copies if there are several."""
        return self.title if self.quantity == 1 else f"{self.title}, {self.quantity} copies"

    @property
    def product(self):
        """What was bought: a book, or a bundle."""
        return self.book or self.bundle

    def includes(self, other):
        """Tell whether this is a bundle with every book that another line is for, and is not the same bundle.

        All Books is included in nothing: no other bundle has the books to come.
        """
        if self.bundle is None or self.item == other.item or other.product.reference == ALL_BOOKS:
            return False
        if self.bundle.everything:
            return True
        return not other.product.included_books().exclude(pk__in=self.bundle.books.values("pk")).exists()


def lines_with_products():
    """Return the lines of orders with what was bought, in one query."""
    # A book has many columns, and only these decide about access.
    columns = [f"bundle__{name}" for name in ("title", "slug", "price", "everything")]
    lines = OrderLine.objects.select_related("book", "bundle")
    columns += [
        "order",
        "item",
        "is_open",
        "title",
        "amount",
        "credit",
        "discount",
        "tip",
        "was",
        "reduced_by",
    ]
    columns += ["quantity", "for_others", "book__first_published_at", "book__opens_at", "book__epub"]
    return lines.only(*columns)


@PreparedObjects
def lines_of():
    """Return the query for the lines of one order."""
    return lines_with_products().filter(order=Given("order", models.UUIDField()))
