"""What happens around every view: headers of every answer, refusals, health checks."""

import re
from functools import partial
from itertools import chain

from django.conf import settings
from django.contrib.auth import middleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError
from django.http import Http404, HttpResponseNotAllowed, UnreadablePostError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from whitenoise.middleware import WhiteNoiseMiddleware

from bookstore_project import health, urls
from users.formats import english_variant
from users.requests.way_back import way_back

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "usb")
)
# NUL, which PostgreSQL cannot store in text, and lone surrogates, which UTF-8 cannot encode.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class HealthMiddleware:
    """Answers the health checks before host, scheme and session are checked.

    A load balancer or Docker asks, by the container's own address and without TLS.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.views = {reverse("healthz"): health.healthz, reverse("readyz"): health.readyz}

    def __call__(self, request):
        view = self.views.get(request.path, self.get_response)
        return view(request)


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Sends a visitor to log in and back; after a post, back to the page with the form."""

    def handle_no_permission(self, request, view_func):
        """Redirect to the log-in page."""
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        back = way_back(request, request.headers.get("Referer", ""), otherwise="/")
        return redirect_to_login(back, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serves static files. A file is looked at when it is first asked for, not at the start."""

    def get_static_file(self, path, url, stat_cache=None):
        """Return a file; one of those that are listed at the start, without looking at it yet."""
        make = partial(super().get_static_file, path, url)
        return make() if stat_cache is None else SimpleLazyObject(make)


class RefuseTraceMiddleware:
    """Refuses TRACE, which Django passes on to views. It would show scripts headers they may not see."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method == "TRACE":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return self.get_response(request)


class RefuseUnstorableTextMiddleware:
    """Refuses characters that no browser sends and no database stores, in address, query, cookies and forms.

    The rest of the shop can then pass to the database whatever it was sent.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if UNSTORABLE.search(request.path):
            raise Http404("No address holds such characters.")
        # Browsers send forms in the encoding of the page. Another could hide any character, or not be text.
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            raise BadRequest("The encoding is not UTF-8.")
        # An escape in a quoted cookie, such as \000, can stand for any character.
        if _holds_unstorable(chain(_texts_of(request.GET), *request.COOKIES.items())):
            raise BadRequest("The query or a cookie holds a character that cannot be stored.")
        return self.get_response(request)

    def process_view(self, request, view, arguments, named_arguments):
        """Check a form, unless the view reads the body itself and checks its signature."""
        if request.method != "POST" or getattr(view, "reads_body_itself", False):
            return  # Django reads no other form
        try:
            refused = _holds_unstorable(_texts_of(request.POST))
        except UnreadablePostError as error:
            raise BadRequest("The form did not arrive in full.") from error
        if refused:
            raise BadRequest("The form holds a character that cannot be stored.")


def _texts_of(form):
    """Yield every name and value of a form or a query."""
    return chain.from_iterable((name, *values) for name, values in form.lists())


def _holds_unstorable(texts):
    return any(map(UNSTORABLE.search, texts))


class RefuseImpossibleLookupsMiddleware:
    """Refuses look-ups in the admin that no column can answer: the year 99999, a book with the id abc.

    Django's admin checks the names in a query but not the values, so that fields and databases raise.
    """

    RAISED = (ValidationError, ValueError, OverflowError, DataError)

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        """Answer 400 if the query could not be looked up; the log says what was raised."""
        is_lookup = request.method in {"GET", "HEAD"} and request.resolver_match.app_name == "admin"
        if is_lookup and request.GET and isinstance(exception, self.RAISED):
            raise BadRequest(f"The query cannot be looked up ({type(exception).__name__})") from exception


class TimeZoneMiddleware:
    """Has Django show dates and times in the shop's time zone, and as day() in users/formats writes them.

    A view that sends a file shows none.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
            translation.deactivate()

    def process_view(self, request, view, arguments, named_arguments):
        """Activate the time zone and the kind of English until the request is answered."""
        if not getattr(view, "serves_files", False):
            timezone.activate(settings.SHOP.zone)
            translation.activate(english_variant(settings.SHOP.locale))


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
        # An answer made without the session is the same for everybody.
        session = getattr(request, "session", None)
        looked = session is not None and session.accessed
        # A request that is refused early, for its host, has no user.
        is_known = looked and getattr(request, "user", None) is not None and request.user.is_authenticated
        return request.path.startswith(urls.PERSONAL_PATHS) or is_known
