"""Views whose page is the same for everybody but for its personal parts."""

from functools import wraps
from hashlib import blake2b
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from books.models import current_revision
from books.reading.preferences import chosen_in

from . import memory
from .currencies import COOKIE, offered_at
from .personal_parts import Gaps, fill

# For how many seconds a cache in front of the shop may answer visitors itself. It takes a crowd off the shop;
# a change reaches the visitors behind that cache so much later.
SHARED_SECONDS = 5
# Where Django keeps messages as long as they fit.
MESSAGES_COOKIE = "messages"


class VisitorsPage(NamedTuple):
    """A page as all visitors get it.

    Its ETag is made from its content, not from the revision: another version of the shop may render the same
    revision differently.
    """

    body: bytes
    etag: str

    @classmethod
    def of(cls, body):
        return cls(body, f'"{blake2b(body, digest_size=16).hexdigest()}"')

    @property
    def size(self):
        return len(self.body)


def shared_page(*parameters):
    """Mark a view whose page is rendered once for each revision of the catalogue, not for each reader.

    The view gets a request without a person, of which it sees the address, the currency of its prices, and
    those of the query's parameters that are named here. So nothing of one visitor gets into another's page.
    What differs between readers is in the page's personal parts; `personal`, given beside the view's
    arguments, are variables for them, and `revision` is the revision if the caller knows it already. The view
    answers with a page or raises Http404.
    """

    def decorate(view):
        @wraps(view)
        def answer(request, *, personal=None, revision=None, **arguments):
            # Before the rows that the page shows, so that they are at least as new.
            revision = revision or current_revision()
            settings.SHOP.follow(revision)
            offered = offered_at(revision)
            plain = _without_person(request, parameters, offered)
            key = (view.__name__, plain.get_full_path(), plain.prices.currency, *arguments.items())

            def render():
                return plain.gaps.in_page(view(plain, **arguments).text)

            def shared():
                return memory.keep(revision, key, render)

            if is_visitor(request):
                looks = ("visitors", *plain.COOKIES.items())
                page = memory.keep(revision, (*key, *looks), lambda: _visitors_page(plain, shared()))
                return _for_visitor(request, page, is_for_all=not offered.depends_on_country)
            return _for_reader(request, shared(), personal)

        return answer

    return decorate


def is_visitor(request):
    """Tell whether the request comes from nobody in particular: without a session, without a message."""
    return request.COOKIES.keys().isdisjoint({settings.SESSION_COOKIE_NAME, MESSAGES_COOKIE})


def _without_person(request, parameters, offered):
    plain = HttpRequest()
    plain.method = "GET"
    plain.path, plain.path_info = request.path, request.path_info
    plain.resolver_match = request.resolver_match
    plain.GET = QueryDict(mutable=True)
    for name in parameters:
        if name in request.GET:
            plain.GET.setlist(name, request.GET.getlist(name))
    plain.META["QUERY_STRING"] = plain.GET.urlencode()
    plain.COOKIES = chosen_in(request.COOKIES)
    plain.user = AnonymousUser()
    plain.prices, plain.currencies = offered.prices_for(request), offered.currencies
    plain.gaps = Gaps(plain.prices)
    return plain


def _visitors_page(plain, page):
    plain.gaps = None
    body = fill(plain, page)
    if "CSRF_COOKIE" in plain.META:
        raise ImproperlyConfigured(f"{plain.path} has a form with a token, which visitors must not share.")
    return VisitorsPage.of(body)


def _for_visitor(request, page, *, is_for_all):
    response = HttpResponse(page.body, headers={"ETag": page.etag})
    # A cache in front of the shop knows neither what somebody chose nor where they are.
    if is_for_all and COOKIE not in request.COOKIES:
        patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_SECONDS)
    else:
        patch_cache_control(response, private=True, max_age=0)
    patch_vary_headers(response, ["Cookie"])
    return get_conditional_response(request, etag=page.etag, response=response)


def _for_reader(request, page, personal):
    response = HttpResponse(fill(request, page, personal))
    patch_cache_control(response, private=True, no_store=True)
    return response
