"""The catalogue: all books, one book, and the search."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from books import access
from books.forms import ReviewForm
from books.models import Book, Bundle
from books.models.catalogue import BOOK_ORDERS, authors_prefetch
from books.pagination import page_of
from books.search import clean, search

BOOKS_PER_PAGE = 24
REVIEWS_PER_PAGE = 10
RELATED_BOOKS = 4


@login_not_required
@require_safe
def book_list(request):
    """Show the catalogue, 24 books a page, in the order that ?sort= asks for."""
    order = request.GET.get("sort")
    if order not in BOOK_ORDERS:
        order = "newest"
    books = access.mark_open(Book.objects.for_cards().in_order(order), request.user)
    return render(
        request,
        "books/book_list.html",
        {
            "page": page_of(books, request, per_page=BOOKS_PER_PAGE),
            "order": order,
            "orders": list(BOOK_ORDERS),
            "all_books": Bundle.objects.all_books(),
            "bundles": Bundle.objects.for_offers().filter(everything=False),
            "reads_all_books": access.has_all_books(request.user),
        },
    )


@login_not_required
@require_safe
def bundle_detail(request, slug):
    """Show a bundle: what is in it, and what it costs this reader."""
    bundle = get_object_or_404(Bundle, slug=slug, everything=False)
    books = access.mark_open(bundle.books.for_cards().in_order("title"), request.user)
    return render(
        request,
        "books/bundle_detail.html",
        {"bundle": bundle, "books": books, "is_owned": access.owns(request.user, bundle)},
    )


@login_not_required
@require_safe
def search_results(request):
    """Show the books that match ?q=, best first; without it, the form."""
    query = clean(request.GET.get("q", ""))
    found = search(query)
    books = access.mark_open(found.books.for_cards(), request.user)
    return render(
        request,
        "books/search_results.html",
        {
            "query": query,
            "found": found,
            "page": page_of(books, request, per_page=BOOKS_PER_PAGE, count=found.count),
        },
    )


@login_not_required
@require_safe
def book_detail(request, pk):
    """Show one book: what it is, what opens it, its contents, its reviews."""
    return render_book(request, get_object_or_404(Book.objects.with_tallies(), pk=pk))


def render_book(request, book, *, review_form=None, status=HTTPStatus.OK):
    """Answer with the page of a book that has its tallies; `review_form` is one to be mended."""
    may_read = access.may_read(request.user, book)
    own_review = book.reviews.by(request.user).first() if may_read else None
    related = access.mark_open(
        Book.objects.without_text().with_average_rating().related_to(book), request.user
    )
    related = list(related[:RELATED_BOOKS])
    # One query for the names on this title page and on the related ones.
    prefetch_related_objects([book, *related], authors_prefetch())
    reviews = book.reviews.visible().mark_reported(request.user).select_related("author")
    return render(
        request,
        "books/book_detail.html",
        {
            "book": book,
            "related": related,
            "reviews": page_of(reviews, request, per_page=REVIEWS_PER_PAGE, count=book.review_count),
            "own_review": own_review,
            "review_form": review_form or ReviewForm(instance=own_review),
            "may_read": may_read,
        },
        status=status,
    )
