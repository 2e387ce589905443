"""The discount code that a visitor has entered: typed at the till, or in a link, as in /books/?code=SPRING.

It is kept in a cookie for a week, so that it survives a log-in and takes no session, and pages that are the
same for everybody stay so. It is looked up where something is bought.
"""

from typing import NamedTuple
from uuid import UUID

from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from orders.models import DiscountCode, OrderStatus
from orders.models.buying.codes import key_of
from orders.pricing import AnyOffer
from orders.pricing.codes import USELESS, CodeRefused, Why, find_code, idle_orders, use_code

PARAMETER, WRONG = "code", "wrong_code"
SECONDS = 7 * 24 * 60 * 60
NOT_MODIFIED, FIRST_ERROR = 304, 400
TOO_MANY = "Too many codes were tried from your network. Please wait a few minutes."


class WithCode(NamedTuple):
    """An offer less what the entered code takes off, and a sentence if it takes nothing off."""

    offer: AnyOffer
    said: str = ""


class CodeMiddleware:
    """Keeps the code that an address has; an empty one forgets it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        wanted = _wanted(request, response)
        if wanted is not None and wanted != request.COOKIES.get(settings.CODE_COOKIE_NAME, ""):
            _keep(response, wanted)
        return response


def with_entered_code(request: HttpRequest, offer: AnyOffer) -> WithCode:
    """Return an offer with the code that this visitor has entered, if they have.

    A code that is no use anywhere is forgotten once it is said so. Unknown codes are counted, and after too
    many of them none is looked up.
    """
    text = _entered(request)
    if not text:
        return WithCode(offer)
    if consume_or_429(request, action=WRONG, limit_get=True, dry_run=True):
        return WithCode(offer, TOO_MANY)
    code = find_code(text)
    if code is None:
        consume_or_429(request, action=WRONG, limit_get=True)
        forget_code(request)
        return WithCode(offer, Why.UNKNOWN)
    reader, but = request.user, _replaced_by(request, code, offer)
    # A guest's address counts when they pay.
    email = reader.address if reader.is_authenticated else ""
    try:
        return WithCode(use_code(code, offer, reader, email=email, but=but))
    except CodeRefused as refused:
        if refused.why in USELESS:
            forget_code(request)
        return WithCode(offer, refused.why)


def forget_code(request: HttpRequest) -> None:
    """Keep the entered code no longer."""
    request.code_forgotten = True  # type: ignore[attr-defined]


def _replaced_by(request: HttpRequest, code: DiscountCode, offer: AnyOffer) -> set[UUID]:
    """Return the visitor's orders whose use of the code would go to a purchase of this offer."""
    reader = request.user
    if not reader.is_authenticated or not code.is_limited:
        return set()
    own = reader.orders.filter(discount_code=code, status=OrderStatus.PENDING)
    return {each.pk for each in own if each.item == offer.reference} | {
        each.pk for each in idle_orders(code, reader)
    }


def _entered(request: HttpRequest) -> str:
    """Return the code in the address, or else the one that was kept."""
    if PARAMETER in request.GET:
        return key_of(request.GET[PARAMETER])
    return key_of(request.COOKIES.get(settings.CODE_COOKIE_NAME, ""))


def _wanted(request: HttpRequest, response: HttpResponse) -> str | None:
    """Return the code to keep from now on, empty for none; None if the request says nothing about it."""
    if getattr(request, "code_forgotten", False):
        return ""
    is_page = response.get("Content-Type", "").startswith("text/html") or response.status_code == NOT_MODIFIED
    is_fine = is_page and response.status_code < FIRST_ERROR
    if request.method != "GET" or not is_fine or PARAMETER not in request.GET:
        return None
    return key_of(request.GET[PARAMETER])


def _keep(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        settings.CODE_COOKIE_NAME,
        code,
        max_age=SECONDS if code else 0,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    # A shared cache would give the cookie to everybody.
    patch_cache_control(response, private=True)
