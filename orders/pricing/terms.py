"""An offer on a buyer's own terms: with a discount code, and at the amounts that they choose."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from django.conf import settings

from books.models import Prices, find_products
from orders.models import CART, Order

from .carts import AnyOffer, offers_in_one_currency, together
from .codes import CodeRefused, use_code
from .for_others import offer_for_others
from .offers import NotForSale


def at_amounts(offer: AnyOffer, chosen: Mapping[str, int]) -> AnyOffer:
    """Return an offer at the amounts, by reference, that its buyer chooses; the other prices stay.

    With a code, what is left to pay is free if no card can be charged as little.
    """
    parts = [part.at(chosen.get(part.reference)) for part in offer.parts]
    total = sum(part.amount for part in parts)
    if offer.code is not None and total < min(part.least for part in parts):
        # What has no discount costs as much by itself, so all that is left is of parts that have one.
        parts = [replace(part, amount=0, tip=0, discount=part.discount + part.minimum) for part in parts]
    return together(parts)


def offer_order_again(order: Order) -> AnyOffer:
    """Return what an order's products cost its reader now, with its code and the amounts that they chose.

    Raises NotForSale if one of them is not sold.
    """
    lines = order.lines.all()
    offer = _offer_for_others_again(order) if order.is_for_others else _offer_lines_again(order)
    if order.discount_code is not None:
        with suppress(CodeRefused):
            offer = use_code(order.discount_code, offer, order.user, email=order.email, but=[order.pk])
    if offer.currency != order.currency:
        return offer  # its price list is gone
    return at_amounts(offer, {line.item: line.amount for line in lines})


def _offer_lines_again(order: Order) -> AnyOffer:
    references = [line.item for line in order.lines.all()]
    products = find_products(references)
    offers = offers_in_one_currency(Prices.in_currency(order.currency), products.values(), order.user)
    if missing := [each for each in references if each not in offers]:
        raise NotForSale(missing[0])
    return together([offers[each] for each in references])


def _offer_for_others_again(order: Order) -> AnyOffer:
    [line] = order.lines.all()
    prices = Prices.in_currency(order.currency)
    return offer_for_others(line.product, line.quantity, order.nonce, prices)


def is_at(order: Order, offer: AnyOffer) -> bool:
    """Tell whether an order has the offer's terms, in the mode in which payments are made now."""
    terms = (offer.amount, offer.currency, settings.STRIPE_LIVE_MODE)
    if (order.amount, order.currency, order.livemode) != terms:
        return False
    if order.discount_code_id != (offer.code.pk if offer.code else None):
        return False
    if offer.copies:
        # After a sale, one copy may cost what two did.
        return [line.quantity for line in order.lines.all()] == [offer.copies]
    # A single product costs what its order does.
    amounts = {part.reference: part.amount for part in offer.parts}
    return order.item != CART or {line.item: line.amount for line in order.lines.all()} == amounts
