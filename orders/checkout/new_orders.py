"""The order that a claim commits, with a line for each product."""

from django.conf import settings

from orders import pricing
from orders.models import Order, OrderLine, OrderSource
from orders.models.buying.reminders import keep_choice
from orders.pricing import discounts
from users.models import CustomUser

from . import for_others
from .purchases import Purchase


def write_order(reader: CustomUser, offer: pricing.AnyOffer, purchase: Purchase) -> Order:
    """Write an unpaid order with its lines, what they cost less for what was paid before, and its source."""
    order = Order.objects.create(
        user=reader,
        item=offer.reference,
        amount=offer.amount,
        currency=offer.currency,
        email=purchase.email,
        discount_code=offer.code,
        livemode=settings.STRIPE_LIVE_MODE,
        nonce=offer.nonce,
        agreed_to=[list(each) for each in purchase.agreed],
    )
    lines = [_line_of(order, part) for part in offer.parts]
    discounts.record(OrderLine.objects.bulk_create(lines))
    if offer.copies:
        for_others.write_seats(order, purchase.gift)
    if purchase.source is not None:
        OrderSource.objects.create(order=order, **purchase.source._asdict())
    if purchase.may_remind and order.amount:
        keep_choice(order, True)
    return order


def _line_of(order: Order, part: pricing.Offer) -> OrderLine:
    product = {part.product.kind: part.product}
    return OrderLine(
        order=order,
        item=part.reference,
        reader=order.user,
        is_open=True,
        title=part.title,
        amount=part.amount,
        credit=part.credit,
        discount=part.discount,
        tip=part.tip,
        chosen=part.suggested > 0,
        was=part.was,
        reduced_by=part.reduction.off if part.reduction else 0,
        quantity=part.copies or 1,
        for_others=part.copies > 0,
        **product,
    )
