from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0022_buy_links")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="paid_with",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
