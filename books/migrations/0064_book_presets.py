"""The amounts that buyers choose from where they choose what they pay.

Null for none, because SQLite would make the table anew, without its triggers, for a column with a default.
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
