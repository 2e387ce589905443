"""The purchase page, the two ways to pay, and a reader's own orders."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from books import access
from books.models import Book
from orders import checkout, pricing
from orders.checkout import errors
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.payments import catch_up
from orders.payments.order_state import withheld_lines
from users.views import too_many_requests

from .forms import ChargeForm, ItemForm

ORDERS_PER_PAGE = 25
# How an attempt by card token ends when only a Checkout Session can pay.
SESSION_NEEDED = {"authentication_required", "card_tokens_refused"}
# After so many seconds the page of an order in doubt asks Stripe again; a bank at work may take days.
ASK_AGAIN, ASK_BANK_AGAIN = 3, 600


@require_safe
def purchase(request):
    """Show what is bought, for how much, and the ways to pay; nothing payable to whoever has it."""
    try:
        offer = pricing.find_offer(_asked_for(request), request.user)
    except pricing.NotForSale as error:
        raise Http404("Nothing of this name is for sale.") from error
    if access.owns(request.user, offer.thing):
        return _to_what_is_owned(request, offer.thing)
    order = Order.objects.open_for(request.user, offer.item).first()
    if order is not None and (order.status != OrderStatus.PENDING or order.in_doubt):
        return redirect(order)
    # What happened last stands in a message, if there is one.
    told = len(messages.get_messages(request)) > 0
    context = {
        "offer": offer,
        "refusal": order.last_refusal if order is not None and not told else "",
        "session_needed": order is not None and _needs_session(order.attempts.last()),
        "books": _books_in(offer.thing),
        "checkout": settings.STRIPE_CHECKOUT,
        "checkout_js_url": settings.STRIPE_CHECKOUT_JS_URL,
    }
    return _render_with_stripe(request, "orders/purchase.html", context)


@require_POST
def charge(request):
    """Turn the token that Stripe's checkout posted into a paid order."""
    form = ChargeForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadRequest("The form lacks a token, or its item is not ours.")
    token, shown = form.cleaned_data["stripeToken"], form.cleaned_data["item"]
    try:
        order = checkout.buy_with_token(request.user, token=token, shown=shown)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return _refuse(request, refused, shown)
    return redirect(order)


@never_cache
@require_POST
def checkout_session(request):
    """Open a Checkout Session: to be shown in our page if JSON is asked for, else on Stripe's."""
    form = ItemForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadRequest("The form's item is not ours.")
    embedded = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    shown = form.cleaned_data["item"]
    try:
        order, session = checkout.open_session(request.user, embedded=embedded, shown=shown)
    except (pricing.NotForSale, errors.NotBought) as refused:
        return _lead_on(_refuse(request, refused, shown), embedded=embedded)
    if session is None:  # nothing was left to pay
        return _lead_on(redirect(order), embedded=embedded)
    if embedded:
        return JsonResponse({"client_secret": session.client_secret, "order": str(order.pk)})
    return HttpResponseRedirect(session.url, status=303)


@require_safe
def checkout_return(request):
    """Settle the order whose buyer comes back from Stripe's checkout, and show it."""
    session_id = request.GET.get("session_id", "")
    if not re.fullmatch(r"\w+", session_id, flags=re.ASCII):
        raise Http404("No Checkout Session is called that.")
    attempts = Attempt.objects.filter(order__user=request.user)
    attempt = get_object_or_404(attempts, stripe_checkout_session_id=session_id)
    catch_up.hear_of_return(attempt)
    return redirect(attempt.order)


@require_safe
def order_list(request):
    """List the reader's own orders, newest first."""
    orders = request.user.orders.prefetch_related("lines", "attempts")
    page = Paginator(orders, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/order_list.html", {"page": page})


@require_safe
def order_detail(request, pk):
    """Show one of the reader's own orders; while it may have been paid, ask Stripe what became of it."""
    order = catch_up.look_at(get_object_or_404(request.user.orders, pk=pk))
    prefetch_related_objects([order], "lines__book", "lines__bundle", "attempts", "refunds", "disputes")
    last_attempt = order.attempts.last()
    outcome = last_attempt.outcome if last_attempt is not None else ""
    refunds = [each for each in order.refunds.all() if each.stripe_charge_id == order.stripe_charge_id]
    withheld = {dispute.status for dispute in order.disputes.all() if dispute.withholds}
    context = {
        "order": order,
        "last_attempt": last_attempt,
        "session_offered": outcome == AttemptOutcome.OPEN or _needs_session(last_attempt),
        "ask_again_seconds": ASK_BANK_AGAIN if outcome == AttemptOutcome.PROCESSING else ASK_AGAIN,
        "refunds": refunds,
        # Of payments beside the one that paid the order: the reader was charged twice.
        "second_payments": [each for each in order.refunds.all() if each not in refunds],
        "dispute_is_lost": withheld == {"lost"},
        "is_withheld": bool(withheld_lines(order)),
        "offer": _offer_again(order),
        "is_owned": all(access.owns(request.user, line.thing) for line in order.lines.all()),
        "read_address": order.reading_address,
        "buy_address": pricing.address_of(order.item),
        "checkout": settings.STRIPE_CHECKOUT,
    }
    return _render_with_stripe(request, "orders/charge.html", context)


def _books_in(thing):
    """Return the books that one gets, as cards show them."""
    if isinstance(thing, Book):
        return Book.objects.for_cards().filter(pk=thing.pk)
    books = Book.objects if thing.everything else thing.books
    return books.published().for_cards()


def _asked_for(request):
    """Return the word for what the address asks to buy."""
    for kind in ("book", "bundle"):
        if kind in request.GET:
            return f"{kind}:{request.GET[kind]}"
    return pricing.ALL_BOOKS


def _needs_session(attempt):
    """Tell whether, after this attempt by card token, only a Checkout Session can pay."""
    return attempt is not None and attempt.code in SESSION_NEEDED


def _offer_again(order):
    """Return at what price an order that was not paid can be paid now, if it can."""
    if order.status != OrderStatus.PENDING or order.in_doubt:
        return None
    try:
        return pricing.find_offer(order.item, order.user)
    except pricing.NotForSale:
        return None


def _refuse(request, refused, shown):
    """Answer somebody who did not get what they asked for."""
    purchase_page = pricing.address_of(shown.item if shown else pricing.ALL_BOOKS)
    match refused:
        case pricing.NotForSale():
            raise Http404("Nothing of this name is for sale.") from refused
        case errors.AlreadyOwned():
            return _to_what_is_owned(request, refused.thing)
        case errors.PriceChanged():
            messages.warning(request, "The price has changed meanwhile. You have not been charged.")
            return redirect(purchase_page)
        case errors.TooManyAttempts():
            return too_many_requests(request)
        case errors.PaymentUnrecorded():
            return render(request, "orders/being_confirmed.html", status=503)
        case errors.CheckoutClosed():
            messages.error(
                request, "Stripe could not be reached. You have not been charged. Please try again."
            )
            return redirect(purchase_page)
        case errors.AccountClosed():
            return redirect(purchase_page)  # which asks whoever has no account any more to log in
        case errors.PaymentRefused():
            return redirect(purchase_page)  # which shows the refusal beside the button
        case errors.AlreadyBought() | errors.PaymentUnknown() | errors.OtherWayNeeded():
            return redirect(refused.order)
    raise refused


def _lead_on(response, *, embedded):
    """Tell a script where to go: fetch would follow a redirect by itself and show nothing."""
    if embedded and isinstance(response, HttpResponseRedirect):
        return JsonResponse({"location": response.url}, status=409)
    return response


def _to_what_is_owned(request, thing):
    messages.info(request, f"You already own {thing.title}. You have not been charged.")
    return redirect(thing)


def _render_with_stripe(request, template, context):
    """Render a page on which one can pay: Stripe's scripts and frames may run in it."""
    stripe = {"stripe_key": settings.STRIPE_PUBLISHABLE_KEY, "stripe_js_url": settings.STRIPE_JS_URL}
    return csp_override(_policy_with_stripe())(render)(request, template, context | stripe)


def _policy_with_stripe():
    """Return the site's Content-Security-Policy, opened for what Stripe's checkouts load.

    As https://docs.stripe.com/security/guide#content-security-policy has it, and for the classic checkout.js.
    """
    classic, current = _origin(settings.STRIPE_CHECKOUT_JS_URL), _origin(settings.STRIPE_JS_URL)
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    policy["script-src"] += [classic, current, "https://*.js.stripe.com"]
    policy["style-src"] += [classic]
    policy["connect-src"] += [classic, current, settings.STRIPE_API_BASE]
    policy["frame-src"] = [CSP.SELF, classic, current, "https://*.js.stripe.com", "https://hooks.stripe.com"]
    policy["img-src"] += [classic, "https://*.stripe.com"]
    # Where the form of a Checkout Session is led on to.
    policy["form-action"] += [classic]
    return {name: list(dict.fromkeys(sources)) for name, sources in policy.items()}


def _origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
