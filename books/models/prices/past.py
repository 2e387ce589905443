"""What prices were. Triggers write it (migration past_prices), so that no way to change a price forgets it.

What a price is now, its product says. A row says what it was until a change, so a product whose price has
never changed needs none, and a million new books cost nothing.
"""

from django.db import models

from books.models.catalogue import Book, Bundle
from books.money import money


class PastPrice(models.Model):
    """A price of a book or bundle that ended; None if it was not sold, or had no typed price in a list.

    `currency` is empty for the base price. Rows are never changed, and outlive what they are about.
    """

    book = models.ForeignKey(
        Book, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="past_prices"
    )
    bundle = models.ForeignKey(
        Bundle, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="past_prices"
    )
    currency = models.CharField(max_length=3, blank=True)
    amount = models.PositiveIntegerField(null=True)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["until", "pk"]

    def __str__(self):
        return money(self.amount, self.currency) if self.currency and self.amount else f"{self.amount}"


class PastFormula(models.Model):
    """How a price list worked prices out until a change; without a rate, it worked none out."""

    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    ending = models.CharField(max_length=2, blank=True)
    rounding = models.CharField(max_length=7)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.currency.upper()} until {self.until:%d %B %Y}"
