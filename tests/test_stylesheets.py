"""Every page loads the stylesheets of the words that its classes are styled by."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from books.tests.builders import make_book, make_bundle, make_reader, make_review
from orders.models import OrderStatus
from orders.tests.builders import make_order
from tests.hostile import Visitor, filled, parameters, routes
from tests.programs import PROJECT

OURS = {path.name: path.read_text() for path in PROJECT.glob("static/css/*.css")}


@cache
def classes_in(stylesheet):
    """Return the classes that a stylesheet has a rule for."""
    return set(
        re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}|/\*.*?\*/", " ", stylesheet, flags=re.DOTALL))
    )


def unstyled(page):
    """Return the classes on a page that are styled somewhere, but not on this page."""
    named = {word for words in re.findall(r'class="([^"]*)"', page) for word in words.split()}
    loaded = re.findall(r'href="/static/([^"]*\.css)"', page)
    here = set().union(*(classes_in(Path(finders.find(name)).read_text()) for name in loaded))
    return sorted((named & set().union(*map(classes_in, OURS.values()))) - here)


@pytest.mark.django_db
def test_every_page_is_dressed():
    book, other = make_book(chapters=3), make_book("Night Bus")
    bundle = make_bundle("Two Journeys", book, other)
    ada, bob = make_reader("ada", all_books=True), make_reader("bob")
    make_review(book, ada)
    order = make_order(bob, thing=other, status=OrderStatus.PAID)
    arguments = {
        "slug": bundle.slug,
        "uidb36": "1",
        "key": "made-up",
        "pk": book.pk,
        "review": 1,
        "name": "x",
        "path": "x",
    }
    pages = [route for route in routes() if not route.startswith("admin/")]
    found = {}
    for who, visitor in {"a visitor": Visitor(), "ada": Visitor(ada), "bob": Visitor(bob)}.items():
        for route in pages:
            for number in (1, 2, 3) if "number" in parameters(route) else (1,):
                pk = order.pk if route.startswith("orders/") else book.pk
                path = filled(route, arguments | {"number": number, "pk": pk})
                for query in ("", "?q=rained"):
                    answer = visitor.ask(path + query)
                    if answer.get("Content-Type", "").startswith("text/html"):
                        found[f"{who}: {path}{query}"] = unstyled(answer.text)

    assert len(found) > 50
    assert {page: classes for page, classes in found.items() if classes} == {}
