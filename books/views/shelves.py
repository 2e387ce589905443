"""The catalogue's lists of books."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books import access
from books.models import Book, Bundle
from books.models.authors import authors_prefetch
from books.models.catalogue import BOOK_ORDERS
from books.reading.library import as_seen_by
from books.search.accessibility_filters import FILTERS, accessible
from books.views.pagination import page_of

BOOKS_PER_PAGE = 24
COVERS_OF_BUNDLE = 4


@login_not_required
@require_safe
def book_list(request):
    """Show the catalogue: the books that match ?access=, in the order of ?sort=."""
    order = request.GET.get("sort")
    if order not in BOOK_ORDERS:
        order = "newest"
    ways = [way for way in FILTERS if way in request.GET.getlist("access")]
    books = as_seen_by(request.user, accessible(Book.objects.published().for_cards(), ways).in_order(order))
    return render(
        request,
        "books/book_list.html",
        {
            "page": page_of(books, request, per_page=BOOKS_PER_PAGE),
            "order": order,
            "orders": list(BOOK_ORDERS),
            "access_filters": [(way, label, way in ways) for way, (label, _) in FILTERS.items()],
            "is_filtered": bool(ways),
            "all_books": Bundle.objects.all_books(),
            "bundles": _bundles_with_covers(),
            "reads_all_books": access.has_all_books(request.user),
        },
    )


def _bundles_with_covers():
    """Return the bundles on offer, each with a few books in `first_books`, whose covers the page shows."""
    books = Book.objects.published().without_text().prefetch_related(authors_prefetch()).in_order("title")
    covers = Prefetch("books", queryset=books[:COVERS_OF_BUNDLE], to_attr="first_books")
    return Bundle.objects.for_offers().filter(everything=False).prefetch_related(covers)
