"""What guests bought: claiming it for an account, and finding it again."""

from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders import cart, claiming
from orders.models.buying.claim_links import NoSuchClaim, order_of_claim
from users.guests.accounts import has_account
from users.guests.browser import GUEST_BEFORE, guest_before
from users.guests.moving import NotMoved
from users.requests import letters

from .forms import FindForm

# What the form of a claim says about whose the books will be; anything else is an account's key.
NEW = "new"


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="claim")
def order_claim(request, token):
    """Show what a guest bought to the owner of the mailbox it went to; a post moves it to their account.

    The link never logs in to an account: whoever has one logs in to it as always. A new one is opened by the
    post, because programs that check mail follow every link.
    """
    try:
        order = order_of_claim(token)
    except NoSuchClaim:
        return render(request, "orders/claim_over.html", status=HTTPStatus.NOT_FOUND)
    guest, account = order.user, _account(request)
    if not guest.is_guest:
        return redirect("library") if account == guest else render(request, "orders/claimed.html")
    into = str(account.pk) if account else "" if has_account(order.email) else NEW
    if not into:
        letters.opened(request, order.email)
    if request.method == "POST" and into and request.POST.get("into") == into:
        return _claim(request, guest, account, order.email)
    return render(
        request, "orders/claim.html", _shown(guest) | {"order": order, "into": into, "account": account}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="claim")
def keep_books(request):
    """Show a guest how to keep their books, if they have any; a post sends the link again.

    To the reader of an account who bought something as a guest in this browser before, it shows that; a post
    moves it to their account.
    """
    if request.user.is_guest:
        return _send_again(request)
    guest = guest_before(request)
    if guest is None:
        request.session.pop(GUEST_BEFORE, None)
        return redirect("library")
    if request.method == "POST":
        return _claim(request, guest, request.user, "")
    shown = _shown(guest) | {"into": str(request.user.pk), "account": request.user}
    return render(request, "orders/claim.html", shown)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="find_order")
def order_find(request):
    """Ask for an address and the number of an order, and send a link there if they belong together."""
    form = FindForm(request.POST or None)
    if not form.is_valid():
        return render(request, "orders/find.html", {"form": form})
    claiming.send_link_to_order(form.cleaned_data["email"], form.cleaned_data["number"])
    return render(request, "orders/find.html", {"address": form.cleaned_data["email"]})


def _account(request):
    """Return the account that is logged in, or None; a guest has none."""
    user = request.user
    return None if not user.is_authenticated or user.is_guest else user


def _shown(guest):
    """Return what a page says of what a guest has."""
    return {
        "bought": guest.orders.exclude(paid_at=None).prefetch_related("lines"),
        "given": guest.seats.select_related("line"),
    }


def _claim(request, guest, account, email):
    """Move what a guest has to the account, or to a new one for this address, which is logged in."""
    refunds = []
    try:
        if account is None:
            account = claiming.claim_into_new_account(guest, email)
            get_adapter().login(request, account)
        else:
            refunds = claiming.claim(guest, account)
    except NotMoved as reason:
        messages.error(request, str(reason))
        return redirect(request.path)
    if request.session.get(GUEST_BEFORE) == guest.pk:
        del request.session[GUEST_BEFORE]
    said = f"Your books are in your account {account.email}."
    if not account.has_usable_password():
        said += " To log in on your other devices, choose a password under Account."
    messages.success(request, said)
    for refund in refunds:
        messages.info(request, _say_refund(refund))
    # What was bought leaves the cart, and the number beside it is right at once.
    for sentence in cart.look(request)[1]:
        messages.info(request, sentence)
    return redirect("library")


def _say_refund(refund):
    titles = " and ".join(line.title for line in refund.refunded_lines)
    twice = f"You had paid twice for {titles}, so we’re refunding one of the two payments"
    if sets := refund.sets_instead():
        sets = " and ".join(sets)
        twice = (
            f"You had paid twice for {titles}, once as part of {sets}, so we’re refunding the other payment"
        )
    return (
        f"{twice}: {refund.price}. "
        "The money goes to the card or account you paid with, and takes 5 to 10 days to arrive."
    )


def _send_again(request):
    order = request.user.orders.exclude(paid_at=None).first()
    if order is None and not request.user.seats.exists():  # they only tried to pay
        return redirect("library")
    if request.method == "POST" and order is not None:
        claiming.send_claim_link(order)
        messages.success(request, f"We’ve sent a link to {order.email}.")
        return redirect("keep_books")
    return render(request, "orders/keep_books.html", {"order": order})
