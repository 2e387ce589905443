"""Small parts of the request's way: headers that every answer carries, refusals, health checks."""

import re
from itertools import chain

from django.conf import settings
from django.contrib.auth import middleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError
from django.http import Http404, HttpResponseNotAllowed, UnreadablePostError
from django.utils.cache import patch_cache_control

from bookstore_project import health
from users.requests.way_back import way_back

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "usb")
)
# NUL, which PostgreSQL keeps in no text, and halves of a pair, which UTF-8 has no bytes for.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
PERSONAL_PATHS = ("/accounts/", "/orders/", "/library/", f"/{settings.ADMIN_PATH}")


class HealthMiddleware:
    """Answers the health checks before any host, scheme or session is looked at.

    Whoever asks is a load balancer or Docker, by the container's own address and without TLS.
    """

    VIEWS = {"/healthz/": health.healthz, "/readyz/": health.readyz}

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        view = self.VIEWS.get(request.path, self.get_response)
        return view(request)


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Sends a visitor to log in, and back: after a post to the page whose form can be sent again."""

    def handle_no_permission(self, request, view_func):
        """Answer with the way to the log-in page."""
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        back = way_back(request, request.headers.get("Referer", ""), otherwise="/")
        return redirect_to_login(back, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class RefuseTraceMiddleware:
    """Refuses TRACE, which Django passes on to views; it would show a script the headers it may not see."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method == "TRACE":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return self.get_response(request)


class RefuseUnstorableTextMiddleware:
    """Refuses what no browser sends and no database stores: in the address, the query, a cookie or a form.

    The rest of the shop may then pass on to the database whatever it was sent.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if UNSTORABLE.search(request.path):
            raise Http404("No address holds such characters.")
        # Forms are sent as the pages are: another encoding could spell out anything, or not be one of text.
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            raise BadRequest("The encoding is not UTF-8.")
        # An escape in a quoted cookie, such as \000, can spell out any character.
        if _holds_unstorable(chain(_texts_of(request.GET), *request.COOKIES.items())):
            raise BadRequest("The query or a cookie holds a character that cannot be stored.")
        return self.get_response(request)

    def process_view(self, request, view, arguments, named_arguments):
        """Look into a form, unless its view reads the body itself and checks its signature."""
        if getattr(view, "csrf_exempt", False):
            return
        try:
            refused = _holds_unstorable(_texts_of(request.POST))
        except UnreadablePostError as error:
            raise BadRequest("The form was cut off on its way.") from error
        if refused:
            raise BadRequest("The form holds a character that cannot be stored.")


def _texts_of(form):
    """Yield every name and value of a form or a query."""
    return chain.from_iterable((name, *values) for name, values in form.lists())


def _holds_unstorable(texts):
    return any(map(UNSTORABLE.search, texts))


class RefuseImpossibleLookupsMiddleware:
    """Refuses to look up in the admin what no column can hold: the year 99999, a book with the id abc.

    Django's admin checks the names in a query, and leaves their values to fields and databases, which raise.
    """

    RAISED = (ValidationError, ValueError, OverflowError, DataError)

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        """Answer 400 if it was the query that could not be looked up; the log keeps what was raised."""
        is_lookup = request.method in {"GET", "HEAD"} and request.resolver_match.app_name == "admin"
        if is_lookup and request.GET and isinstance(exception, self.RAISED):
            raise BadRequest(f"The query cannot be looked up ({type(exception).__name__})") from exception


class ResponseHeadersMiddleware:
    """Adds Permissions-Policy, and keeps personal pages out of every cache."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if "Cache-Control" not in response.headers and self._is_personal(request):
            patch_cache_control(response, private=True, no_store=True)
        return response

    @staticmethod
    def _is_personal(request):
        # What came about without a look at the session is the same for everybody.
        session = getattr(request, "session", None)
        looked = session is not None and session.accessed
        return request.path.startswith(PERSONAL_PATHS) or (looked and request.user.is_authenticated)
