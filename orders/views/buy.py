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
from books.shelves.covers import MOST_COVERS, covers_of
from orders import pricing, sources
from orders.models import BuyLink

# Seconds for which browsers and caches may keep the frame and the script.
FRAME_AGE, SCRIPT_AGE = 60, 60 * 60
IN_ANY_FRAME = settings.SECURE_CSP | {"frame-ancestors": ["*"]}


@login_not_required
@require_safe
def buy(request, slug):
    """Lead to the purchase page of what a link is for; with ?embed, show the offer for a frame."""
    link = get_object_or_404(BuyLink.objects.select_related("book", "bundle"), slug=slug)
    try:
        offer = pricing.offer_of(find_product(link.product.reference), AnonymousUser())
    except pricing.NotForSale as error:
        raise Http404("This is not for sale.") from error
    if "embed" in request.GET:
        return _offer_in_frame(request, link, offer)
    sources.tag(request, medium="buy link", campaign=link.campaign or link.slug)
    return redirect(offer.address)


@xframe_options_exempt
@csp_override(IN_ANY_FRAME)
def _offer_in_frame(request, link, offer):
    covers = covers_of([offer.product])[offer.reference][:MOST_COVERS]
    response = render(request, "orders/buy/frame.html", {"link": link, "offer": offer, "covers": covers})
    patch_cache_control(response, public=True, max_age=FRAME_AGE)
    return response


@login_not_required
@require_safe
def buy_button(request):
    """Send the script that makes buttons of links to `buy`, for pages of other sites."""
    response = render(request, "orders/buy/button.js", content_type="text/javascript; charset=utf-8")
    patch_cache_control(response, public=True, max_age=SCRIPT_AGE)
    return response
