from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0013_one_open_line_per_reader_and_product")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="email",
            field=models.EmailField(blank=True, db_default="", db_index=True, default="", max_length=254),
        ),
    ]
