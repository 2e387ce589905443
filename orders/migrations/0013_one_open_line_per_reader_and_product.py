import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_carts_alike(apps, schema_editor):
    """Undo name_carts_apart."""
    apps.get_model("orders", "Order").objects.filter(item__startswith="cart:").update(item="cart")


def name_carts_apart(apps, schema_editor):
    """Give each order of several products an item of its own, as the constraint on orders wants."""
    for order in apps.get_model("orders", "Order").objects.filter(item="cart").only("pk"):
        order.item = f"cart:{order.pk}"
        order.save(update_fields=["item"])


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0012_lines_of_earlier_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CartItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=100)),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cart_items",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="cartitem",
            constraint=models.UniqueConstraint(fields=("reader", "item"), name="cart_item_once_per_reader"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_open", True)),
                fields=("reader", "item"),
                name="order_line_one_open_per_reader_and_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_open", False),
                    models.Q(("reader__isnull", False), models.Q(("item", ""), _negated=True)),
                    _connector="OR",
                ),
                name="order_line_open_with_reader_and_item",
            ),
        ),
        migrations.RemoveConstraint(model_name="order", name="order_one_open_per_reader_and_item"),
        migrations.RunPython(name_carts_alike, name_carts_apart),
    ]
