"""The purchase page, and the two ways to pay."""

import re

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from books import access
from books.models import ALL_BOOKS
from books.rendering import chosen_currency, offer_choice, prices_of
from orders import checkout, pricing
from orders.checkout import errors
from orders.models import Attempt, Order, OrderStatus
from orders.payments.attempts import settle_after_return
from users.views import too_many_requests

from .forms import ChargeForm, ItemForm
from .stripe_pages import needs_session, render_with_stripe


@require_safe
def purchase(request):
    """Show what a product is, what it costs and how to pay; whoever owns it is led to it instead."""
    offer_choice(request)
    try:
        product, is_owned = access.find_product(_asked_for(request), request.user)
        offer = pricing.offer_at(prices_of(request), product, request.user)
    except pricing.NotForSale as error:
        raise Http404("We do not sell anything by this name.") from error
    if is_owned:
        return _to_what_is_owned(request, offer.product)
    order = Order.objects.open_for(request.user, offer.reference).prefetch_related("attempts").first()
    if order is not None and (order.status != OrderStatus.PENDING or order.in_doubt):
        return redirect(order)
    # A message, if there is one, already says what happened.
    told = len(messages.get_messages(request)) > 0
    books = offer.product.included_books().published().with_covers()
    context = {
        "offer": offer,
        "chosen_currency": chosen_currency(request),
        "refusal": order.last_refusal if order is not None and not told else "",
        "session_needed": order is not None and needs_session(order.last_attempt),
        "books": books if offer.product.everything else list(books),
        "checkout": settings.STRIPE_CHECKOUT,
        "checkout_js_url": settings.STRIPE_CHECKOUT_JS_URL,
    }
    return render_with_stripe(request, "orders/purchase.html", context)


@require_POST
def charge(request):
    """Turn the token that Stripe's checkout posted into a paid order."""
    form = ChargeForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadRequest("The form has no token, or its item is not ours.")
    token, shown = form.cleaned_data["stripeToken"], form.cleaned_data["item"]
    try:
        order = checkout.buy_with_token(request.user, token=token, shown=shown)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return _refuse(request, refused, shown)
    return redirect(order)


@never_cache
@require_POST
def checkout_session(request):
    """Open a Checkout Session: for our own page if the request asks for JSON, else on Stripe's."""
    form = ItemForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadRequest("The form's item is not ours.")
    embedded = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    shown = form.cleaned_data["item"]
    try:
        order, session = checkout.open_session(request.user, embedded=embedded, shown=shown)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return _lead_on(_refuse(request, refused, shown), embedded=embedded)
    if session is None:  # nothing more to pay
        return _lead_on(redirect(order), embedded=embedded)
    if embedded:
        return JsonResponse({"client_secret": session.client_secret, "order": str(order.pk)})
    return HttpResponseRedirect(session.url, status=303)


@require_safe
def checkout_return(request):
    """Settle the order whose buyer comes back from Stripe's checkout, and show it."""
    session_id = request.GET.get("session_id", "")
    if not re.fullmatch(r"\w+", session_id, flags=re.ASCII):
        raise Http404("This is not the id of a Checkout Session.")
    attempts = Attempt.objects.filter(order__user=request.user).select_related("order")
    attempt = get_object_or_404(attempts, stripe_checkout_session_id=session_id)
    settle_after_return(attempt)
    return redirect(attempt.order)


def _asked_for(request):
    """Return the reference of the product that the address asks for."""
    for kind in ("book", "bundle"):
        if kind in request.GET:
            return f"{kind}:{request.GET[kind]}"
    return ALL_BOOKS


def _refuse(request, refused, shown):
    """Answer somebody who did not get what they asked for."""
    match refused:
        case pricing.NotForSale():
            raise Http404("We do not sell anything by this name.") from refused
        case errors.AlreadyOwned():
            return _to_what_is_owned(request, refused.product)
        case errors.TooManyAttempts():
            return too_many_requests(request)
        case errors.PaymentUnrecorded():
            return render(request, "orders/being_confirmed.html", status=503)
        case errors.AlreadyBought() | errors.PaymentUnknown() | errors.OtherWayNeeded():
            return redirect(refused.order)
    return _back_to_purchase(request, refused, shown)


def _back_to_purchase(request, refused, shown):
    """Lead back to the purchase page.

    That page says why a card was refused, and asks whoever no longer has an account to log in.
    """
    match refused:
        case errors.PriceChanged():
            messages.warning(request, "The price has changed. You have not been charged.")
        case errors.CheckoutClosed():
            said = "Stripe could not be reached. You have not been charged. Please try again."
            messages.error(request, said)
    return redirect(pricing.address_of(shown.reference if shown else ALL_BOOKS))


def _lead_on(response, *, embedded):
    """Tell a script where to go: fetch would follow a redirect on its own and show nothing."""
    if embedded and isinstance(response, HttpResponseRedirect):
        return JsonResponse({"location": response.url}, status=409)
    return response


def _to_what_is_owned(request, product):
    messages.info(request, f"You already own {product.title}. You have not been charged.")
    return redirect(product)
