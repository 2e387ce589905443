"""Prices in further currencies. Visitors see them: a change of one is a new revision of the catalogue."""

import importlib
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import books.models.prices.lists

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLES = ["books_pricelist", "books_listprice"]
POSTGRESQL = [
    f"""
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
    """
    for table in TABLES
]
SQLITE = [
    f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {revision.REVISE} END"
    for table in TABLES
    for name, event in revision.EVENTS.items()
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    postgresql = [f"DROP TRIGGER catalogue_revised ON {table}" for table in TABLES]
    sqlite = [f"DROP TRIGGER {table}_{name}_revised" for table in TABLES for name in revision.EVENTS]
    revision.execute(schema_editor, {"postgresql": postgresql, "sqlite": sqlite})


class Migration(migrations.Migration):
    dependencies = [("books", "0049_chapter_plain_once")]

    operations = [
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "currency",
                    models.CharField(
                        help_text="Its three letters, as in EUR. The shop’s own currency needs no price list.",
                        max_length=3,
                        unique=True,
                        validators=[books.models.prices.lists.check_currency],
                    ),
                ),
                (
                    "rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.000001"))],
                    ),
                ),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "as they are worked out"),
                            ("99", "just below a round price (8.99; 1,499 yen)"),
                            ("00", "round (9.00; 1,500 yen)"),
                        ],
                        default="99",
                        max_length=2,
                        verbose_name="prices end",
                    ),
                ),
                (
                    "rounding",
                    models.CharField(
                        choices=[("nearest", "to the nearest such price"), ("up", "up to the next such price")],
                        default="nearest",
                        max_length=7,
                        verbose_name="rounded",
                    ),
                ),
                ("countries", models.JSONField(blank=True, default=list)),
            ],
            options={
                "ordering": ["currency"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rate__isnull", True), ("rate__gt", 0), _connector="OR"),
                        name="price_list_rate_above_zero",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ListPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.PositiveIntegerField()),
                (
                    "book",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="list_prices",
                        to="books.book",
                    ),
                ),
                (
                    "bundle",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="list_prices",
                        to="books.bundle",
                    ),
                ),
                (
                    "price_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="books.pricelist"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["price_list", "amount"], name="list_price_by_amount")],
                "constraints": [
                    models.UniqueConstraint(fields=("price_list", "book"), name="list_price_one_per_book"),
                    models.UniqueConstraint(fields=("price_list", "bundle"), name="list_price_one_per_bundle"),
                    models.CheckConstraint(
                        condition=models.Q(("book__isnull", True), ("bundle__isnull", True), _connector="XOR"),
                        name="list_price_of_one_product",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="list_price_above_zero"),
                ],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
