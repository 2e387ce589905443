"""Discount codes."""

import django.core.validators
import orders.models.buying.codes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0057_free_books"),
        ("orders", "0022_buy_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="DiscountCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="What buyers type; upper and lower case and hyphens make no difference.",
                        max_length=30,
                        validators=[orders.models.buying.codes.check_written],
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=30, unique=True)),
                (
                    "batch",
                    models.CharField(
                        blank=True,
                        help_text="For your own list: the campaign, or who gets it.",
                        max_length=60,
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                ("amount", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "amounts",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                    ),
                ),
                ("begins_at", models.DateTimeField(blank=True, null=True, verbose_name="valid from")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="valid until")),
                ("most_uses", models.PositiveIntegerField(blank=True, null=True, verbose_name="uses in all")),
                (
                    "most_uses_each",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="uses for each buyer"),
                ),
                (
                    "first_purchase_only",
                    models.BooleanField(default=False, verbose_name="only for a first purchase"),
                ),
                ("combines", models.BooleanField(default=False, verbose_name="also when completing a set")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="discountcode",
            name="books",
            field=models.ManyToManyField(blank=True, related_name="+", to="books.book"),
        ),
        migrations.AddField(
            model_name="discountcode",
            name="bundles",
            field=models.ManyToManyField(blank=True, related_name="+", to="books.bundle"),
        ),
        migrations.AddIndex(
            model_name="discountcode",
            index=models.Index(fields=["-created_at", "-id"], name="discount_code_newest"),
        ),
        migrations.AddConstraint(
            model_name="discountcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("percent__isnull", False), ("percent__range", (1, 100))),
                    models.Q(("amount__gt", 0), ("amount__isnull", False), ("percent__isnull", True)),
                    _connector="OR",
                ),
                name="discount_code_percent_or_amount",
                violation_error_message="Type a percentage or an amount.",
            ),
        ),
        migrations.AddConstraint(
            model_name="discountcode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("begins_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("ends_at__gt", models.F("begins_at")),
                    _connector="OR",
                ),
                name="discount_code_ends_after_it_begins",
                violation_error_message="It would end before it begins.",
            ),
        ),
    ]
