"""The answer to whoever comes while as many are served as may be."""

from http import HTTPStatus

from django.shortcuts import render

# A copy of an ordinary book is made in less.
COME_BACK_SECONDS = 5


def come_back(request):
    """Ask the visitor to wait; the page asks again by itself, and machines are told when to."""
    response = render(request, "busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = response.headers["Refresh"] = COME_BACK_SECONDS
    return response
