from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_magnets_and_reminders")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="paid_with",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
