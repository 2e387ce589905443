"""Sales: lower prices between two instants. Nothing has to happen when one begins or ends."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, Q, Subquery
from django.utils import timezone

from books.models.catalogue import Book, Bundle
from books.money import base_currency, price_step
from users.fields import NameField
from users.prepared import Given, Prepared

# A reduction is announced with the lowest price of so many days before it (Directive 98/6/EC, Article 6a).
LOOKED_BACK = timedelta(days=30)


class Sale(models.Model):
    """Products that cost less for a while: by a percentage, or all the same amount.

    The database writes both instants down as Moments (migration sales), so that pages follow the clock.
    """

    name = NameField(max_length=100, help_text="For you; readers don’t see it.")
    begins = models.DateTimeField()
    ends = models.DateTimeField(help_text="The regular price is back from this minute on.")
    percent = models.PositiveSmallIntegerField(
        "per cent off", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    # In minor units of the base currency.
    amount = models.PositiveIntegerField(null=True, blank=True)
    # In minor units, by further currencies for which staff have typed it; in others it is in proportion.
    amounts = models.JSONField(default=dict, blank=True)
    everything = models.BooleanField(
        "everything in the shop", default=False, help_text="Every book and bundle, All Books too."
    )
    books = models.ManyToManyField(Book, blank=True, related_name="sales")
    bundles = models.ManyToManyField(Bundle, blank=True, related_name="sales")

    class Meta:
        ordering = ["-begins", "pk"]
        indexes = [models.Index(fields=["ends", "begins"], name="sale_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("begins")),
                name="sale_ends_after_it_begins",
                violation_error_message="A sale ends after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True, amount__isnull=False, amount__gt=0)
                | Q(percent__isnull=False, percent__gte=1, percent__lte=99, amount__isnull=True),
                name="sale_by_percent_or_amount",
                violation_error_message="Type either a percentage or a price.",
            ),
            models.CheckConstraint(
                condition=Q(everything=False) | Q(percent__isnull=False),
                name="sale_of_everything_by_percent",
                violation_error_message="A sale of everything is by a percentage.",
            ),
        ]

    def __str__(self):
        return self.name

    def has_begun(self, now=None):
        """Tell whether readers may have seen it: what they paid by it must still be known later."""
        return self.begins <= (now or timezone.now())

    def end(self):
        """End a sale that runs, at this moment."""
        self.ends = timezone.now()
        self.save(update_fields=["ends"])

    @property
    def terms(self):
        """What it makes of prices."""
        return Terms(*(getattr(self, name) for name in Terms._fields))


class Terms(NamedTuple):
    """A sale without its products, as Prices know it."""

    id: int
    begins: datetime
    ends: datetime
    percent: int | None
    amount: int | None
    amounts: dict[str, int]
    everything: bool

    def runs_at(self, moment: datetime) -> bool:
        """Tell whether it lowers prices at this moment; at the one when it ends it does not."""
        return self.begins <= moment < self.ends

    def price(self, regular: int, currency: str, *, base: int, least: int) -> int:
        """Return the sale price of what costs `regular`, both in minor units of `currency`.

        What staff have typed, or else worked out and rounded down as such prices are; never below the `least`
        that a card is charged, nor above `regular`. `base` is the regular price in the base currency.
        """
        if self.percent is None and currency == base_currency():
            lowered = self.amount
        elif self.percent is None and currency in self.amounts:
            lowered = self.amounts[currency]
        else:
            share = (100 - self.percent, 100) if self.percent is not None else (self.amount, max(base, 1))
            lowered = regular * share[0] // share[1]
            lowered -= lowered % price_step(currency)
        return min(max(lowered, least), regular)


class BegunSales(NamedTuple):
    """The sales that run at a moment, and those before them that were on within the 30 days that count.

    `counting_from` is the first instant whose prices count for what is announced; None if no sale runs.
    """

    at: datetime
    sales: tuple[Terms, ...]
    counting_from: datetime | None

    @property
    def running(self) -> tuple[Terms, ...]:
        return tuple(sale for sale in self.sales if sale.runs_at(self.at))


# For what has nothing to do with sales.
EVER = datetime.min.replace(tzinfo=UTC)
NO_SALES = BegunSales(EVER, (), None)


def begun_sales(at: datetime | None = None) -> BegunSales:
    """Return the sales at a moment, now unless it is given, in one query."""
    at = at or timezone.now()
    sales = tuple(Terms(*row) for row in _begun(at=at))
    running = [sale.begins for sale in sales if sale.runs_at(at)]
    return BegunSales(at, sales, min(running) - LOOKED_BACK if running else None)


def every_sale_of(product: Book | Bundle, at: datetime) -> BegunSales:
    """Return all sales that a product has been, is and will be in; with them, its whole past counts."""
    named = Sale.objects.filter(**{f"{product.kind}s": product.pk}).values("pk")
    rows = Sale.objects.filter(Q(everything=True) | Q(pk__in=named)).order_by("pk")
    return BegunSales(at, tuple(sale.terms for sale in rows), EVER)


def a_sale_runs(at: datetime | Given) -> Exists:
    """Return the condition, for a query about something else, that a sale runs at this moment."""
    return Exists(_running(at))


def _running(at):
    return Sale.objects.filter(begins__lte=at, ends__gt=at)


@Prepared
def _begun():
    at = Given("at", DateTimeField())
    running = _running(at).order_by("begins")
    since = ExpressionWrapper(
        Subquery(running.values("begins")[:1]) - LOOKED_BACK, output_field=DateTimeField()
    )
    return Sale.objects.filter(begins__lte=at, ends__gt=since).order_by("pk").values_list(*Terms._fields)
