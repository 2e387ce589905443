from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0014_list_prices_then")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="email",
            field=models.EmailField(blank=True, db_default="", db_index=True, default="", max_length=254),
        ),
    ]
