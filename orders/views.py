"""The purchase page, the charge, and a reader's own orders."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from books import access
from books.models import Book
from orders import checkout, pricing, reconciliation
from orders.forms import ChargeForm
from orders.models import Order, OrderStatus

ORDERS_PER_PAGE = 25


@require_safe
def purchase(request):
    """Show what is bought, for how much, and Stripe's button; nothing payable to whoever has it."""
    try:
        offer = pricing.find_offer(_asked_for(request))
    except pricing.NotForSale as error:
        raise Http404("Nothing of this name is for sale.") from error
    if access.has_all_books(request.user):
        return _to_what_is_owned(request)
    order = Order.objects.open_for(request.user, offer.item).first()
    if order is not None and (order.status != OrderStatus.PENDING or order.in_doubt):
        return redirect(order)
    context = {
        "offer": offer,
        "refusal": order.last_refusal if order is not None else "",
        "book_count": Book.objects.count(),
        "checkout_js_url": settings.STRIPE_CHECKOUT_JS_URL,
        "stripe_key": settings.STRIPE_PUBLISHABLE_KEY,
    }
    return csp_override(_policy_with_stripe())(render)(request, "orders/purchase.html", context)


@require_POST
def charge(request):
    """Turn the token that Stripe's checkout posted into a paid order."""
    form = ChargeForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The form lacks a token, or its item is not ours.")
    shown = form.cleaned_data["item"]
    try:
        order = checkout.buy_with_token(request.user, token=form.cleaned_data["stripeToken"], shown=shown)
    except pricing.NotForSale as error:
        raise Http404("Nothing of this name is for sale.") from error
    except checkout.AlreadyOwned:
        return _to_what_is_owned(request)
    except checkout.PriceChanged:
        messages.warning(request, "The price has changed meanwhile. You have not been charged.")
        return redirect("orders")
    except checkout.TooManyAttempts:
        return render(request, "429.html", status=429)
    except checkout.PaymentUnrecorded:
        return render(request, "orders/being_confirmed.html", status=503)
    except checkout.PaymentRefused:
        return redirect("orders")  # which shows the refusal beside the button
    except (checkout.AlreadyBought, checkout.PaymentUnknown, checkout.OtherWayNeeded) as unfinished:
        return redirect(unfinished.order)
    return redirect(order)


@require_safe
def order_list(request):
    """List the reader's own orders, newest first."""
    orders = request.user.orders.prefetch_related("lines", "attempts")
    page = Paginator(orders, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/order_list.html", {"page": page})


@require_safe
def order_detail(request, pk):
    """Show one of the reader's own orders; while it is in doubt, ask Stripe what became of it."""
    order = reconciliation.look_at(get_object_or_404(request.user.orders, pk=pk))
    context = {
        "order": order,
        "lines": order.lines.select_related("bundle"),
        "last_attempt": order.attempts.last(),
    }
    return render(request, "orders/charge.html", context)


def _asked_for(request):
    """Return the word for what the address asks to buy."""
    for kind in ("book", "bundle"):
        if kind in request.GET:
            return f"{kind}:{request.GET[kind]}"
    return pricing.ALL_BOOKS


def _to_what_is_owned(request):
    messages.info(request, "You already own all books. You have not been charged.")
    return redirect("book_list")


def _policy_with_stripe():
    """Return the site's Content-Security-Policy, opened for Stripe's script, frame and pictures."""
    parts = urlsplit(settings.STRIPE_CHECKOUT_JS_URL)
    stripe = f"{parts.scheme}://{parts.netloc}"
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    for name in ("script-src", "style-src", "connect-src"):
        policy[name].append(stripe)
    policy["frame-src"] = [CSP.SELF, stripe]
    policy["img-src"] += [stripe, "https://*.stripe.com"]
    return policy
