from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0010_lists_by_index")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="email",
            field=models.EmailField(blank=True, db_default="", db_index=True, default="", max_length=254),
        ),
    ]
