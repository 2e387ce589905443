"""Searching the catalogue, for everybody."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from books.models import Book
from books.rendering import render_personal
from books.search import clean, search
from books.search.bounded_queries import TooMuch, bounded_queries
from books.views.pagination import page_of

BOOKS_PER_PAGE = 24


@login_not_required
@require_safe
def search_results(request):
    """Show the books that match ?q=, best first; without it, the form."""
    query = clean(request.GET.get("q", ""))
    context, status = {"query": query}, HTTPStatus.OK
    if query:
        try:
            with bounded_queries():
                context |= _found(request, query)
        except TooMuch:
            context["is_too_much"] = True
            status = HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse(render_personal(request, "books/search_results.html", context), status=status)


def _found(request, query):
    """Return the page of results that is asked for."""
    found = search(query)
    page = page_of(found, request, per_page=BOOKS_PER_PAGE, count=found.count)
    books = Book.objects.for_cards().in_bulk(page.object_list)
    page.object_list = [books[pk] for pk in page.object_list if pk in books]
    return {"found": found, "page": page}
