"""Orders name their discount code, and lines what it took off and what was given beyond the lowest price."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0023_discount_codes")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="discount",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="tip",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("tip__lte", models.F("amount"))), name="order_line_tip_at_most_amount"
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="discount_code",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="orders.discountcode",
            ),
        ),
    ]
