"""The catalogue and the reader."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from books.models import Book


@login_not_required
@require_safe
def book_list(request):
    """Show the catalogue."""
    return render(request, "books/book_list.html", {"books": Book.objects.for_cards()[:24]})


@login_not_required
@require_safe
def search_results(request):
    return render(request, "books/search_results.html")


@login_not_required
@require_safe
def book_detail(request, pk):
    return render(request, "books/book_detail.html", {"book": get_object_or_404(Book, pk=pk)})
