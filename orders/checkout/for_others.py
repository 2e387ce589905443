"""What the claim of an order for others has more than any: its seats, and its gift.

The number of its form (the nonce) makes one order of however many posts of it, until that order expires.
Nobody is hindered from giving the same thing twice with two forms.
"""

from orders.models import DOUBTFUL_OUTCOMES, Gift, Order, Seat
from orders.models.giving.wishes import GiftWish
from orders.pricing import AnyOffer

from .errors import GiftUnknown, PaymentUnknown
from .purchases import Purchase
from .under_way import UnderWay


def check_that_it_is_not_being_paid(offer: AnyOffer, under_way: UnderWay) -> None:
    """Refuse while the same number of copies may already have been charged with another form.

    Its buyer has not been told yet how that ended, and perhaps tries again.
    """
    for attempt in under_way.live_elsewhere():
        order = attempt.order
        if order.is_for_others and order.item == offer.reference and attempt.outcome in DOUBTFUL_OUTCOMES:
            [line] = order.lines.all()
            if line.quantity == offer.copies:
                raise PaymentUnknown(order)


def check_that_it_is_what_was_shown(purchase: Purchase) -> None:
    """Refuse if the buyer has chosen another number of copies since, with the same form in another tab.

    One copy is a gift, with a letter; several have a list. Neither may be paid for and become the other.
    """
    shown, wish = purchase.shown, purchase.gift
    if shown is not None and wish is not None and wish.copies != shown.copies:
        raise GiftUnknown("You have chosen something else since.")


def write_seats(order: Order, wish: GiftWish | None) -> None:
    """Write a seat for each copy of a new order, and what was typed for a gift; raises GiftUnknown."""
    [line] = order.lines.all()
    if line.quantity == 1 and wish is None:
        raise GiftUnknown("Please tell us again who it is for.")
    Seat.objects.bulk_create(Seat(line=line, number=number + 1) for number in range(line.quantity))
    write_gift(order, wish)


def leave_form(order: Order) -> None:
    """Have an expired order leave its form, which is posted again on other terms, to another order."""
    order.nonce = order.pk.hex  # which no form has, because the order is for others all the same
    order.save(update_fields=["nonce"])


def write_gift(order: Order, wish: GiftWish | None) -> None:
    """Write what was typed for a gift, or write it again: its giver may have corrected it before paying.

    Call it only if the order has as many copies as the wish (check_that_it_is_what_was_shown).
    """
    if wish is not None and wish.copies == 1 and order.is_for_others:
        typed = {name: getattr(wish, name) for name in ("giver", "recipient", "email", "message", "send_at")}
        Gift.objects.update_or_create(order=order, defaults=typed)
