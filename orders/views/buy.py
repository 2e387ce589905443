"""Buying from other sites: a link, and a button that shows the offer in a frame on the page it is on.

Nothing in the frame acts: its one link opens the purchase page in a window of its own, which no site can
frame. So nobody can be made to buy by a click that they meant for something else, and the frame needs no
cookies, which browsers keep from it.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from books.models import find_product
from books.rendering import currency_of, prices_asked_for, remember
from books.shelves.covers import MOST_COVERS, covers_of
from orders import pricing, sources
from orders.models import BuyLink

# Seconds for which browsers and caches may keep the frame and the script.
FRAME_AGE, SCRIPT_AGE = 60, 60 * 60
IN_ANY_FRAME = settings.SECURE_CSP | {"frame-ancestors": ["*"]}


@login_not_required
@require_safe
def buy(request, slug):
    """Lead to the purchase page of what a link is for; with ?embed, show the offer for a frame.

    With ?currency=eur the price is in euros, there and for the rest of the visit, if the shop sells in them.
    """
    link = get_object_or_404(BuyLink.objects.select_related("book", "bundle"), slug=slug)
    prices, is_for_all = prices_asked_for(request, request.GET.get("currency", ""))
    asked = prices.currency if prices.currency == request.GET.get("currency") else ""
    try:
        offer = pricing.offer_at(prices, find_product(link.product.reference), AnonymousUser())
    except pricing.NotForSale as error:
        raise Http404("This is not for sale.") from error
    if "embed" in request.GET:
        address = link.get_absolute_url() + (f"?currency={asked}" if asked else "")
        return _offer_in_frame(request, offer, address, is_for_all=is_for_all)
    campaign = link.campaign or link.slug
    response = redirect(sources.led_on(request, offer.address, medium="buy link", campaign=campaign))
    if asked and asked != currency_of(request):
        remember(response, request, asked)
    return response


@xframe_options_exempt
@csp_override(IN_ANY_FRAME)
def _offer_in_frame(request, offer, address, *, is_for_all):
    covers = covers_of([offer.product])[offer.reference][:MOST_COVERS]
    context = {"address": address, "offer": offer, "covers": covers}
    response = render(request, "orders/buy/frame.html", context)
    # A cache in front of the shop does not know where somebody is.
    patch_cache_control(response, **{"public" if is_for_all else "private": True}, max_age=FRAME_AGE)
    return response


@login_not_required
@require_safe
def buy_button(request):
    """Send the script that makes buttons of links to `buy`, for pages of other sites."""
    response = render(request, "orders/buy/button.js", content_type="text/javascript; charset=utf-8")
    patch_cache_control(response, public=True, max_age=SCRIPT_AGE)
    return response
