"""The buyer's list of copies: who has taken which, and how one is given to somebody else."""

from django.db import transaction
from django.db.models import F, QuerySet

from orders.models import Order, OrderLine, OrderStatus, Seat
from orders.payments import order_state


def release(order: Order, number: int) -> bool:
    """Take one of several copies back from whoever has taken it; return False if nobody has.

    Their access by it ends, and the copy gets a new link. Books that they own otherwise stay theirs. A gift
    that is taken stays with its reader.
    """

    def act() -> bool:
        with transaction.atomic(durable=True):
            locked = order_state.lock(order)
            seat = _seats_of(locked).filter(number=number, redeemer__isnull=False).first()
            if seat is None:
                return False
            order_state.free_seat(seat)
            return True

    return order_state.once_more_if_moved(act)


def renew_class_link(order: Order) -> None:
    """Have another link for all copies take the place of the one that was passed on."""
    OrderLine.objects.filter(order=order, for_others=True).update(link_generation=F("link_generation") + 1)


def is_live(order: Order) -> bool:
    """Tell whether copies of the order can be taken and are read: it is paid and not refunded."""
    return order.status == OrderStatus.PAID


def _seats_of(order: Order) -> QuerySet[Seat]:
    several = Seat.objects.filter(line__order=order, line__quantity__gt=1)
    return several.select_related("line__book", "line__bundle", "redeemer")
