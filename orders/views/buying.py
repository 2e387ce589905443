"""What the two ways to pay share: who buys, and how the answer reaches them."""

from functools import wraps
from http import HTTPStatus

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect

from books.models import ALL_BOOKS
from orders import pricing
from orders.checkout import Purchase
from orders.checkout.buyers import NobodyBuys, WrongAddress, buyer_of
from orders.sources import source_of
from users.guests import browser
from users.requests.way_back import way_back

from .giving.wishes import wish_of

# In a session: what was typed into a form that bought nothing.
TYPED = "typed"


def for_buyers(form_class):
    """Give a view the posted form and who buys; a newcomer is logged in then, as the guest they have become.

    Whoever has to log in first is led back to the page of their form afterwards.
    """

    def decorate(view):
        @wraps(view)
        def buy(request):
            form = form_class(request.POST, request.FILES)
            is_valid = form.is_valid()
            try:
                buyer = _buyer(request, form)
            except NobodyBuys:
                messages.info(request, "You have not been charged. Log in, and then pay.")
                return lead_on(request, redirect_to_login(_page_of(request, form, otherwise="/")))
            except WrongAddress:
                keep_typed(request, form)
                messages.error(request, "Please check your e-mail address. You have not been charged.")
                return lead_on(request, redirect(_page_of(request, form, otherwise=address_of_item(form))))
            if not is_valid:
                raise BadRequest("The form has no token, or its item is not ours.")
            shown = form.cleaned_data["item"]
            # An account gets each thing once; whoever empties their browser is somebody else each time.
            is_limited = buyer.user.is_guest and shown is not None and not shown.amount
            if is_limited and (refusal := consume_or_429(request, action="take_free")):
                return refusal
            if buyer.user.pk is not None:
                return view(request, form, buyer)
            if refusal := consume_or_429(request, action="buy_as_guest"):
                return refusal
            response = view(request, form, buyer)
            # Without a database nobody can be logged in; the browser is still known when it is back.
            lacks_database = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            return response if lacks_database else browser.bind(request, response, buyer.user)

        return buy

    return decorate


def purchase_of(request, form, buyer):
    """Return what the valid form and the request ask for, as the checkout wants it."""
    return Purchase(
        shown=form.cleaned_data["item"],
        email=buyer.email,
        agreed=form.cleaned_data["agreed"],
        source=source_of(request),
        gift=wish_of(request, form.cleaned_data["item"].nonce) if form.cleaned_data["item"] else None,
        may_remind=form.may_remind,
    )


def reference_in(request):
    """Return the reference of the product that the address asks for."""
    for kind in ("book", "bundle"):
        if kind in request.GET:
            return f"{kind}:{request.GET[kind]}"
    return ALL_BOOKS


def address_of_item(form):
    """Return the address of the purchase page that made the form."""
    shown = form.cleaned_data.get("item")
    return shown.address if shown else pricing.address_of(ALL_BOOKS)


def keep_typed(request, form):
    """Keep what a buyer has typed, for the purchase page that they are led back to."""
    request.session[TYPED] = form.typed


def take_typed(request, reference):
    """Return what keep_typed kept, once: on the page of another product the address alone."""
    typed = request.session.pop(TYPED, {})
    return typed if typed.get("reference") == reference else {"email": typed.get("email", "")}


def wants_json(request):
    """Tell whether a script asks."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def lead_on(request, response):
    """Tell a script where to go: fetch would follow a redirect on its own and show nothing."""
    if wants_json(request) and isinstance(response, HttpResponseRedirect):
        return JsonResponse({"location": response.url}, status=HTTPStatus.CONFLICT)
    return response


def _buyer(request, form):
    """Return who buys; raises NobodyBuys, also if an account was logged out since the page was made for it.

    Such a page has the field `next`. Its reader would pay as a guest for what their account may own.
    """
    if "next" in request.POST and not request.user.is_authenticated:
        raise NobodyBuys
    return buyer_of(request, form.address)


def _page_of(request, form, *, otherwise):
    """Return the address of the page with the form, as the form or the browser says."""
    if form.cleaned_data.get("item"):
        otherwise = address_of_item(form)
    sent = request.POST.get("next") or request.headers.get("Referer", "")
    return way_back(request, sent, otherwise=otherwise)
