"""Lists of books: the whole catalogue, and what is by one author, on one subject or in one series."""

import re
from http import HTTPStatus
from urllib.parse import unquote

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from books import access
from books.models import Author, Book, Bundle, Series, Subject
from books.models.authors import authors_prefetch
from books.search.bounded_queries import TooMuch
from books.shelves.places import NoSuchPlace
from books.shelves.shelf import Shelf

COVERS_OF_BUNDLE = 4
# The number that the address of an author, a subject or a series begins with.
NUMBER = re.compile(r"([0-9]{1,18})(?:-|$)")
# Lists had numbered pages once.
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@login_not_required
@require_safe
def book_list(request):
    """Show the catalogue, or the part of it that the address asks for."""
    return _show(
        request,
        "books/book_list.html",
        {
            "all_books": Bundle.objects.all_books,
            "bundles": _bundles_with_covers(),
            "reads_all_books": access.has_all_books(request.user),
        },
    )


@login_not_required
@require_safe
def author_detail(request, address):
    """Show the books by one author."""
    return _show_named(request, "author", Author, address)


@login_not_required
@require_safe
def subject_detail(request, address):
    """Show the books on one subject."""
    return _show_named(request, "subject", Subject, address)


@login_not_required
@require_safe
def series_detail(request, address):
    """Show the books of one series, in its own order."""
    return _show_named(request, "series", Series, address)


def _show_named(request, kind, model, address):
    """Show the books of an author, a subject or a series, at the one address that has its present name."""
    number = NUMBER.match(address)
    named = get_object_or_404(model, pk=number[1] if number else None)
    if request.path != unquote(named.get_absolute_url()):
        return _redirect(named.get_absolute_url(), request.GET)
    return _show(request, "books/named_list.html", {"kind": kind, "named": named}, **{kind: named})


def _show(request, template, context, **within):
    query = _tidied(request.GET)
    if query != request.GET:
        return _redirect(request.path, query)
    try:
        shelf = Shelf(request.GET, request.user, **within)
    except NoSuchPlace as error:
        raise Http404("The address names no place in this list.") from error
    context |= {"shelf": shelf}
    try:
        return render(request, template, context)
    except TooMuch:
        return render(request, "books/filters_too_slow.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)


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


def _bundles_with_covers():
    """Return the bundles on offer, each with a few books in `first_books`, whose covers the page shows."""
    books = Book.objects.published().without_text().prefetch_related(authors_prefetch()).in_order("title")
    covers = Prefetch("books", queryset=books[:COVERS_OF_BUNDLE], to_attr="first_books")
    return Bundle.objects.for_offers().filter(everything=False).prefetch_related(covers)
