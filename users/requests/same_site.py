"""Forms on pages that many visitors share, which can hold no token of their own."""

from functools import wraps
from http import HTTPStatus
from urllib.parse import urlsplit

from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt


def from_this_site(view):
    """Mark a view that takes forms without a token, if the browser says that this site's page sent them.

    Every current browser says so in Sec-Fetch-Site on HTTPS and on localhost, and in Origin with every POST
    (https://fetch.spec.whatwg.org/#origin-header); older ones say the page's address. Whoever says nothing
    is refused. Only for what harms nobody, such as a cart: anything else has a token.
    """

    @csrf_exempt
    @wraps(view)
    def answer(request, *args, **kwargs):
        if request.method == "POST" and not _is_from_here(request):
            return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)
        return view(request, *args, **kwargs)

    return answer


def _is_from_here(request):
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    page = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == (request.scheme, request.get_host())
