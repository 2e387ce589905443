"""The amounts that buyers choose from where they choose what they pay.

It is null where there are none. For a column with a default, SQLite would copy the table and lose its triggers.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0063_grant_ended_otherwise")]

    operations = [
        migrations.AddField(
            model_name="book",
            name="presets",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
