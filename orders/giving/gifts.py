"""Gifts on their way: the letter on its day, once; a wrong address put right; a gift taken back."""

import logging
from datetime import date
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.models import Gift, Order, OrderStatus, Seat
from orders.models.giving.links import seat_url
from orders.models.giving.wishes import morning_of
from orders.payments import order_state
from users.mail import limits
from users.mail.letters import queue_letters

logger = logging.getLogger(__name__)

# Counted by mailbox: see users/mail/limits.py.
KIND = "orders/email/gift"


class NotChanged(Exception):
    """Nothing was changed. `str()` is a sentence for the giver."""


def send_due_letters() -> int:
    """Queue the letters whose day has come, and return how many.

    Each is marked as sent in the same transaction. Killed halfway, the next call sends the others. Nothing
    goes for what was refunded, disputed or taken.
    """
    due = Gift.objects.filter(
        sent_at=None, send_at__lte=timezone.now(), order__status=OrderStatus.PAID
    ).exclude(email="")
    sent = 0
    for gift in due.select_related("order"):
        try:
            sent += order_state.once_more_if_moved(partial(_send_if_due, gift.order))
        except Exception:
            # One letter that cannot be written must not stop the others.
            logger.exception("The letter with the gift of order %s could not be queued.", gift.order_id)
    return sent


@transaction.atomic
def _send_if_due(order: Order) -> bool:
    order = order_state.lock(order)
    gift, seat = _unclaimed(order)
    if gift is None or seat is None or order.status != OrderStatus.PAID:
        return False
    if not gift.email or gift.send_at is None or gift.sent_at is not None or gift.send_at > timezone.now():
        return False
    _send(gift, seat)
    return True


def _send(gift: Gift, seat: Seat) -> None:
    line = seat.line
    context = {"gift": gift, "title": line.title, "product": line.product, "link": seat_url(seat)}
    queue_letters([gift.email], gift.subject, "orders/email/gift.txt", context)
    gift.sent_at = timezone.now()
    gift.save(update_fields=["sent_at"])
    logger.info("The letter with the gift of order %s was queued.", gift.order_id)


def send_again(order: Order) -> None:
    """Queue a letter that has been sent before once more; raises NotChanged."""

    def act() -> None:
        with transaction.atomic(durable=True):
            gift, seat = _changeable(order)
            if gift.sent_at is None or not gift.email:
                raise NotChanged("The letter hasn’t been sent yet.")
            if not limits.may_write(KIND, gift.email):
                raise NotChanged("We’ve just sent it. Please wait an hour before we send it again.")
            _send(gift, seat)

    order_state.once_more_if_moved(act)


def readdress(order: Order, *, recipient: str, email: str, day: date | None) -> None:
    """Send an unclaimed gift to another address on this day, or have the giver pass it on (no `email`).

    The link that may have gone to the wrong address stops working. Raises NotChanged.
    """

    def act() -> None:
        with transaction.atomic(durable=True):
            gift, seat = _changeable(order)
            is_elsewhere = gift.email != email
            gift.recipient, gift.email = recipient, email
            gift.send_at = morning_of(day) if email and day else None
            if is_elsewhere:
                gift.sent_at = gift.opened_at = None
                seat.generation += 1
                seat.save(update_fields=["generation"])
            gift.save()

    order_state.once_more_if_moved(act)


def take_back(order: Order) -> None:
    """Close the link of an unclaimed gift; the giver gets a new one to pass on. Raises NotChanged."""

    def act() -> None:
        with transaction.atomic(durable=True):
            gift, seat = _changeable(order)
            gift.email, gift.send_at, gift.sent_at, gift.opened_at = "", None, None, None
            gift.save()
            seat.generation += 1
            seat.save(update_fields=["generation"])

    order_state.once_more_if_moved(act)


def mark_opened(seat: Seat) -> None:
    """Record that a browser has shown the gift of this seat, if it is one, for the first time."""
    Gift.objects.filter(order=seat.line.order_id, opened_at=None).update(opened_at=timezone.now())


def today() -> date:
    """Return the day in the shop's time zone."""
    return timezone.localdate(timezone=settings.SHOP.zone)


def _changeable(order: Order) -> tuple[Gift, Seat]:
    order = order_state.lock(order)
    gift, seat = _unclaimed(order)
    if gift is None or seat is None or order.status != OrderStatus.PAID:
        raise NotChanged("This gift has been taken or refunded, so it can’t be changed any more.")
    return gift, seat


def _unclaimed(order: Order) -> tuple[Gift | None, Seat | None]:
    """Return the gift of an order, and its seat if nobody has taken it. Call it with the order locked."""
    seats = Seat.objects.free().filter(line__order=order).select_related("line")
    return Gift.objects.filter(order=order).first(), seats.first()
