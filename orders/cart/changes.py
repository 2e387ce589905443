"""What can be done with a cart: look at it, add, remove. What cannot be bought falls out and is named."""

from collections.abc import Sequence

from django.http import HttpRequest

from books.rendering import prices_of
from orders.models import Order
from orders.pricing import PricedCart, price_cart
from orders.pricing.carts import LeftOut, Why

from .contents import COUNT, GATHERED, keep, references_in

# More than anybody buys one by one; a bundle or All Books is one thing.
MOST = 20


def look(request: HttpRequest) -> tuple[PricedCart, list[str]]:
    """Return what the cart holds at its prices now, and a sentence for each thing that fell out of it."""
    before = references_in(request)
    return _bring_up_to_date(request, before, before)


def add(request: HttpRequest, references: Sequence[str], *, instead_of: Sequence[str] = ()) -> list[str]:
    """Put products into the cart; return sentences about what is in it now, what is not and what fell out.

    Of products with a book in common, a bundle takes the place of its books, and the earlier stays, unless
    the new ones are `instead_of` it.
    """
    before = references_in(request)
    if instead_of and _can_be_added(request, references):
        keep(request, before, before := [each for each in before if each not in instead_of])
    wanted = list(dict.fromkeys([*before, *references]))
    cart, sentences = _bring_up_to_date(request, before, wanted)
    added = [offer.title for offer in cart.offers if offer.reference not in before]
    if added:
        sentences.insert(0, f"{_listed(added)} {'is' if len(added) == 1 else 'are'} in your cart.")
    return sentences


def remove(request: HttpRequest, references: Sequence[str]) -> None:
    """Take products out of the cart, if they are in it."""
    before = references_in(request)
    keep(request, before, [each for each in before if each not in references])


def empty_of(request: HttpRequest, order: Order) -> None:
    """Take out of the cart what a paid order has bought. Asks nothing of the database if there is no cart."""
    if not request.session.get(COUNT) and not request.session.get(GATHERED):
        return
    before = references_in(request)
    bought = {line.item for line in order.lines.all() if not line.for_others}
    keep(request, before, [each for each in before if each not in bought])


def _can_be_added(request: HttpRequest, references: Sequence[str]) -> bool:
    return bool(price_cart(references, request.user, prices_of(request)).offers)


def _bring_up_to_date(
    request: HttpRequest, before: Sequence[str], wanted: list[str]
) -> tuple[PricedCart, list[str]]:
    cart = price_cart(wanted[:MOST], request.user, prices_of(request))
    keep(request, before, [offer.reference for offer in cart.offers])
    sentences = [_say(each) for each in cart.left_out]
    if len(wanted) > MOST:
        sentences.append(f"A cart holds {MOST} things. Buy these first, then go on.")
    return cart, sentences


def _say(left_out: LeftOut) -> str:
    title = left_out.product.title if left_out.product else ""
    match left_out.why:
        case Why.OWNED:
            return f"You already own {title}, so it isn’t in your cart."
        case Why.BOUGHT:
            return f"You’ve already bought {title}: see your orders."
        case Why.FREE:
            return f"{title} costs you nothing more. Add it to your library on its own page."
        case Why.SHARED:
            return _say_shared(left_out, title)
    return f"{title or 'Something in your cart'} is no longer for sale."


def _say_shared(left_out: LeftOut, title: str) -> str:
    other = left_out.shares_with.title if left_out.shares_with else ""
    if left_out.is_a_part:
        return f"{title} is part of {other}, so you don’t pay for it twice."
    return f"{title} and {other} share a book. Buy one first, then you pay less for the other."


def _listed(titles: Sequence[str]) -> str:
    """Return "A", "A and B", "A, B and C"."""
    *others, last = titles
    return f"{', '.join(others)} and {last}" if others else last
