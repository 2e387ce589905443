"""What a reader says of a book that is theirs to read."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from books import access
from books.forms import ReviewForm
from books.models import Book
from books.views.catalogue import render_book


@require_POST
def book_review(request, pk):
    """Save the reader's one review of the book, in place of an earlier one."""
    book = _readable_book(request, pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return render_book(request, book, review_form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    form.save_as(request.user, book)
    messages.success(request, "Your review is saved.")
    return _back_to(book)


@require_POST
def book_review_delete(request, pk):
    """Delete the reader's own review of the book."""
    book = _readable_book(request, pk)
    book.reviews.by(request.user).delete()
    messages.success(request, "Your review is deleted.")
    return _back_to(book)


def _readable_book(request, pk):
    book = get_object_or_404(Book.objects.with_tallies(), pk=pk)
    if not access.may_read(request.user, book):
        raise PermissionDenied
    return book


def _back_to(book):
    # The message stands there; without a fragment of its own it would be the form's, #reviews.
    return redirect(f"{book.get_absolute_url()}#main")
