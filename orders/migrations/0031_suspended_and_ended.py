"""Notes on grants that staff have suspended why their orders have ended them since, if they have."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q

# As books.access and orders.models have them when this is written.
SUSPENDED, REFUNDED, DISPUTED, RELEASED = "suspended", "refunded", "disputed", "released"


def note(apps, schema_editor):
    """As orders.payments.order_state does from now on, whenever it ends what an order gives."""
    suspended = apps.get_model("books", "Grant").objects.filter(
        end_reason=SUSPENDED, ended_otherwise="", order_id__isnull=False
    )
    lines = apps.get_model("orders", "OrderLine").objects.filter(order=OuterRef("order_id"))
    # With a bundle's grant come those of its books.
    same = Q(bundle__isnull=False, bundle=OuterRef("bundle")) | Q(bundle=None, book=OuterRef("book"))
    seats = apps.get_model("orders", "Seat").objects.filter(line__order=OuterRef("order_id"))
    for status in (REFUNDED, DISPUTED):
        suspended.filter(Exists(lines.filter(order__status=status))).update(ended_otherwise=status)
    closed = lines.filter(same, is_open=False, order__status="paid")
    suspended.filter(Exists(closed)).update(ended_otherwise=REFUNDED)
    others = lines.filter(for_others=True)
    suspended.filter(Exists(others), ~Exists(seats.filter(redeemer=OuterRef("user")))).update(
        ended_otherwise=RELEASED
    )


def forget(apps, schema_editor):
    """Nothing: the column goes next."""


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_paid_with"), ("books", "0063_grant_ended_otherwise")]

    operations = [migrations.RunPython(note, forget)]
