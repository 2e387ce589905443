"""Searching the catalogue, for everybody."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db.models import UUIDField
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books.models import Book
from books.models.catalogue.cards import card_columns, cards_of
from books.rendering import shared_page
from books.search import clean, search
from books.search.bounded_queries import TooMuch, bounded_queries
from books.views.pagination import page_of
from users.prepared import PreparedForSeveral

BOOKS_PER_PAGE = 24


@login_not_required
@require_safe
def search_results(request):
    """Show the books that match ?q=, best first; without it, the form."""
    try:
        return _shared_page(request)
    except TooMuch:
        context = {"query": clean(request.GET["q"]), "is_too_much": True}
        return render(request, "books/search_results.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)


@shared_page("q", "page")
def _shared_page(request):
    query = clean(request.GET.get("q", ""))
    found = _found(request, query) if query else {}
    return render(request, "books/search_results.html", {"query": query} | found)


def _found(request, query):
    """Return the page of results that is asked for. Raises TooMuch."""
    with bounded_queries():
        found = search(query)
        page = page_of(found, request, per_page=BOOKS_PER_PAGE, count=found.count)
        cards = {card.pk: card for card in cards_of(_books_for_cards(page.object_list))}
    page.object_list = [cards[pk] for pk in page.object_list if pk in cards]
    return {"found": found, "page": page}


@PreparedForSeveral.of(UUIDField())
def _books_for_cards(books):
    return Book.objects.order_by().filter(pk__in=books).values_list(*card_columns())
