import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0035_bookmarks_words_filled")]

    operations = [
        migrations.AddField(
            model_name="position",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="position",
            name="updated_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
    ]
