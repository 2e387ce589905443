"""The cart's page, and the forms that put things into it and take them out."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from books.shelves.covers import covers_of
from orders import cart as carts
from orders.pricing import cheaper
from orders.sources import led_on
from users.requests.same_site import from_this_site

from .forms import ProductsForm


@login_not_required
@never_cache
@require_safe
def cart(request):
    """Show what is in the cart, what it costs, and which bundle would cost less."""
    priced, sentences = carts.look(request)
    for sentence in sentences:
        messages.info(request, sentence)
    covers = covers_of([part.product for part in priced.offers])
    context = {
        "offer": priced.offer,
        "things": [(part, covers[part.reference]) for part in priced.offers],
        "instead": cheaper.cheaper_together(priced.offers, request.user) if priced.offers else None,
    }
    return render(request, "orders/cart.html", context)


@login_not_required
@from_this_site
@require_POST
def cart_add(request):
    """Put products into the cart, and show it."""
    if refusal := consume_or_429(request, action="cart"):
        return refusal
    for sentence in carts.add(request, _products(request)):
        messages.info(request, sentence)
    return redirect(led_on(request, reverse("cart")))


@login_not_required
@require_POST
def cart_remove(request):
    """Take products out of the cart, and show it."""
    carts.remove(request, _products(request))
    return redirect(led_on(request, reverse("cart")))


def _products(request):
    form = ProductsForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The form names no product.")
    return form.cleaned_data["products"]
