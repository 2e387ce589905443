"""One of a reader's own orders, as its page shows it, read with prepared queries."""

from django.db.models import IntegerField, UUIDField
from django.http import Http404

from orders.models import Attempt, Order, Refund
from users.prepared import Given, PreparedObjects, prefill


def own_order(reader, pk):
    """Return the reader's order with its lines, attempts and refunds; raises Http404 for any other."""
    try:
        order = _order.get(pk=pk, reader=reader.pk)
    except Order.DoesNotExist as error:
        raise Http404("This reader has no such order.") from error
    order.user = reader
    order.read_lines()
    attempts = _attempts(order=pk)
    # Nothing can be refunded before it is paid.
    refunds = _refunds(order=pk) if order.paid_at else []
    for each in (*attempts, *refunds):
        each.order = order
    prefill(order, "attempts", attempts)
    prefill(order, "refunds", refunds)
    return order


def own_order_for_others(reader, pk):
    """Return the reader's paid order of a gift or of several copies; raises Http404 for any other."""
    order = own_order(reader, pk)
    if not order.is_for_others or order.paid_at is None:
        raise Http404("This reader has no such order for others.")
    return order


_ORDER = Given("order", UUIDField())


@PreparedObjects
def _order():
    return Order.objects.filter(pk=Given("pk", UUIDField()), user=Given("reader", IntegerField()))


@PreparedObjects
def _attempts():
    return Attempt.objects.filter(order=_ORDER)


@PreparedObjects
def _refunds():
    return Refund.objects.filter(order=_ORDER)
