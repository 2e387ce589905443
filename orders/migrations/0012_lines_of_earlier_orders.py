"""Writes on the lines of earlier orders, each of which had one line, what they are for and whether they are open."""

from django.db import migrations
from django.db.models import OuterRef, Q, Subquery

# As orders.models has them when this is written.
OPEN_STATUSES = ("pending", "paid", "disputed")


def fill(apps, schema_editor):
    """Copy the order's item and reader to its line, and open the lines of open orders."""
    orders = apps.get_model("orders", "Order").objects.filter(pk=OuterRef("order"))
    lines = apps.get_model("orders", "OrderLine").objects
    lines.filter(Q(item="") | Q(reader=None)).update(
        item=Subquery(orders.values("item")), reader=Subquery(orders.values("user"))
    )
    lines.filter(order__status__in=OPEN_STATUSES).update(is_open=True)


def forget(apps, schema_editor):
    """Nothing: the columns go next."""


class Migration(migrations.Migration):

    dependencies = [("orders", "0011_lines_name_their_product")]

    operations = [migrations.RunPython(fill, forget)]
