"""Reading: a chapter of a book, for whoever may read it."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from books.models import Book


@login_not_required
@require_safe
def book_read(request, pk, number):
    return render(request, "books/book_read.html", {"book": get_object_or_404(Book, pk=pk)})
