"""The library: every book that the reader may read, and how far they are."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from books.reading.library import BOOKS_PER_PAGE, FILTERS, Library, shelved
from books.search import clean
from books.views.pagination import page_of


@require_safe
def library(request):
    """Show the books that the reader may read and that match ?show= and ?q=, last read first."""
    shown = request.GET.get("show")
    if shown not in FILTERS:
        shown = "all"
    query = clean(request.GET.get("q", ""))
    books = Library(request.user, shown=shown, query=query)
    page = page_of(books, request, per_page=BOOKS_PER_PAGE)
    page.object_list, standings = shelved(page.object_list)
    context = {
        "page": page,
        "standings": standings,
        "shown": shown,
        "library_query": query,
    }
    return render(request, "books/library.html", context)
