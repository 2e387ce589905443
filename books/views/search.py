"""Searching the catalogue, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books.reading.library import as_seen_by
from books.search import clean, search
from books.views.pagination import page_of

BOOKS_PER_PAGE = 24


@login_not_required
@require_safe
def search_results(request):
    """Show the books that match ?q=, best first; without it, the form."""
    query = clean(request.GET.get("q", ""))
    found = search(query)
    books = as_seen_by(request.user, found.books.for_cards())
    return render(
        request,
        "books/search_results.html",
        {
            "query": query,
            "found": found,
            "page": page_of(books, request, per_page=BOOKS_PER_PAGE, count=found.count),
        },
    )
