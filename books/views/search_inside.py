"""Searching inside the books, for everybody: what is closed to a visitor is not looked at."""

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books import access
from books.models import Book
from books.pagination import page_of
from books.passages import passages
from books.search import clean
from books.searching_inside import search_inside as find
from books.searching_inside import terms_of, with_books
from books.views.visible import visible_book

CHAPTERS_PER_PAGE = 10


@login_not_required
@require_safe
def search_inside(request):
    """Show the chapters of all books that match ?q=; without it, the form."""
    return _results(request)


@login_not_required
@require_safe
def book_search(request, pk):
    """Show the chapters of this book that match ?q=; without it, the form."""
    return _results(request, visible_book(request, Book.objects.without_text(), pk))


def _results(request, book=None):
    query = clean(request.GET.get("q", ""))
    terms = terms_of(query)
    if terms and (refusal := consume_or_429(request, action="search_inside", limit_get=True)):
        return refusal
    page = page_of(find(terms, request.user, book=book), request, per_page=CHAPTERS_PER_PAGE)
    chapters = with_books(page, request.user)
    for chapter in chapters:
        chapter.passages = passages(chapter.plain_text, terms)
    context = {
        "inside_query": query,
        "book": book,
        "may_read": book is not None and access.may_read(request.user, book),
        "page": page,
        "chapters": chapters,
    }
    return render(request, "books/search_inside.html", context)
