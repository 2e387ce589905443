"""A page of a reader's orders, found by the order before or after it, so that no page takes longer."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

ORDERS_PER_PAGE = 25


@dataclass(frozen=True)
class HistoryPage:
    """Orders, newest first, and whether there are newer and older ones."""

    orders: list
    has_newer: bool = False
    has_older: bool = False

    @property
    def first(self):
        """The newest order of the page."""
        return self.orders[0]

    @property
    def last(self):
        """The oldest order of the page."""
        return self.orders[-1]


def find_page(orders, query):
    """Return the orders before or after the one that the query names, else the newest.

    `orders` are all that this reader may see, newest first; the query has `before` or `after`, an order's id.
    """
    before, after = _order(orders, query.get("before")), _order(orders, query.get("after"))
    page = _page_before(orders, before) or _page_after(orders, after)
    if page is not None:
        return page
    found = _some(orders)
    return HistoryPage(found[:ORDERS_PER_PAGE], has_older=len(found) > ORDERS_PER_PAGE)


def _page_before(orders, order):
    if order is None:
        return None
    older = Q(created_at__lt=order.created_at) | Q(created_at=order.created_at, pk__lt=order.pk)
    found = _some(orders.filter(older))
    more = len(found) > ORDERS_PER_PAGE
    return HistoryPage(found[:ORDERS_PER_PAGE], has_newer=True, has_older=more) if found else None


def _page_after(orders, order):
    if order is None:
        return None
    newer = Q(created_at__gt=order.created_at) | Q(created_at=order.created_at, pk__gt=order.pk)
    found = _some(orders.filter(newer).reverse())
    nearest = found[:ORDERS_PER_PAGE][::-1]
    return HistoryPage(nearest, len(found) > ORDERS_PER_PAGE, has_older=True) if found else None


def _some(orders):
    """Return a page of orders, and one more if there is one."""
    return list(orders[: ORDERS_PER_PAGE + 1])


def _order(orders, key):
    try:
        return orders.filter(pk=UUID(key)).prefetch_related(None).first() if key else None
    except ValueError:
        return None
