"""The answer to visitors while all turns are taken."""

from http import HTTPStatus

from django.shortcuts import render

# A copy of an ordinary book takes less.
COME_BACK_SECONDS = 5


def come_back(request):
    """Ask the visitor to wait; the page reloads automatically, and machines are told when to come back."""
    response = render(request, "busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = response.headers["Refresh"] = COME_BACK_SECONDS
    return response
