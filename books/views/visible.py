"""An unpublished book does not exist, except for those who may see it."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from books import access


def visible_book(request, books, pk):
    """Return the book with this id among `books`; raises Http404 for a visitor who may not see it."""
    book = get_object_or_404(books, pk=pk)
    check_visible(request, book)
    return book


def check_visible(request, book):
    """Raise Http404 for a visitor who may not see the book."""
    if not access.may_see(request.user, book):
        raise Http404("The book is not published.")
