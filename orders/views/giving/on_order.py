"""What the page of an order says of a gift, or of several copies."""

from orders.giving import seats
from orders.models import Gift, Seat
from orders.models.giving.links import seat_url


def shown_of(order):
    """Return what the template of an order for others needs; nothing for any other order.

    `gift_state` is one of "taken", "opened", "sent", "waiting" (for its day) and "yours" (to pass on).
    """
    if not order.is_for_others:
        return {}
    of_order = Seat.objects.filter(line__order=order)
    gift = Gift.objects.filter(order=order).first()
    if gift is None:
        taken = of_order.filter(redeemer__isnull=False).count()
        return {"copies": of_order.count(), "copies_taken": taken}
    [seat] = of_order
    return {
        "gift": gift,
        "seat": seat,
        "gift_state": _state(gift, seat),
        "gift_url": seat_url(seat),
        "is_changeable": seats.is_live(order) and seat.redeemer_id is None,
    }


def _state(gift, seat):
    if seat.redeemer_id is not None:
        return "taken"
    if gift.opened_at is not None:
        return "opened"
    if not gift.email:
        return "yours"
    return "sent" if gift.sent_at is not None else "waiting"
