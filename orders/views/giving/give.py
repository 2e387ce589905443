"""The page before the purchase page on which somebody says for whom a book is."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from books.models import find_product
from books.rendering import prices_of
from orders import pricing
from orders.views.buying import reference_in

from .forms import FEWEST, MOST, GiftForm, SeatsForm
from .wishes import keep, wish_of

FORMS = {"gift": GiftForm, "seats": SeatsForm}


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request):
    """Ask for whom it is: for one person, with a message, or in several copies; then lead to the payment.

    With `give` in the address, what was typed before for that form is shown again.
    """
    nonce = request.GET.get("give", "")
    offer = _one_copy(request)
    shown = _forms_as_typed(wish_of(request, nonce))
    if request.method == "POST":
        sent = request.POST.get("kind") if request.POST.get("kind") in FORMS else "gift"
        shown[sent] = form = FORMS[sent](request.POST)
        if form.is_valid():
            return redirect(pricing.address_of(offer.reference, keep(request, form.wish, nonce)))
    context = {"offer": offer, "product": offer.product, "fewest": FEWEST, "most": MOST} | shown
    return render(request, "orders/giving/give.html", context)


def _one_copy(request):
    try:
        product = find_product(reference_in(request))
        return pricing.offer_for_others(product, 1, "", prices_of(request))
    except pricing.NotForSale as error:
        raise Http404("We do not sell anything by this name.") from error


def _forms_as_typed(wish):
    """Return a form of each kind, with what was typed before."""
    if wish is None:
        return {kind: form() for kind, form in FORMS.items()}
    typed = wish._asdict()
    if wish.copies > 1:
        return {"gift": GiftForm(), "seats": SeatsForm(initial=typed)}
    return {"gift": GiftForm(initial=typed), "seats": SeatsForm()}
