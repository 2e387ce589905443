"""What a new edition has to know of a book: how long its sample may be, and whether its locks are complete."""

import importlib

from django.db import migrations, models

# SQLite adds one of these columns by copying the table, which loses its triggers.
triggers = importlib.import_module("books.migrations.0031_sorting_and_dates")


class Migration(migrations.Migration):
    dependencies = [("books", "0045_shelf_prices")]

    operations = [
        migrations.RunPython(triggers.drop_triggers, triggers.create_triggers),
        migrations.AddField(
            model_name="book",
            name="are_locks_complete",
            field=models.BooleanField(db_default=True, default=True, editable=False),
        ),
        migrations.AddField(
            model_name="book",
            name="largest_sample",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(triggers.create_triggers, triggers.drop_triggers),
    ]
