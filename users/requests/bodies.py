"""How large the body of a request may be, depending on the view and on who sends it.

A larger one is refused before it is read, so that none of it reaches memory or the disk.
"""

from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.shortcuts import render

# Bytes. docs/nginx.conf has the same three numbers.
# A reader's longest form is a review of 5,000 characters, each at most twelve bytes as forms are encoded.
USUAL = 64 * 1024
# An admin list with every row ticked, a long description. Stripe's longest events are a tenth of this.
LONG = 1024**2
# EPUBs and PDFs may have 200 MB and covers 20 MB; the rest is for the form.
WITH_FILES = 256 * 1024**2


@dataclass(frozen=True)
class _Limit:
    size: int
    permission: str


def body_up_to(size, *, permission=""):
    """Let the view take bodies of up to `size` bytes, from everybody or from staff with the permission."""

    def mark(view):
        view.body_limit = _Limit(size, permission)
        return view

    return mark


class BodyLimitMiddleware:
    """Refuses bodies that are too large with 413, before any other middleware reads them.

    gunicorn also takes bodies of unknown length (chunked), which Django would not read and browsers never
    send. They are held in memory, so they may be no larger than a long form.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """Answer instead of the view if the body is too large for it."""
        # Not request.headers, a copy of all, which takes every request more than the rest of this.
        sent = request.META
        if "HTTP_TRANSFER_ENCODING" in sent and sent.get("wsgi.input_terminated"):
            most = min(limit_for(request, view), LONG)
            length = _read_whole(request, most + 1)
        else:
            length = _announced(sent)
            most = USUAL if length <= USUAL else limit_for(request, view)
        return too_large(request) if length > most else None


def limit_for(request, view):
    """Return how many bytes this visitor may send to this view."""
    marked = getattr(view, "body_limit", _Limit(USUAL, ""))
    in_the_admin = request.path.startswith(f"/{settings.ADMIN_PATH}")
    if not in_the_admin or not request.user.is_staff:
        return USUAL if marked.permission else marked.size
    return marked.size if marked.permission and request.user.has_perm(marked.permission) else LONG


@login_not_required
def too_large(request):
    """Say that the body is too large."""
    return render(request, "413.html", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _announced(sent):
    """Return the announced length, which is what Django will read."""
    try:
        return int(sent.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read_whole(request, most):
    """Read at most `most` bytes of a body of unknown length; return how many came. Raises BadRequest."""
    try:
        body = request.META["wsgi.input"].read(most)
    except Exception as error:
        # gunicorn has its own exceptions for broken chunks.
        raise BadRequest("The chunks of the body are broken.") from error
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)
    return len(body)
