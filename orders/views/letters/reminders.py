"""Ending reminders by the link in one, without a log-in."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders import reminders


@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reminders_end(request, token):
    """Show a button; a post ends what waits for the address that the link names.

    Mail programs post here by themselves, without our pages, cookies or token (RFC 8058).
    """
    try:
        email = reminders.address_to_end(token)
    except reminders.NoSuchLink:
        return render(request, "newsletter/no_such_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        reminders.end(email)
    shown = {"email": email, "is_over": request.method == "POST"}
    return render(request, "orders/reminders_end.html", shown)
