import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0026_orders_for_others"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Gift",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="gift",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("giver", models.CharField(blank=True, max_length=60)),
                ("recipient", models.CharField(blank=True, max_length=60)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("message", models.TextField(blank=True, max_length=1000)),
                ("send_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("generation", models.PositiveSmallIntegerField(default=0)),
                ("redeemed_at", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "ordering": ["line", "number"],
            },
        ),
        migrations.AddIndex(
            model_name="gift",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", True), models.Q(("email", ""), _negated=True)),
                fields=["send_at"],
                name="gift_letter_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="gift",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", ""), ("send_at__isnull", False), _connector="OR"),
                name="gift_by_letter_on_a_day",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="redeemer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="seats",
            field=models.ManyToManyField(blank=True, related_name="refunds", to="orders.seat"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("line", "number"), name="seat_once_per_number"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("redeemer__isnull", False)),
                fields=("line", "redeemer"),
                name="seat_one_per_line_and_redeemer",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), ("redeemed_at__isnull", True), ("redeemer__isnull", True)),
                    models.Q(("redeemed_at__isnull", False), ("redeemer__isnull", False)),
                    _connector="OR",
                ),
                name="seat_redeemed_at_with_redeemer",
            ),
        ),
    ]
