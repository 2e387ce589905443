"""Prices are above zero. What a card is charged at least depends on the currency: forms and the checkout know it."""

import importlib

import django.core.validators
from django.db import migrations, models

# SQLite changes constraints by copying the tables, which loses their triggers, and fails while triggers of other
# tables name them.
TRIGGERS = [
    importlib.import_module(f"books.migrations.{name}")
    for name in ("0018_book_rating_kept", "0022_catalogue_revision")
]


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for migration in reversed(TRIGGERS):
            migration.drop_triggers(apps, schema_editor)


def create_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for migration in TRIGGERS:
            migration.create_triggers(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("books", "0050_price_lists")]

    operations = [
        migrations.RunPython(drop_triggers, create_triggers),
        migrations.RemoveConstraint(model_name="book", name="book_price_chargeable"),
        migrations.RemoveConstraint(model_name="bundle", name="bundle_price_chargeable"),
        migrations.AlterField(
            model_name="book",
            name="price",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Leave it empty to sell it only in bundles.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AlterField(
            model_name="bundle",
            name="price",
            field=models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__isnull", True), ("price__gt", 0), _connector="OR"),
                name="book_price_above_zero",
                violation_error_message="The price must be above zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gt", 0)),
                name="bundle_price_above_zero",
                violation_error_message="The price must be above zero.",
            ),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
