"""The purchase page, and the two ways to pay."""

import re

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from books import access
from books.models import find_product, unopened_among
from books.rendering import chosen_currency, offer_choice, prices_of
from books.shelves.covers import MOST_COVERS, covers_of
from orders import cart, checkout, preorders, pricing
from orders.checkout import errors
from orders.checkout.buyers import address_before
from orders.checkout.under_way import open_order
from orders.entered_codes import forget_code, with_entered_code
from orders.models import Attempt, OrderStatus
from orders.payments.attempts import settle_after_return
from orders.pricing import cheaper
from orders.sources import led_on, source_of
from users.guests import browser
from users.views import too_many_requests

from .buying import (
    address_of_item,
    for_buyers,
    keep_typed,
    lead_on,
    purchase_of,
    reference_in,
    take_typed,
    wants_json,
)
from .forms import AmountForm, ChargeForm, ItemForm, reminder_box
from .giving.wishes import give_address_of, wish_of
from .stripe_pages import needs_session, render_with_stripe


@login_not_required
@require_safe
def purchase(request):
    """Show what is bought, what it costs and how to pay; whoever owns it is led to it instead."""
    browser.resume(request)
    offer_choice(request)
    if "cart" in request.GET:
        shown = _purchase_of_cart(request)
    elif "give" in request.GET:
        shown = _purchase_for_others(request, request.GET["give"])
    else:
        shown = _purchase(request)
    return browser.name_browser(request, shown)


def _purchase(request):
    try:
        product, is_owned, _ = access.find_product(reference_in(request), request.user)
        offer = pricing.offer_at(prices_of(request), product, request.user)
    except pricing.NotForSale as error:
        raise Http404("We do not sell anything by this name.") from error
    if is_owned:
        return _to_what_is_owned(request, offer.product, "You already own {}.")
    return _show(request, offer)


def _purchase_for_others(request, nonce):
    """Show what copies for others cost, whoever owns the product; or ask for whom they are."""
    wish = wish_of(request, nonce)
    reference = reference_in(request)
    if wish is None:
        return redirect(give_address_of(reference))
    try:
        product = find_product(reference)
        offer = pricing.offer_for_others(product, wish.copies, nonce, prices_of(request))
    except pricing.NotForSale as error:
        raise Http404("We do not sell anything by this name.") from error
    return _show(request, offer, wish=wish)


def _purchase_of_cart(request):
    """Show what the cart costs, as it is now; an empty one is shown as such."""
    priced, sentences = cart.look(request)
    for sentence in sentences:
        messages.info(request, sentence)
    if priced.offer is None:
        return redirect("cart")
    return _show(request, priced.offer, chosen=cart.amounts_in(request, priced.offer.currency))


def _show(request, offer, *, chosen=None, wish=None):
    order = open_order(request.user, offer)
    if order is not None and (order.status != OrderStatus.PENDING or order.in_doubt):
        return redirect(order)
    offer, code_said = with_entered_code(request, offer)
    typed = take_typed(request, offer.reference)
    form = AmountForm.of(request.GET if "amount" in request.GET else typed, offer)
    if form is not None and form.is_valid():
        chosen = {offer.reference: form.cleaned_data["amount"]}
    elif chosen is None and order is not None and order.currency == offer.currency:
        # A card was declined, for example.
        chosen = {line.item: line.amount for line in order.lines.all()}
    offer = pricing.at_amounts(offer, chosen or {})
    # A message, if there is one, already says what happened.
    told = len(messages.get_messages(request)) > 0
    books = _books_of(offer)
    # The books of a single product are read anyway.
    covers = {} if isinstance(books, list) and books else covers_of([part.product for part in offer.parts])
    context = {
        "offer": offer,
        "things": [(part, covers.get(part.reference, books[:MOST_COVERS])) for part in offer.parts],
        "books": books,
        **_not_open_yet(offer),
        "code_said": code_said,
        "amount_form": form,
        "instead": None if wish else cheaper.little_more(offer.parts, request.user, prices_of(request)),
        "wish": wish,
        "give_address": give_address_of(offer.reference, offer.nonce) if wish else "",
        "chosen_currency": chosen_currency(request),
        "refusal": order.last_refusal if order is not None and not told else "",
        "session_needed": order is not None and needs_session(order.last_attempt),
        "address_before": typed["email"] or address_before(request),
        "may_remind": reminder_box(order, typed),
        "source": source_of(request),
        "address_here": led_on(request, request.get_full_path()),
        "checkout": settings.STRIPE_CHECKOUT,
        "checkout_js_url": settings.STRIPE_CHECKOUT_JS_URL,
    }
    return render_with_stripe(request, "orders/purchase.html", context)


def _not_open_yet(offer):
    """Return what the page says of books that have not opened, and whether a button refunds them."""
    products = [part.product for part in offer.parts]
    unopened = unopened_among(products)
    return {
        "buy": "Pre-order" if len(products) == 1 and unopened == products else "Buy",
        "unopened": unopened,
        "is_refundable": set(unopened) <= set(products)
        or (len(products) == 1 and preorders.opens_as_a_whole(products[0])),
    }


def _books_of(offer):
    """Return the books of a single product, as the page lists them; of All Books, a query to count."""
    if len(offer.parts) > 1:
        return []
    [part] = offer.parts
    books = part.product.included_books().published()
    return books if part.product.everything else list(books.with_covers())


@login_not_required
@require_POST
@for_buyers(ChargeForm)
def charge(request, form, buyer):
    """Turn the token that Stripe's checkout posted into a paid order."""
    token = form.cleaned_data["stripeToken"]
    try:
        order = checkout.buy_with_token(buyer.user, purchase_of(request, form, buyer), token=token)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return _refuse(request, refused, form)
    return redirect(order)


@never_cache
@login_not_required
@require_POST
@for_buyers(ItemForm)
def checkout_session(request, form, buyer):
    """Open a Checkout Session: for our own page if the request asks for JSON, else on Stripe's."""
    embedded = wants_json(request)
    wanted = purchase_of(request, form, buyer)
    try:
        order, session = checkout.open_session(buyer.user, wanted, embedded=embedded)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return lead_on(request, _refuse(request, refused, form))
    if session is None:  # nothing more to pay
        return lead_on(request, redirect(order))
    if embedded:
        return JsonResponse({"client_secret": session.client_secret, "order": str(order.pk)})
    return HttpResponseRedirect(session.url, status=303)


@login_not_required
@never_cache
@require_safe
def checkout_return(request):
    """Settle the order whose buyer comes back from Stripe's checkout, and show it."""
    if not request.user.is_authenticated:  # a bank's app may lead to another browser
        return render(request, "orders/returned_elsewhere.html")
    session_id = request.GET.get("session_id", "")
    if not re.fullmatch(r"\w+", session_id, flags=re.ASCII):
        raise Http404("This is not the id of a Checkout Session.")
    attempts = Attempt.objects.filter(order__user=request.user).select_related("order")
    attempt = get_object_or_404(attempts, stripe_checkout_session_id=session_id)
    settle_after_return(attempt)
    return redirect(attempt.order)


def _refuse(request, refused, form):
    """Answer somebody who did not get what they asked for."""
    match refused:
        case pricing.NotForSale():
            raise Http404("We do not sell anything by this name.") from refused
        case errors.AlreadyOwned():
            said = "You already own {}, so nothing was charged this time."
            return _to_what_is_owned(request, refused.product, said)
        case errors.TooManyAttempts():
            return too_many_requests(request)
        case errors.PaymentUnrecorded():
            return render(request, "orders/being_confirmed.html", status=503)
        case errors.AlreadyBought() | errors.PaymentUnknown() | errors.OtherWayNeeded():
            return redirect(refused.order)
    return _back_to_purchase(request, refused, form)


def _back_to_purchase(request, refused, form):
    """Lead back to the purchase page, or to the cart if that has changed.

    These pages say why a card was refused or what fell out of the cart. What was typed is in the form again:
    after a refused card the order knows it.
    """
    if not isinstance(refused, errors.PaymentRefused):
        keep_typed(request, form)
    match refused:
        case errors.GiftUnknown():
            messages.warning(request, f"{refused} You have not been charged.")
        case errors.CartChanged():
            messages.warning(request, "Your cart has changed. You have not been charged.")
            return redirect("cart")
        case errors.PriceChanged():
            messages.warning(request, "The price has changed. You have not been charged.")
        case errors.CodeNotUsable():
            forget_code(request)
            messages.warning(request, f"{refused} You have not been charged.")
        case errors.AccountClosed():
            messages.error(request, "Your account is closed. You have not been charged.")
        case errors.CheckoutClosed():
            said = "Stripe could not be reached. You have not been charged. Please try again."
            messages.error(request, said)
    return redirect(address_of_item(form))


def _to_what_is_owned(request, product, said):
    messages.info(request, said.format(product.title))
    return redirect("book_list" if product.everything else product)
