"""The pages of one book and of one bundle."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from books import access
from books.models import Book, Bundle
from books.models.catalogue.authors import authors_prefetch
from books.models.catalogue.contributors import credits_of
from books.models.catalogue.related import related_to
from books.rendering import is_visitor, render_personal, shared_page
from books.views.pagination import page_of
from books.views.visible import visible_book

REVIEWS_PER_PAGE = 10
RELATED_BOOKS = 4
EDITIONS_SHOWN = 3


@login_not_required
@require_safe
@shared_page()
def bundle_detail(request, slug):
    """Show a bundle: its books, and what it costs this reader."""
    bundle = get_object_or_404(Bundle.objects.for_offers(), slug=slug, everything=False)
    books = list(bundle.books.published().for_cards().in_order("title"))
    context = {"bundle": bundle, "books": books, "separately": _price_separately(bundle, books)}
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
    return render_book(request, visible_book(request, Book.objects.with_tallies(), pk))


@shared_page("page")
def _published_book(request, pk):
    book = get_object_or_404(Book.objects.published().with_tallies(), pk=pk)
    return render(request, "books/book_detail.html", _about(request, book))


def render_book(request, book, *, review_form=None, status=HTTPStatus.OK):
    """Answer with the page of a book from with_tallies() that is for this reader alone.

    That is one that is not published, or one with a `review_form` that has errors to correct.
    """
    context = _about(request, book) | {
        "is_preview": access.may_preview(request.user, book),
        "review_form": review_form,
    }
    return HttpResponse(render_personal(request, "books/book_detail.html", context), status=status)


def _about(request, book):
    """Return what the page of a book says to everybody."""
    related = list(related_to(book, among=Book.objects.published().without_text())[:RELATED_BOOKS])
    # For this title page and the related ones, one query for the names and one for the series.
    prefetch_related_objects([book, *related], authors_prefetch(), "series")
    reviews = book.reviews.visible().select_related("author")
    return {
        "book": book,
        "credits": credits_of(book.contributors),
        "bundles": list(Bundle.objects.with_book(book)),
        "related": related,
        "reviews": page_of(reviews, request, per_page=REVIEWS_PER_PAGE, count=book.review_count),
        "editions": book.editions.exclude(notes="")[:EDITIONS_SHOWN],
    }


def _price_separately(bundle, books):
    """Return what its books cost separately, in minor units; None if one is not, or if it is no more."""
    prices = [book.price for book in books]
    return sum(prices) if all(prices) and sum(prices) > bundle.price else None
