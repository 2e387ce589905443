"""Every address of the site, the forms on its pages, and values that no honest client sends."""

import re
import sys
from contextlib import contextmanager
from html.parser import HTMLParser

from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

# More than a database column holds, or than Python reads as a number, or no number at all.
NUMBERS = ["99999999999999999999", "1" * 5000, "-1", "nan"]
LONG_ADDRESS = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
TEXTS = ["", "x'\"(", "a" * 3000, LONG_ADDRESS, "\u202e", "99999-99-99"]
# A parameter in a route or in a regular expression.
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def routes(resolver=None, before=""):
    """Yield every route of the URL configuration as one string, the admin's too: "books/<uuid:pk>/"."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route.removesuffix("$")


def parameters(route):
    """Return the names of the parameters in a route."""
    return [named or matched for named, matched in PARAMETER.findall(route)]


def filled(route, arguments):
    """Return the path of a route with these arguments."""
    return "/" + PARAMETER.sub(lambda found: str(arguments[found[1] or found[2]]), route)


class Forms(HTMLParser):
    """Collects the forms of a page, each as (action, method, {name: value})."""

    def __init__(self, page):
        super().__init__()
        self.found, self.fields = [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.fields = {}
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), self.fields))
        elif tag in {"input", "select", "textarea", "button"} and self.fields is not None and "name" in given:
            self.fields.setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.fields = None


class Visitor:
    """Somebody's browser. Every request finds the same rows: what it wrote is rolled back."""

    def __init__(self, person=None):
        self.client = Client(raise_request_exception=False)
        # The requests that ended in a 500, with their exceptions.
        self.broken = []
        if person is not None:
            self.client.force_login(person)

    def ask(self, path, data=None, *, method="get", **options):
        """Return the answer; note it if the shop failed."""
        with _rolled_back(), _noting(said := []):
            if "content_type" in options:  # as given: the client would encode it itself
                response = self.client.generic(method.upper(), path, data, **options)
            else:
                response = getattr(self.client, method)(path, data, **options)
            if response.streaming:
                response.getvalue()
        if response.status_code == 500 or said:
            self.broken.append(f"{method} {path[:200]} {str(data)[:200]} {options}: {said}"[:600])
        return response


@contextmanager
def _rolled_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _noting(said):
    def note(**kwargs):
        said.append(repr(sys.exc_info()[1]))

    got_request_exception.connect(note)
    try:
        yield
    finally:
        got_request_exception.disconnect(note)
