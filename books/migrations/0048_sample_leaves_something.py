"""The database itself sees to it that a sample is never the whole book."""

import importlib

from django.db import migrations, models

# SQLite adds a constraint by copying the table, which loses its triggers.
triggers = importlib.import_module("books.migrations.0031_sorting_and_dates")


class Migration(migrations.Migration):
    dependencies = [("books", "0047_largest_samples_filled")]

    operations = [
        migrations.RunPython(triggers.drop_triggers, triggers.create_triggers),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("largest_sample", None),
                    ("sample_chapters__lte", models.F("largest_sample")),
                    _connector="OR",
                ),
                name="book_sample_leaves_something",
                violation_error_message="The sample would be the whole book, or nearly so.",
            ),
        ),
        migrations.RunPython(triggers.create_triggers, triggers.drop_triggers),
    ]
