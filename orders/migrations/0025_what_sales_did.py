"""What a sale had done to the price of an order line."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0024_discounts_and_tips'),
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
