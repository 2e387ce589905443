"""Orders for tests, with what a test does not care about filled in."""

from django.utils import timezone

from books import access
from books.models import Bundle
from orders.models import Order, OrderLine, OrderStatus
from orders.pricing import ALL_BOOKS

UNPAID = {OrderStatus.PENDING, OrderStatus.EXPIRED}


def make_order(user, *, status=OrderStatus.PENDING, **fields):
    """Save an order for All Books; a paid one opens them, as settling would."""
    if status not in UNPAID:
        fields = {"paid_at": timezone.now(), "stripe_charge_id": "ch_made_up"} | fields
    fields = {"item": ALL_BOOKS, "amount": 3900, "currency": "usd"} | fields
    order = Order.objects.create(user=user, status=status, **fields)
    bundle = Bundle.objects.get(everything=True)
    OrderLine.objects.create(order=order, bundle=bundle, title=bundle.title, amount=order.amount)
    if status == OrderStatus.PAID:
        access.grant(user, bundle, order_id=order.pk)
    return order
