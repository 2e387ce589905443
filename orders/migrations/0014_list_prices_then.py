from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_one_open_line_per_reader_and_product")]

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
