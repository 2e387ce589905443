"""The choice of the currency in which a visitor sees prices, and buys."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from books.money import CURRENCIES
from books.rendering.currencies import COOKIE_AGE, remember
from users.requests.same_site import from_this_site
from users.requests.way_back import way_back


class CurrencyForm(forms.Form):
    currency = forms.ChoiceField(choices=[(each, each) for each in sorted(CURRENCIES)])


@from_this_site
@login_not_required
@require_POST
def choose_currency(request):
    """Remember a currency in the browser, and lead back to the page from which it was chosen.

    If the shop does not sell in it, prices stay as they are.
    """
    form = CurrencyForm(request.POST)
    if not form.is_valid():
        raise BadRequest("There is no such currency.")
    response = HttpResponseRedirect(
        way_back(request, request.headers.get("Referer", ""), otherwise=reverse("home"))
    )
    remember(response, request, form.cleaned_data["currency"], seconds=COOKIE_AGE)
    return response
