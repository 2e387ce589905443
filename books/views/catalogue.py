"""The pages of one book and of one bundle."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from books import access
from books.models import ALL_BOOKS, Book, Bundle, Price
from books.models.catalogue.bundles import bundles_with, with_first_books
from books.models.catalogue.contributors import credits_of
from books.models.catalogue.querysets import MOST_COUNTED
from books.models.catalogue.related import related_to
from books.rendering import is_visitor, prices_of, render_personal, shared_page
from books.shelves.covers import all_books_with_covers
from books.shelves.structured_data import data_of_book, data_of_bundle
from books.shelves.title_page import ReviewsOf, book_at, editions_of, other_editions_of
from books.views.pagination import page_of
from books.views.visible import check_visible

REVIEWS_PER_PAGE = 10
BUNDLES_PER_PAGE = BOOKS_PER_PAGE = 24


@login_not_required
@require_safe
@shared_page("page")
def bundle_list(request):
    """Show the bundles, a page of them at a time; All Books comes first."""
    page = page_of(_bundles(), request, per_page=BUNDLES_PER_PAGE)
    bundles = with_first_books(list(page))
    if page.number == 1 and (everything := all_books_with_covers()) is not None:
        bundles = [everything, *bundles]
    context = {"page": page, "bundles": bundles}
    return render(request, "books/bundle_list.html", context)


@login_not_required
@require_safe
@shared_page("page")
def bundle_detail(request, slug):
    """Show a bundle: its books, and what it costs this reader. Of All Books, show the newest books."""
    if slug == ALL_BOOKS:
        bundle = get_object_or_404(Bundle, everything=True)
        return _show_bundle(request, bundle, Book.objects.published(), order="newest")
    bundle = get_object_or_404(_bundles(), slug=slug)
    return _show_bundle(request, bundle, bundle.books.published(), order="title")


def _show_bundle(request, bundle, books, *, order):
    shown = books.in_order(order)
    page = None
    if bundle.everything:
        cards = shown[:BOOKS_PER_PAGE].cards()
    else:
        page = page_of(shown, request, per_page=BOOKS_PER_PAGE, count=bundle.book_count)
        cards = page.object_list.cards()
    prices = prices_of(request)
    prices.look_up([bundle.pk, *(book.pk for book in cards)])
    together, separately = prices.price_of(bundle), _price_separately(prices, bundle, books)
    context = {
        "bundle": bundle,
        "books": cards,
        "page": page,
        "structured_data": data_of_bundle(bundle, together),
        "separately": separately,
        "saving": separately and Price(separately.amount - together.amount, together.currency),
    }
    return render(request, "books/bundle_detail.html", context)


@login_not_required
@require_safe
def book_detail(request, pk):
    """Show one book: what it is, ways to buy it, its contents, its reviews."""
    try:
        return _published_book(request, pk=pk)
    except Http404:
        if is_visitor(request):
            raise
    return render_book(request, whole_book(request, pk))


@shared_page("page")
def _published_book(request, pk):
    book = book_at(pk)
    if book is None or not book.is_published:
        raise Http404("There is no such book.")
    return render(request, "books/book_detail.html", _about(request, book))


def whole_book(request, pk):
    """Return the book with what its page shows; raises Http404 for a visitor who may not see it."""
    book = book_at(pk)
    if book is None:
        raise Http404("There is no such book.")
    check_visible(request, book)
    return book


def render_book(request, book, *, review_form=None, status=HTTPStatus.OK):
    """Answer with the page of a book from whole_book() that is for this reader alone.

    That is one that is not published, or one with a `review_form` that has errors to correct.
    """
    context = _about(request, book) | {
        "is_preview": access.may_preview(request.user, book),
        "review_form": review_form,
    }
    return HttpResponse(render_personal(request, "books/book_detail.html", context), status=status)


def _about(request, book):
    """Return what the page of a book says to everybody."""
    bundles, related = bundles_with(book), related_to(book)
    prices = prices_of(request)
    prices.look_up(each.pk for each in (book, *bundles, *related))
    credits, other_editions = credits_of(book.contributors), other_editions_of(book)
    return {
        "book": book,
        "structured_data": data_of_book(book, credits, other_editions, prices),
        "credits": credits,
        "bundles": bundles,
        "related": related,
        "reviews": page_of(ReviewsOf(book), request, per_page=REVIEWS_PER_PAGE, count=book.review_count),
        "editions": editions_of(book),
        "other_editions": other_editions,
    }


def _bundles():
    return Bundle.objects.for_offers().filter(everything=False)


def _price_separately(prices, bundle, books):
    """Return what its books cost separately; None if that is not known, or if it is no more.

    It is not known if one is not sold separately, or not in this currency, nor of more books than anybody
    would buy one by one.
    """
    together = prices.price_of(bundle)
    each = list(books.order_by().only("price", "minimum_price", "first_published_at")[: MOST_COUNTED + 1])
    if together is None or len(each) > MOST_COUNTED:
        return None
    prices.look_up(book.pk for book in each)
    costs = [prices.minimum_of(book) or prices.price_of(book) for book in each]
    if not all(cost and cost.currency == together.currency for cost in costs):
        return None
    separately = sum(cost.amount for cost in costs)
    return Price(separately, together.currency) if separately > together.amount else None
