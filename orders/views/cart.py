"""The cart's page, and the forms that put things into it and take them out."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from books.rendering import prices_of
from books.shelves.covers import covers_of
from orders import cart as carts
from orders import pricing
from orders.entered_codes import with_entered_code
from orders.pricing import cheaper
from orders.sources import led_on
from users.requests.same_site import from_this_site

from .forms import AmountForm, ProductsForm


@login_not_required
@never_cache
@require_safe
def cart(request):
    """Show what is in the cart, what it costs, and which bundle would cost less."""
    priced, sentences = carts.look(request)
    for sentence in sentences:
        messages.info(request, sentence)
    if priced.offer is None:
        return render(request, "orders/cart.html", {"offer": None, "things": []})
    offer, code_said = with_entered_code(request, priced.offer)
    offer = pricing.at_amounts(offer, carts.amounts_in(request, offer.currency))
    covers = covers_of([part.product for part in offer.parts])
    context = {
        "offer": offer,
        "code_said": code_said,
        "things": [(part, covers[part.reference]) for part in offer.parts],
        "instead": cheaper.cheaper_together(offer.parts, request.user, prices_of(request)),
    }
    return render(request, "orders/cart.html", context)


@login_not_required
@from_this_site
@require_POST
def cart_add(request):
    """Put products into the cart, and show it."""
    if refusal := consume_or_429(request, action="cart"):
        return refusal
    fields = _fields(request)
    for sentence in carts.add(request, fields["products"], instead_of=fields["instead_of"]):
        messages.info(request, sentence)
    return redirect(led_on(request, reverse("cart")))


@login_not_required
@require_POST
def cart_remove(request):
    """Take products out of the cart, and show it."""
    carts.remove(request, _fields(request)["products"])
    return redirect(led_on(request, reverse("cart")))


@login_not_required
@require_POST
def cart_amount(request):
    """Set what the buyer of a thing in the cart wants to pay for it, where they choose the price."""
    reference = _fields(request)["products"][0]
    priced, _ = carts.look(request)
    part = next((each for each in priced.offers if each.reference == reference and each.suggested), None)
    if part is None:
        return redirect(led_on(request, reverse("cart")))
    form = AmountForm(request.POST, offer=with_entered_code(request, part).offer)
    if form.is_valid():
        carts.choose_amount(request, part, form.cleaned_data["amount"])
    else:
        for said in form.errors["amount"]:
            messages.error(request, said)
    return redirect(led_on(request, reverse("cart")))


def _fields(request):
    form = ProductsForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The form names no product.")
    return form.cleaned_data
