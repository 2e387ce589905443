"""The terms that a buyer was shown, worked out once more under lock."""

from orders import pricing
from orders.models import OrderStatus
from orders.pricing import codes
from users.models import CustomUser

from .errors import CodeNotUsable
from .purchases import Purchase
from .under_way import UnderWay


def on_shown_terms(
    offer: pricing.AnyOffer, purchase: Purchase, under_way: UnderWay, reader: CustomUser
) -> pricing.AnyOffer:
    """Return an offer with the code and at the amounts that its buyer saw, as far as they hold now.

    The code stays locked until the transaction ends. Raises errors.CodeNotUsable.
    """
    shown = purchase.shown
    if shown is None:
        return offer
    if shown.code:
        try:
            offer = _with_code(offer, shown.code, under_way, reader, email=purchase.email)
        except codes.CodeRefused as refused:
            raise CodeNotUsable(refused.why) from refused
    return pricing.at_amounts(offer, shown.amounts)


def _with_code(
    offer: pricing.AnyOffer, text: str, under_way: UnderWay, reader: CustomUser, *, email: str
) -> pricing.AnyOffer:
    code = codes.lock_code(text)
    replaced = [each.pk for each in (under_way.order, *under_way.rivals) if each is not None]
    if code.is_limited:
        # The buyer may have tried to buy something else with it, and holds a use for that.
        idle = codes.idle_orders(code, reader).exclude(pk__in=replaced)
        for order in idle.select_for_update(of=("self",), no_key=True):
            order.move_to(OrderStatus.EXPIRED)
    return codes.use_code(code, offer, reader, email=email, but=replaced)
