from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_lists_by_index")]

    operations = [
        migrations.AddField(
            model_name="allocation",
            name="list_price",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="setcredit",
            name="paid",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
