"""The pages that are not about one book or order, and those that say what went wrong."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books.models import Book


@login_not_required
@require_safe
def home(request):
    """Show what the shop is and what it sells."""
    return render(request, "home.html", {"books": Book.objects.for_cards()[:12]})


@login_not_required
@require_safe
def about(request):
    """Say who sells here and how it works."""
    return render(request, "about.html")


@login_not_required
def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


@login_not_required
def permission_denied(request, exception=None):
    return render(request, "403.html", status=403)


@login_not_required
def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)


@login_not_required
def page_not_found(request, exception=None):
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request):
    """Say that it is our fault, without anything that could fail again: no context, no database."""
    return render(None, "500.html", status=500)
