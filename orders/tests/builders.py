"""Orders for tests, with what a test does not care about filled in."""

from django.utils import timezone

from books.models import Bundle
from orders.models import OPEN_STATUSES, DiscountCode, Order, OrderLine, OrderStatus
from orders.models.buying.codes import key_of
from orders.payments import order_state

UNPAID = {OrderStatus.PENDING, OrderStatus.EXPIRED}


def make_order(user, *, product=None, status=OrderStatus.PENDING, **fields):
    """Save an order for a book or bundle, All Books without; a paid one opens it, as settling would."""
    product = product or Bundle.objects.get(everything=True)
    if status not in UNPAID:
        fields = {"paid_at": timezone.now(), "stripe_charge_id": "ch_made_up"} | fields
    fields = {
        "item": product.reference,
        "amount": product.price,
        "currency": "usd",
        "email": user.address,
    } | fields
    order = Order.objects.create(user=user, status=status, **fields)
    add_line(order, product, item=order.item, amount=order.amount)
    if status not in UNPAID:
        # Read again: the test's own user object remembers what it was allowed before.
        order_state.update_access(Order.objects.get(pk=order.pk))
    return order


def make_code(code="SPRING", *, products=(), **fields):
    """Save a discount code for everything, or for these products; it takes 25 per cent off unless told."""
    fields = fields if fields.keys() & {"percent", "amount"} else {"percent": 25} | fields
    made = DiscountCode.objects.create(code=code, key=key_of(code), **fields)
    made.books.set([product for product in products if product.kind == "book"])
    made.bundles.set([product for product in products if product.kind == "bundle"])
    return made


def add_line(order, product, **fields):
    """Save a line of the order for a product, open if the order is."""
    fields = {
        "item": product.reference,
        "title": product.title,
        "amount": product.price,
        product.kind: product,
        "reader": order.user,
        "is_open": order.status in OPEN_STATUSES,
    } | fields
    return OrderLine.objects.create(order=order, **fields)
