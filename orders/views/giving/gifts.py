"""What the giver of a gift does with it after paying, on the page of the order."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from orders.giving import gifts
from orders.models import Gift
from orders.views.own_order import own_order_for_others

from .forms import AddressForm


@require_http_methods(["GET", "HEAD", "POST"])
def order_gift_address(request, pk):
    """Ask whether the letter shall go to another address or on another day, or to nobody; a post says so."""
    order = own_order_for_others(request.user, pk)
    gift = get_object_or_404(Gift, order=order)
    form = AddressForm(request.POST or None, initial=_typed(gift))
    if not form.is_valid():
        return render(request, "orders/giving/address.html", {"order": order, "form": form})
    return _answer(request, order, lambda: gifts.readdress(order, **form.cleaned_data), "Saved.")


@require_POST
def order_gift_letter(request, pk):
    """Send the letter once more."""
    order = own_order_for_others(request.user, pk)
    return _answer(request, order, lambda: gifts.send_again(order), "The letter is on its way again.")


@require_POST
def order_gift_back(request, pk):
    """Take the gift back: its link stops working, and the giver gets another one."""
    order = own_order_for_others(request.user, pk)
    said = "The link you passed on no longer works. There’s a new one below."
    return _answer(request, order, lambda: gifts.take_back(order), said)


def _typed(gift):
    """Return for whom it is, as the form shows it, and the day of a letter that has not gone yet."""
    typed = {"recipient": gift.recipient, "email": gift.email}
    if gift.send_at is not None and gift.sent_at is None:
        typed["day"] = timezone.localdate(gift.send_at, timezone=settings.SHOP.zone)
    return typed


def _answer(request, order, act, said):
    try:
        act()
    except gifts.NotChanged as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, said)
    return redirect(order)
