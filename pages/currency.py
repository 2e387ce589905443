"""The choice of the currency in which a visitor sees prices, and buys."""

from urllib.parse import urlsplit

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from books.money import CURRENCIES
from books.rendering.currencies import COOKIE, COOKIE_AGE
from users.requests.way_back import way_back


class CurrencyForm(forms.Form):
    currency = forms.ChoiceField(choices=[(each, each) for each in sorted(CURRENCIES)])


# Its form is in pages that are the same for everybody, and those can hold no token.
@csrf_exempt
@login_not_required
@require_POST
def choose_currency(request):
    """Remember a currency in the browser, and lead back to the page from which it was chosen.

    One in which the shop does not sell counts for nothing: prices stay as they are.
    """
    if not _is_from_here(request):
        raise PermissionDenied
    form = CurrencyForm(request.POST)
    if not form.is_valid():
        raise BadRequest("There is no such currency.")
    response = HttpResponseRedirect(
        way_back(request, request.headers.get("Referer", ""), otherwise=reverse("home"))
    )
    response.set_cookie(
        COOKIE,
        form.cleaned_data["currency"],
        max_age=COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _is_from_here(request):
    """Tell whether the form is on a page of this site, as browsers say it.

    By Fetch Metadata (https://www.w3.org/TR/fetch-metadata/), else by the page's origin or address.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    page = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        return urlsplit(page).netloc == request.get_host()
    except ValueError:
        return False
