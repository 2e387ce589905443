"""Where visitors come from: kept in a cookie for a week, and stored with the order if they buy.

Kept are the tags of the link that they followed and the host of the page it was on, never more of its
address. There is no cookie if there is nothing to keep, nor for anybody whose browser asks not to be tracked.
"""

from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.cache import patch_cache_control

from orders.models.buying.sources import LONGEST

SECONDS = 7 * 24 * 60 * 60
# Characters of a cookie's value. Browsers drop cookies of more than 4,096 with their name.
LONGEST_COOKIE = 2_000
# Buyers come back from Stripe's own pages.
STRIPE = "stripe.com"
NOT_MODIFIED, FIRST_ERROR = 304, 400


class Source(NamedTuple):
    """The tags of a link, by the names that everybody uses for them, and the host of its page."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    referrer: str = ""

    @classmethod
    def of(cls, values: dict[str, str]) -> Self:
        """Return the source with these values, cleaned: a link and a cookie may say anything."""
        return cls(**{name: _clean(values.get(name, "")) for name in cls._fields})


def source_of(request: HttpRequest) -> Source | None:
    """Return where this visitor came from, or None if that is not known or not to be kept."""
    if _asks_not_to_be_tracked(request):
        return None
    source = Source.of(dict(parse_qsl(request.COOKIES.get(settings.SOURCE_COOKIE_NAME, ""))))
    return source if any(source) else None


def tag(request: HttpRequest, **tags: str) -> None:
    """Say what a link of the shop's own stands for, where its address says nothing of it."""
    request.source_tags = tags  # type: ignore[attr-defined]


class SourceMiddleware:
    """Keeps where a visitor came from, with the first page of theirs that says so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if _is_arrival(request, response) and (value := _to_keep(request)):
            response.set_cookie(
                settings.SOURCE_COOKIE_NAME,
                value,
                max_age=SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
            # A shared cache would give the cookie to everybody.
            patch_cache_control(response, private=True)
        return response


def _is_arrival(request, response):
    """Tell whether this may be the first page of a visit: one that somebody looks at, not inside another."""
    if request.method != "GET" or settings.SOURCE_COOKIE_NAME in request.COOKIES:
        return False
    is_page = response.status_code == NOT_MODIFIED or response.get("Content-Type", "").startswith("text/html")
    # Old browsers do not say where they show a page.
    in_frame = getattr(response, "xframe_options_exempt", False)
    in_window = not in_frame and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    # Also keeps away from hosts that are not ours.
    is_fine = response.status_code < FIRST_ERROR
    return is_page and in_window and is_fine and not _asks_not_to_be_tracked(request)


def _to_keep(request):
    """Return the value of the cookie; empty if there is nothing to keep, or more than fits."""
    in_address = {name: said for name in Source._fields if (said := request.GET.get(f"utm_{name}"))}
    tags = getattr(request, "source_tags", {}) | in_address
    source = Source.of(tags | {"referrer": _referring_host(request)})
    value = urlencode({name: said for name, said in source._asdict().items() if said})
    return value if len(value) <= LONGEST_COOKIE else ""


def _referring_host(request):
    """Return the host of the page with the link, empty if that is ours, or Stripe's."""
    try:
        address = urlsplit(request.headers.get("Referer", ""))
        host, ours = address.hostname or "", urlsplit(f"//{request.get_host()}").hostname
    except ValueError:
        return ""
    if address.scheme not in {"http", "https"} or host == ours or f".{host}".endswith(f".{STRIPE}"):
        return ""
    return host.removeprefix("www.")


def _asks_not_to_be_tracked(request):
    """Tell what the browser asks by Global Privacy Control (https://w3c.github.io/gpc/) or Do Not Track."""
    return "1" in {request.headers.get("Sec-GPC"), request.headers.get("DNT")}


def _clean(text):
    """Return a text in lower case, without what cannot be seen, on one line, and not too long."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words).lower()[:LONGEST].strip()
