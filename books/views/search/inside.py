"""Searching inside the books, for everybody: only what a visitor may read is searched."""

from http import HTTPStatus

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books import access
from books.downloads.turns import Busy, Turns
from books.models import Book
from books.rendering import prices_of
from books.search import clean
from books.search.bounded_queries import TooMuch, bounded_queries
from books.search.inside.full_text import all_terms_of, are_too_common, terms_of, with_books
from books.search.inside.full_text import search_inside as find
from books.search.inside.snippets import with_snippets
from books.views.busy import come_back
from books.views.pagination import page_of
from books.views.visible import visible_book

CHAPTERS_PER_PAGE = 10
# Nobody turns that many pages, and counting further would take the database long.
MOST_COUNTED = 1_000
# At once in each process: a search works for up to a second without a pause, and other pages must not wait.
TURNS = Turns(2)


@login_not_required
@require_safe
def search_inside(request):
    """Show the chapters of all books that match ?q=; without it, the form."""
    return _results(request)


@login_not_required
@require_safe
def book_search(request, pk):
    """Show the chapters of this book that match ?q=; without it, the form.

    A script asks with ?panel for the results alone, which the reader's page shows in its bar.
    """
    return _results(request, visible_book(request, Book.objects.without_text(), pk))


def _results(request, book=None):
    template = (
        "books/search_inside.html#panel" if book and "panel" in request.GET else "books/search_inside.html"
    )
    query = clean(request.GET.get("q", ""))
    terms = terms_of(query)
    context = {
        "inside_query": query,
        "looked_for": " ".join(word for term in terms for word in term.words),
        "is_shortened": terms != all_terms_of(query),
        "book": book,
        "may_read": book is not None and access.may_read(request.user, book),
    }
    if not terms:
        return render(request, template, context)
    try:
        with TURNS.taken():
            if refusal := _refusal(request):
                return refusal
            context |= _found(request, terms, book)
    except Busy:
        return come_back(request)
    except TooMuch:
        context["is_too_much"] = True
        return render(request, template, context, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return render(request, template, context)


def _refusal(request):
    """Count the search against the address and the reader; return a refusal if there were too many."""
    actions = ["search_inside", *(["search_inside_as_reader"] if request.user.is_authenticated else [])]
    refusals = (consume_or_429(request, action=action, limit_get=True) for action in actions)
    return next(filter(None, refusals), None)


def _found(request, terms, book):
    """Return the page of results that is asked for, with the snippets of its chapters. Raises TooMuch."""
    if book is None and are_too_common(terms):
        raise TooMuch
    with bounded_queries():
        found = find(terms, request.user, book=book)
        count = found.order_by()[:MOST_COUNTED].count()
        page = page_of(found, request, per_page=CHAPTERS_PER_PAGE, count=count)
        chapters = with_books(page, request.user)
    prices_of(request).look_up(chapter.book.pk for chapter in chapters)
    return {"page": page, "chapters": with_snippets(chapters, terms), "has_more": count == MOST_COUNTED}
