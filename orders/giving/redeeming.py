"""Taking a copy that somebody else has bought, by its link: whoever is first, once.

Everybody locks the readers first and then the order (orders.payments.order_state). So of two who open a link
at the same moment one gets the copy, and so it is between somebody who takes it and staff who refund it.
"""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from books import access
from books.models import Grant, Product
from orders.models import Order, OrderLine, OrderStatus, Seat
from orders.models.giving.links import read_link
from orders.payments import order_state
from users.guests.browser import admit
from users.models import CustomUser

logger = logging.getLogger(__name__)


class NotRedeemed(Exception):
    """The copy was not taken; the kinds below say why."""


class Taken(NotRedeemed):
    """Somebody else has taken it, or all copies are taken."""


class Closed(NotRedeemed):
    """The order was refunded, or is not paid."""


class Withheld(NotRedeemed):
    """A bank is holding back the payment for it."""


class Left(NotRedeemed):
    """The buyer has taken this reader's copy back; by the link for all copies they get no other one."""


class OwnGift(NotRedeemed):
    """The giver of a gift does not read it."""


class Owned(NotRedeemed):
    """The reader owns the product already, so the copy can go to somebody else."""

    def __init__(self, product: Product):
        super().__init__(product.pk)
        self.product = product


def redeem(token: str, reader: CustomUser, *, name: str = "") -> Seat:
    """Give a copy to a reader, and return its seat; doing it again changes nothing.

    A `reader` who is not saved becomes a guest with it (users.guests.browser.admit). `name` is what they want
    to be called in the buyer's list. If it raises links.NoSuchLink or a kind of NotRedeemed,
    nothing has changed.
    """
    return order_state.once_more_if_moved(lambda: _redeem(token, reader, name))


@transaction.atomic(durable=True)
def _redeem(token: str, reader: CustomUser, name: str) -> Seat:
    found = read_link(token)
    reader = reader if reader.pk else admit(reader)
    order = order_state.lock_for(_order_of(found), reader)
    reader.refresh_from_db()
    # Another link may have taken the place of this one while the locks were waited for.
    seat = seat_for(read_link(token), reader)
    if seat.redeemer_id != reader.pk:
        check(seat, order, reader)
        seat.redeemer, seat.redeemed_at, seat.name = reader, timezone.now(), name
        seat.save(update_fields=["redeemer", "redeemed_at", "name"])
        access.grant(reader, seat.line.product, order_id=order.pk)
        logger.info("Copy %s of order %s was taken by user %s.", seat.number, order.pk, reader.pk)
    return seat


def seat_for(found: Seat | OrderLine, reader: access.Visitor) -> Seat:
    """Return the seat of a link for this visitor: of a link for all copies theirs, or else a free one.

    Raises Taken if it has none, and Left if the buyer has taken back the copy that this visitor had.
    """
    if isinstance(found, Seat):
        return found
    of_line = found.seats.select_related("line__order", "line__book", "line__bundle")
    seat = of_line.filter(redeemer=reader.pk).first() if reader.pk else None
    if seat is None and reader.pk and _has_left(reader, found.order_id):
        raise Left
    seat = seat or of_line.free().first()
    if seat is None:
        raise Taken
    return seat


def check(seat: Seat, order: Order, reader: access.Visitor) -> None:
    """Raise a kind of NotRedeemed if this visitor cannot take the seat."""
    line = seat.line
    if order.status == OrderStatus.DISPUTED:
        raise Withheld
    if order.status != OrderStatus.PAID or not line.is_open:
        raise Closed
    if seat.redeemer_id is not None:
        raise Taken
    if not Seat.objects.free().filter(pk=seat.pk).exists():
        raise Closed
    if reader.is_authenticated:
        _check_reader(line, order, reader)


def _check_reader(line: OrderLine, order: Order, reader: access.Visitor) -> None:
    if not reader.is_active:
        raise Closed
    if line.quantity == 1 and order.user_id == reader.pk:
        raise OwnGift
    if access.owns(reader, line.product) or line.seats.filter(redeemer=reader.pk).exists():
        raise Owned(line.product)


def _has_left(reader: access.Visitor, order_id: UUID) -> bool:
    # What staff had suspended before keeps that reason, and this one beside it.
    released = Q(end_reason=access.RELEASED) | Q(ended_otherwise=access.RELEASED)
    return Grant.objects.filter(released, user=reader.pk, order_id=order_id).exists()


def _order_of(found: Seat | OrderLine) -> Order:
    return found.line.order if isinstance(found, Seat) else found.order
