"""Bookmark becomes Mark. The table keeps its name, because the last version uses it during the deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0037_waiting_intakes_filled"),
        ("books", "0039_preferences_of_pages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelTable(name="bookmark", table="books_bookmark"),
        migrations.RenameModel(old_name="Bookmark", new_name="Mark"),
        migrations.AlterField(
            model_name="mark",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="marks", to="books.book"
            ),
        ),
        migrations.AlterField(
            model_name="mark",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="marks",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
