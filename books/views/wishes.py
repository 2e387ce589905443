"""The wish list, for readers and visitors."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from books.models import find_product
from books.reading import wishes
from books.shelves.covers import covers_of
from users.requests.same_site import from_this_site

# As long as the column.
LONGEST_REFERENCE = 100


@login_not_required
@never_cache
@require_safe
def wish_list(request):
    """Show what somebody keeps for later, and what it costs now."""
    products = wishes.look(request)
    covers = covers_of(products)
    things = [(product, covers.get(product.reference, ())) for product in products]
    return render(request, "books/wish_list.html", {"things": things})


@login_not_required
@from_this_site
@require_POST
def wish_add(request):
    """Put a product on the list, and go back to its page."""
    if refusal := consume_or_429(request, action="wish"):
        return refusal
    product = find_product(_named(request))
    try:
        wishes.add(request, product)
    except wishes.NotShown as error:
        raise Http404("There is no such book or bundle.") from error
    except wishes.ListIsFull:
        said = f"Your wish list holds {wishes.MOST} things. Remove one to keep another."
        messages.warning(request, said)
        return redirect("wish_list")
    messages.success(request, f"{product.title} is on your wish list.")
    return redirect(product)


@login_not_required
@require_POST
def wish_remove(request):
    """Take a product off the list, and show it."""
    wishes.remove(request, _named(request))
    return redirect("wish_list")


def _named(request):
    """Return the reference in the form; refuse a form without one, or one that no product could have."""
    reference = request.POST.get("product", "")
    if not 0 < len(reference) <= LONGEST_REFERENCE:
        raise BadRequest("The form names no product.")
    return reference
