"""Price lists: one for each further currency in which the shop sells."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from books.models.catalogue import Book, Bundle
from books.money import (
    CURRENCIES,
    LARGEST_CHARGE,
    base_currency,
    has_documented_minimum,
    in_units,
    minor_digits,
    money,
    smallest_charge,
)

from .rounding import DECIMALS_OF_RATE, Formula

# A column of 64 bits, with room for what a formula adds.
LARGEST_COUNTED = 2**62


def check_currency(value):
    """Raise ValidationError for what Stripe does not charge in."""
    if value not in CURRENCIES:
        raise ValidationError("Stripe doesn’t charge in this currency. Type its three letters, such as EUR.")


class Ending(models.TextChoices):
    """How prices that are worked out end."""

    ANY = "", "as they are worked out"
    NINETY_NINE = "99", "just below a round price (8.99; 1,499 yen)"
    ROUND = "00", "round (9.00; 1,500 yen)"


class Rounding(models.TextChoices):
    NEAREST = "nearest", "to the nearest such price"
    UP = "up", "up to the next such price"


class PriceList(models.Model):
    """The prices in one further currency: typed for a product (ListPrice), or else worked out by the rate."""

    currency = models.CharField(
        max_length=3,
        unique=True,
        validators=[check_currency],
        help_text="Its three letters, as in EUR. The shop’s own currency needs no price list.",
    )
    rate = models.DecimalField(
        max_digits=14,
        decimal_places=DECIMALS_OF_RATE,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.000001"))],
    )
    ending = models.CharField(
        "prices end", max_length=2, choices=Ending, default=Ending.NINETY_NINE, blank=True
    )
    rounding = models.CharField("rounded", max_length=7, choices=Rounding, default=Rounding.NEAREST)
    # ISO 3166 codes in upper case.
    countries = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(rate__gt=0), name="price_list_rate_above_zero"
            ),
        ]

    def __str__(self):
        return self.currency.upper()

    def clean(self):
        """Raise ValidationError for a rate with which the database could not count."""
        if self.rate is not None and self.formula.factor * LARGEST_CHARGE >= LARGEST_COUNTED:
            raise ValidationError({"rate": "This rate is too high."})

    @cached_property
    def formula(self):
        """The formula for prices that nobody has typed; None without a rate."""
        if self.rate is None:
            return None
        return Formula.of(
            self.rate,
            base_currency(),
            self.currency,
            ends_in=self.ending,
            rounds_up=self.rounding == Rounding.UP,
        )

    def worth(self, amount):
        """Return what an amount in the base currency is worth by the rate, both in minor units."""
        base, currency = base_currency(), self.currency
        return Formula.of(self.rate, base, currency, ends_in="", rounds_up=False).price(amount)

    @property
    def smallest_charge(self):
        """The least that is charged to a card in this currency, in minor units.

        Where Stripe's list does not say it, what the base currency's minimum is worth by the rate.
        """
        least = smallest_charge(self.currency)
        if has_documented_minimum(self.currency) or self.rate is None:
            return least
        base = in_units(smallest_charge(base_currency()), base_currency())
        worth = (base * self.rate).scaleb(minor_digits(self.currency)).to_integral_value("ROUND_CEILING")
        return max(least, int(worth))


class ListPrice(models.Model):
    """What staff have typed as the price of a book or bundle in one price list, in minor units."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, null=True, related_name="list_prices")
    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, null=True, related_name="list_prices")
    amount = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "book"], name="list_price_one_per_book"),
            models.UniqueConstraint(fields=["price_list", "bundle"], name="list_price_one_per_bundle"),
            models.CheckConstraint(
                condition=Q(book__isnull=True) ^ Q(bundle__isnull=True), name="list_price_of_one_product"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="list_price_above_zero"),
        ]
        indexes = [models.Index(fields=["price_list", "amount"], name="list_price_by_amount")]

    def __str__(self):
        return money(self.amount, self.price_list.currency)
