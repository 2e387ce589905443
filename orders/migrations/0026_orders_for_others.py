from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0025_what_sales_did"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="orderline",
            name="order_line_one_open_per_reader_and_item",
        ),
        migrations.AddField(
            model_name="order",
            name="nonce",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="orderline",
            name="for_others",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="orderline",
            name="link_generation",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="quantity",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("nonce", ""), _negated=True),
                fields=("nonce",),
                name="order_once_per_form_for_others",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("for_others", False), ("is_open", True)),
                fields=("reader", "item"),
                name="order_line_one_open_per_reader_and_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credit", 0), ("for_others", True), ("quantity__gte", 1)),
                    models.Q(("for_others", False), ("quantity", 1)),
                    _connector="OR",
                ),
                name="order_line_copies_for_others",
            ),
        ),
    ]
