"""Discount codes: words that make a purchase cheaper."""

import re
import secrets
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from books.models import Book, Bundle
from orders.models.states import OrderStatus

LONGEST_CODE = 30
# On paper and in some typefaces, nobody can tell these letters from these digits.
_LOOK_ALIKES = str.maketrans("OIL", "011")
# Of codes that are made up: without those, and without vowels, so that they spell nothing.
_ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"
_WRITTEN = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")


def key_of(text):
    """Return what people mean by a code however they type it: `spring-10`, `Spring10`, `SPR1NG1O` are one."""
    letters = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", text[: 4 * LONGEST_CODE]).upper())
    return letters.translate(_LOOK_ALIKES)[:LONGEST_CODE]


def _made_up():
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))


def check_written(value):
    """Raise ValidationError for a code that could not be typed on every keyboard."""
    if not _WRITTEN.fullmatch(value):
        raise ValidationError("A code has letters from A to Z, digits, and single hyphens between them.")


class DiscountCodeQuerySet(models.QuerySet):
    def with_uses(self):
        """Codes with their number of `uses`: orders that name them and have not expired."""
        orders = self.model.orders.rel.related_model
        holding = orders.objects.filter(discount_code=OuterRef("pk")).exclude(status=OrderStatus.EXPIRED)
        counted = holding.order_by().values("discount_code").annotate(number=Count("*")).values("number")
        return self.annotate(uses=Coalesce(Subquery(counted), 0))


class DiscountCode(models.Model):
    """A code by which buyers pay less: by some per cent, or an amount in the base currency's minor unit.

    Without products it is for everything that the shop sells. Who used it is known by the orders that name
    it: each holds one use until it expires (orders.pricing.codes).
    """

    code = models.CharField(
        max_length=LONGEST_CODE,
        validators=[check_written],
        help_text="What buyers type; upper and lower case and hyphens make no difference.",
    )
    # key_of(code), by which it is found.
    key = models.CharField(max_length=LONGEST_CODE, unique=True, editable=False)
    # What codes that were made together are called.
    batch = models.CharField(
        max_length=60, blank=True, help_text="For your own list: the campaign, or who gets it."
    )
    percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    amount = models.PositiveIntegerField(null=True, blank=True)
    # What the amount is in other currencies, where staff have typed it: {"eur": 450}, in minor units.
    amounts = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    books = models.ManyToManyField(Book, blank=True, related_name="+")
    bundles = models.ManyToManyField(Bundle, blank=True, related_name="+")
    begins_at = models.DateTimeField("valid from", null=True, blank=True)
    ends_at = models.DateTimeField("valid until", null=True, blank=True)
    most_uses = models.PositiveIntegerField("uses in all", null=True, blank=True)
    most_uses_each = models.PositiveIntegerField("uses for each buyer", null=True, blank=True)
    first_purchase_only = models.BooleanField("only for a first purchase", default=False)
    combines = models.BooleanField("also when completing a set", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # From with_uses().
    uses: int

    objects = DiscountCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="discount_code_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=False, percent__range=(1, 100), amount__isnull=True)
                | Q(percent__isnull=True, amount__isnull=False, amount__gt=0),
                name="discount_code_percent_or_amount",
                violation_error_message="Type a percentage or an amount.",
            ),
            models.CheckConstraint(
                condition=Q(begins_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("begins_at")),
                name="discount_code_ends_after_it_begins",
                violation_error_message="It would end before it begins.",
            ),
        ]

    def __str__(self):
        return self.code

    def make_copies(self, number, *, batch):
        """Save so many codes for one use each, otherwise like this one, and return them.

        Their words are made up: nobody can guess one from the others.
        """
        words = ["-".join(_made_up() for _ in range(2)) for _ in range(number)]
        kept = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.name not in {"id", "code", "key", "batch", "most_uses", "created_at"}
        }
        copies = [
            DiscountCode(code=word, key=key_of(word), batch=batch, most_uses=1, **kept) for word in words
        ]
        with transaction.atomic():
            DiscountCode.objects.bulk_create(copies)
            for products in (self.books, self.bundles):
                named, through = list(products.values_list("pk", flat=True)), products.through
                column = f"{products.model._meta.model_name}_id"
                through.objects.bulk_create(
                    through(discountcode=copy, **{column: each}) for copy in copies for each in named
                )
        return copies

    make_copies.alters_data = True

    @property
    def has_begun(self):
        """Whether it can be used already."""
        return self.begins_at is None or self.begins_at <= timezone.now()

    @property
    def has_ended(self):
        """Whether it can be used no more."""
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_limited(self):
        """Whether it matters who has used it, and how often."""
        return self.most_uses is not None or self.most_uses_each is not None or self.first_purchase_only
