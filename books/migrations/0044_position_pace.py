from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0043_words_of_every_script")]

    operations = [
        migrations.AddField(
            model_name="position",
            name="pace",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
