"""Where a cart is kept: a reader's in rows, the same on every device, a visitor's in the session.

A session lives on when its visitor logs in or signs up. What it holds then goes into the reader's rows with
the first look at the cart, and so do the rows of the guest who was in this browser before. The session also
has the number of things, so that no page needs a query for it.
"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from orders.models import CartItem
from orders.pricing import Offer
from users.guests.browser import GUEST_BEFORE, guest_before

from .moving import move

GATHERED, COUNT, AMOUNTS = "cart", "cart_count", "cart_amounts"


def references_in(request: HttpRequest) -> list[str]:
    """Return the references of what is in the cart, in the sequence in which it was added."""
    gathered = request.session.get(GATHERED, [])
    if not request.user.is_authenticated:
        return list(gathered)
    readers = filter(None, [request.user.pk, request.session.get(GUEST_BEFORE)])
    kept = CartItem.objects.filter(reader__in=readers).values_list("item", flat=True)
    return list(dict.fromkeys([*kept, *gathered]))


def keep(request: HttpRequest, before: Iterable[str], after: list[str]) -> None:
    """Change what the cart holds; of a reader's, nothing that another device adds at this moment is lost."""
    if not request.user.is_authenticated:
        if request.session.get(GATHERED, []) != after:
            request.session[GATHERED] = after
    else:
        _keep_rows(request, set(before), after)
    if request.session.get(COUNT, 0) != len(after):
        request.session[COUNT] = len(after)


def amounts_in(request: HttpRequest, currency: str) -> dict[str, int]:
    """Return what the buyer wants to pay for things whose price they choose, in minor units by reference.

    That is kept in the session, so another device shows what is suggested.
    """
    chosen = request.session.get(AMOUNTS, {})
    return {reference: amount for reference, (amount, of) in chosen.items() if of == currency}


def choose_amount(request: HttpRequest, offer: Offer, amount: int) -> None:
    """Keep what the buyer wants to pay for this thing in the cart, in minor units of its currency."""
    held = set(references_in(request))
    kept = {each: chosen for each, chosen in request.session.get(AMOUNTS, {}).items() if each in held}
    request.session[AMOUNTS] = kept | {offer.reference: (amount, offer.currency)}


def _keep_rows(request: HttpRequest, before: set[str], after: list[str]) -> None:
    reader: Any = request.user  # not a visitor
    if guest := guest_before(request):
        move(guest, reader)
    gathered = set(request.session.pop(GATHERED, []))
    added = [each for each in after if each not in before or each in gathered]
    if gone := before - set(after):
        CartItem.objects.filter(reader=reader, item__in=gone).delete()
    if added:
        rows = [CartItem(reader=reader, item=each) for each in added]
        CartItem.objects.bulk_create(rows, ignore_conflicts=True)
