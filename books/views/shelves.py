"""Lists of books: the whole catalogue, and what is by one author, on one subject or in one series."""

import re
from http import HTTPStatus
from urllib.parse import unquote

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.encoding import escape_uri_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from books.models import Author, Series, Subject
from books.models.catalogue.bundles import MOST_LISTED, bundles_on_offer
from books.rendering import prices_of, render_personal, shared_page
from books.search.bounded_queries import TooMuch
from books.shelves.facets import NAMES
from books.shelves.places import NoSuchPlace
from books.shelves.shelf import Shelf

MODELS = {"author": Author, "subject": Subject, "series": Series}
# The number that the address of an author, a subject or a series begins with.
NUMBER = re.compile(r"([0-9]{1,18})(?:-|$)")
# Lists had numbered pages once.
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@login_not_required
@require_safe
def book_list(request):
    """Show the catalogue, or the part of it that the address asks for."""
    return _answer(request)


@login_not_required
@require_safe
def author_detail(request, address):
    """Show the books by one author."""
    return _answer(request, kind="author", address=address)


@login_not_required
@require_safe
def subject_detail(request, address):
    """Show the books on one subject."""
    return _answer(request, kind="subject", address=address)


@login_not_required
@require_safe
def series_detail(request, address):
    """Show the books of one series, in its own order."""
    return _answer(request, kind="series", address=address)


class _Elsewhere(Exception):
    """The page has another address, the message."""


def _answer(request, **named):
    query = _tidied(request.GET)
    if query != request.GET:
        return _redirect(escape_uri_path(request.path), query)
    try:
        if "mine" in query and request.user.is_authenticated:
            return _own_page(request, **named)
        return _shared_page(request, **named)
    except _Elsewhere as elsewhere:
        return _redirect(str(elsewhere), query)
    except TooMuch:
        context = {"shelf": Shelf(query, request.user)}
        return render(request, "books/filters_too_slow.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)


@shared_page(*NAMES, "access", "sort", "view", "size", "after", "before", "from")
def _shared_page(request, **named):
    return render(request, *_page(request, **named))


@cache_control(private=True, no_store=True)
def _own_page(request, **named):
    return HttpResponse(render_personal(request, *_page(request, **named)))


def _page(request, kind=None, address=None):
    """Return the template of a list and what it shows. Raises _Elsewhere."""
    prices = prices_of(request)
    try:
        if kind is None:
            shelf = Shelf(request.GET, request.user, prices=prices)
            all_books, bundles = bundles_on_offer()
            context = {"all_books": all_books, "bundles": bundles[:MOST_LISTED]}
            prices.look_up(each.pk for each in (*shelf.page, *filter(None, [all_books, *bundles])))
            has_more_bundles = len(bundles) > MOST_LISTED
            return "books/book_list.html", {"shelf": shelf, "has_more_bundles": has_more_bundles, **context}
        named = _named(request, MODELS[kind], address)
        shelf = Shelf(request.GET, request.user, prices=prices, **{kind: named})
    except NoSuchPlace as error:
        raise Http404("The address names no place in this list.") from error
    return "books/named_list.html", {"shelf": shelf, "kind": kind, "named": named}


def _named(request, model, address):
    """Return the author, subject or series with this address, if its name is still the one in the address."""
    number = NUMBER.match(address)
    named = get_object_or_404(model, pk=number[1] if number else None)
    if request.path != unquote(named.get_absolute_url()):
        raise _Elsewhere(named.get_absolute_url())
    return named


def _tidied(query):
    """Return the parameters without the empty ones, which a form sends too, and without the number of a page.

    What was on page 7 has moved since, so an old address leads to the beginning of its list. Raises Http404
    if there never was such a page.
    """
    if not PAGE_NUMBER.fullmatch(query.get("page", "1")):
        raise Http404("There is no such page.")
    kept = query.copy()
    kept.pop("page", None)
    for name, values in query.lists():
        if not any(values):
            kept.pop(name, None)
    return kept


def _redirect(path, query):
    return redirect(f"{path}?{query.urlencode()}" if query else path, permanent=True)
