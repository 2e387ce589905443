"""The page behind the link of a gift, or of one of several copies."""

from http import HTTPStatus

from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from books.shelves.covers import MOST_COVERS, covers_of
from orders.giving import gifts, redeeming
from orders.models import Gift
from orders.models.giving.links import NoSuchLink, read_link
from users.guests import browser
from users.models import CustomUser

from .forms import TakeForm

# What the page says to whom cannot take a copy, by the kind of refusal.
OVER = {
    redeeming.Taken: "taken",
    redeeming.Left: "left",
    redeeming.Closed: "closed",
    redeeming.Withheld: "withheld",
    redeeming.OwnGift: "own",
    redeeming.Owned: "owned",
}


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="gift")
def gift_open(request, code):
    """Show what somebody is given, and by whom; a post takes it, for the reader or as a guest here.

    It never says whether an address has an account. Looking takes nothing: programs that check mail follow
    every link.
    """
    browser.resume(request)
    try:
        seat = redeeming.seat_for(read_link(code), request.user)
    except NoSuchLink:
        return _over(request, "unknown", status=HTTPStatus.NOT_FOUND)
    except redeeming.Taken:
        return _over(request, "all_taken")
    except redeeming.Left:
        return _over(request, "left")
    if seat.redeemer_id is not None and seat.redeemer_id == request.user.pk:
        return redirect(_reading_address(seat.line.product))
    if request.method == "POST":
        return _opened(seat) if "opened" in request.POST else _take(request, code)
    try:
        redeeming.check(seat, seat.line.order, request.user)
    except redeeming.NotRedeemed as refusal:
        return _over(request, OVER[type(refusal)], seat=seat)
    return browser.name_browser(request, _show(request, seat))


def _show(request, seat, form=None):
    product = seat.line.product
    several = seat.line.quantity > 1
    context = {
        "product": product,
        "gift": None if several else Gift.objects.filter(order=seat.line.order_id).first(),
        "covers": covers_of([product]).get(product.reference, ())[:MOST_COVERS],
        "form": (form or TakeForm()) if several else None,
    }
    return render(request, "orders/giving/open.html", context)


def _opened(seat):
    """Answer the script by which a browser says that it has shown the gift."""
    gifts.mark_opened(seat)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _take(request, code):
    form = TakeForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    user = request.user
    reader = user if isinstance(user, CustomUser) else browser.newcomer(request)
    try:
        seat = redeeming.redeem(code, reader, name=name)
    except NoSuchLink:
        return _over(request, "unknown", status=HTTPStatus.NOT_FOUND)
    except redeeming.NotRedeemed as refusal:
        return _over(request, OVER[type(refusal)])
    messages.success(request, _yours(seat.line.product))
    response = redirect(_reading_address(seat.line.product))
    return response if reader is user else browser.bind(request, response, reader)


def _yours(product):
    preorder = getattr(product, "preorder", "")
    return f"{product.title} is yours. {preorder}." if preorder else f"{product.title} is yours to read."


def _reading_address(product):
    """Return where to read it; the page of a book that has not opened."""
    if product.kind != "book":
        return reverse("library")
    return reverse("book_read_start", args=[product.pk]) if product.has_opened else product.get_absolute_url()


def _over(request, why, *, seat=None, status=HTTPStatus.OK):
    """Say kindly why there is nothing to take."""
    product = seat.line.product if seat is not None and why in {"owned", "own"} else None
    context = {"why": why, "product": product}
    return render(request, "orders/giving/over.html", context, status=status)
