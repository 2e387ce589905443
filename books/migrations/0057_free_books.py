"""A price of 0 means that a book is free; a lowest price is at most the suggested one."""

import importlib

from django.db import migrations, models
from django.db.models import F, Q

# SQLite changes constraints by copying the tables, which loses their triggers, and fails while triggers of other
# tables name them.
above_zero = importlib.import_module("books.migrations.0051_prices_above_zero")


class Migration(migrations.Migration):
    dependencies = [("books", "0056_minimum_price")]

    operations = [
        migrations.RunPython(above_zero.drop_triggers, above_zero.create_triggers),
        migrations.RemoveConstraint(model_name="book", name="book_price_above_zero"),
        migrations.AlterField(
            model_name="book",
            name="price",
            field=models.PositiveIntegerField(
                blank=True, help_text="0 is free. Leave it empty to sell it only in bundles.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=Q(minimum_price__isnull=True) | Q(price__gt=0, minimum_price__lte=F("price")),
                name="book_minimum_at_most_price",
                violation_error_message="The lowest price must not be above the suggested one.",
            ),
        ),
        migrations.RunPython(above_zero.create_triggers, above_zero.drop_triggers),
    ]
