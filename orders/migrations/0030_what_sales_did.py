"""What a sale had done to the price of an order line."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0022_buy_links'),
    ]

    operations = [
        migrations.AddField(
            model_name='orderline',
            name='reduced_by',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='orderline',
            name='was',
            field=models.PositiveIntegerField(null=True),
        ),
    ]
