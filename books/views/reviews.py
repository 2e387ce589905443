"""Reviews by readers who have the book, and reports of reviews by anybody."""

from http import HTTPStatus

from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from books import access
from books.models import Review
from books.reading.forms import ReportForm, ReviewForm
from books.views.catalogue import render_book, whole_book
from books.views.visible import check_visible


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
    """Delete the reader's own review; a hidden one stays, so that it cannot be posted again."""
    book = _readable_book(request, pk)
    own = book.reviews.by(request.user)
    own.visible().delete()
    if own.exists():
        raise PermissionDenied
    messages.success(request, "Your review is deleted.")
    return _back_to(book)


@require_POST
@rate_limit(action="report_review")
def review_report(request, pk, review):
    """Ask staff to look at somebody else's review; a second report by the same person changes nothing."""
    reported = get_object_or_404(Review.objects.visible().select_related("book"), book=pk, pk=review)
    check_visible(request, reported.book)
    if reported.author_id == request.user.pk:
        raise PermissionDenied
    form = ReportForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The reason is too long.")
    form.save_as(request.user, reported)
    messages.success(request, "Thank you for the report. We will look at the review.")
    return _back_to(reported.book)


def _readable_book(request, pk):
    book = whole_book(request, pk)
    if not access.may_read(request.user, book):
        raise PermissionDenied
    return book


def _back_to(book):
    # The message is shown there. Without a fragment, the browser would keep the form's, #reviews.
    return redirect(f"{book.get_absolute_url()}#main")
