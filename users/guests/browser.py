"""How a browser is known as a guest's: by a cookie until they have bought something, then by their session.

The cookie is set with the purchase page. Several tabs and double clicks send the same one, so that all of
them buy for the same guest; so does a browser that never got the answer to its payment and tries again.
"""

import re
from secrets import token_urlsafe

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, login
from django.contrib.auth.hashers import make_password
from django.utils.crypto import salted_hmac

from users.models import GUEST_DOMAIN, CustomUser

BACKEND = "users.guests.backends.GuestBackend"
# In a session: the guest who was in this browser when its reader logged in to an account.
GUEST_BEFORE = "guest_before"
NAME = re.compile(r"[\w-]{32}", re.ASCII)


def newcomer(request):
    """Return the guest that this browser would buy as, not saved; see admit()."""
    return CustomUser(email=_address(_name_of(request) or token_urlsafe(24)), is_guest=True)


def admit(newcomer):
    """Save a guest, or return the one whom the same browser has become in the meantime.

    Call it in the transaction of their first order: without one nobody becomes a guest.
    """
    password = make_password(None)
    return CustomUser.objects.get_or_create(
        email=newcomer.email, defaults={"is_guest": True, "password": password}
    )[0]


def bind(request, response, newcomer):
    """Log the browser in as the guest that this newcomer has become, if they have; return the response.

    The session then takes the place of the cookie. Unlike after other log-ins, the token of forms stays the
    same: the purchase page may be open in a second tab.
    """
    guest = _active().filter(email=newcomer.email).first()
    if guest is not None:
        _log_in(request, guest)
        response.delete_cookie(settings.GUEST_COOKIE_NAME)
    return response


def resume(request):
    """Log in the guest who has paid in this browser without getting the answer that would have done so."""
    name = _name_of(request)
    if name and not request.user.is_authenticated:
        guest = CustomUser.objects.filter(email=_address(name)).first()
        if guest is not None and guest.is_active:
            _log_in(request, guest)
        elif guest is not None:
            # Their books are an account's by now: whoever buys next is somebody else.
            del request.COOKIES[settings.GUEST_COOKIE_NAME]


def name_browser(request, response):
    """Set the cookie in a visitor's browser that has none; return the response."""
    if not request.user.is_authenticated and not _name_of(request):
        response.set_cookie(
            settings.GUEST_COOKIE_NAME,
            token_urlsafe(24),
            max_age=settings.GUEST_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def guest_before(request):
    """Return the guest who bought in this browser before this reader logged in to an account, or None."""
    if not request.user.is_authenticated or GUEST_BEFORE not in request.session:
        return None
    return _active().filter(pk=request.session[GUEST_BEFORE]).first()


def moved_guest(request):
    """Return the guest of this session, if an account has their books now; else None."""
    if request.session.get(BACKEND_SESSION_KEY) != BACKEND:
        return None
    return CustomUser.objects.filter(pk=request.session[SESSION_KEY], moved_to__isnull=False).first()


def _active():
    return CustomUser.objects.filter(is_guest=True, is_active=True)


def _log_in(request, guest):
    token = request.META.get("CSRF_COOKIE")
    login(request, guest, backend=BACKEND)
    request.session.set_expiry(settings.GUEST_SESSION_LIFE)
    if token is not None:
        request.META["CSRF_COOKIE"] = token


def _name_of(request):
    """Return what the cookie says, or None."""
    name = request.COOKIES.get(settings.GUEST_COOKIE_NAME, "")
    return name if NAME.fullmatch(name) else None


def _address(name):
    """Return the address of the guest in the browser of this name; the name cannot be worked out from it."""
    digest = salted_hmac("users.guests", name, algorithm="sha256").hexdigest()
    return f"guest-{digest[:40]}@{GUEST_DOMAIN}"
