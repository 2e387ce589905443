"""Whatever is in an address, a query, a field, a cookie or a header, nothing breaks."""

from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache

from books.models import Book
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from orders.models import OrderStatus
from orders.tests.builders import make_order
from tests.hostile import LONG_ADDRESS, NUMBERS, TEXTS, Forms, Visitor, filled, parameters, routes

ROUTES = list(dict.fromkeys(routes()))
OF_THE_SHOP = [route for route in ROUTES if not route.startswith("admin/")]
OF_THE_ADMIN = [route for route in ROUTES if route.startswith("admin/")]
QUERY = ["page", "q", "sort", "access", "show", "next", "book", "bundle", "session_id", "at"]
ADMIN_QUERY = ["p", "o", "all", "e", "q", "_changelist_filters", "_to_field", "_popup", "_facets", "order"]
ADMIN_QUERY += [
    "look",
    "all_books",
    "term",
    "app_label",
    "model_name",
    "field_name",
    "person",
    "book",
    "email",
]
LOOKUPS = [("", "abc"), ("__gt", NUMBERS[0]), ("__year", "99999"), ("__isnull", "abc")]


@pytest.fixture
def shop(db, settings):
    """A shop with one of everything; its arguments for the parameters of routes."""
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    book = make_book(chapters=2)
    order = make_order(make_reader("carol"), status=OrderStatus.PAID)
    arguments = {
        "token": "made-up",
        "number": 2,
        "review": make_review(book).pk,
        "name": "a.png",
        "path": "covers/a.png",
        "uidb36": "1",
        "paragraph": 1,
        "digits": "9c3418",
        "form": "markdown",
        "key": "made-up",
        "code": "made-up",
        "slug": make_bundle("Two Journeys", book).slug,
        "address": book.authors.get().pk,
        "section": "books",
        "file": "all",
        "content_type_id": ContentType.objects.get_for_model(Book).pk,
        "app_label": "books",
        "url": "x",
        "id": order.user_id,
        "object_id": 1,
    }
    return lambda route: arguments | {"pk": order.pk if route.startswith("orders/") else book.pk}


@pytest.fixture
def visitors(shop):
    """A visitor, Ada, who owns All Books, and Grace, who runs the shop; none of them may break it."""
    everybody = Visitor(), Visitor(make_reader("ada", all_books=True)), Visitor(make_staff())
    yield everybody
    assert [each for visitor in everybody for each in visitor.broken] == []


def multipart(value, charset=""):
    """Return a form as browsers send it with files, but in an encoding that no browser uses."""
    boundary = f"boundary=x{charset and f'; charset={charset}'}"
    return {
        "data": f"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n{value}\r\n--x--",
        "content_type": f"multipart/form-data; {boundary}",
    }


def test_what_cannot_be_stored_is_refused_everywhere(shop, visitors):
    ada, form = visitors[1], {"data": "a=%00", "content_type": "application/x-www-form-urlencoded"}
    for route in ROUTES:
        path = filled(route, shop(route))
        # The health checks read no query.
        if path not in {"/healthz/", "/readyz/"}:
            assert ada.ask(f"{path}?q=a%00b").status_code == 400, path
            # The webhook reads its body itself, and refuses it for want of a signature.
            assert ada.ask(path, method="post", **form).status_code == 400, path


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/books/?%00=a"},
        {"path": "/books/", "headers": {"cookie": r'colours="a\000b"'}},
        # Would otherwise reach PostgreSQL as the key of a session.
        {"path": "/books/", "headers": {"cookie": r'__Host-sessionid="\000aaaaaaaaaaaaaaaa"'}},
        {"path": "/books/", "headers": {"content-type": "text/plain; charset=hex"}},
        {"path": "/library/preferences/", "method": "post", **multipart("\x00")},
        # The first spells out half a surrogate pair; the second is no text encoding at all.
        {"path": "/library/preferences/", "method": "post", **multipart(r"\ud800", "unicode_escape")},
        {"path": "/library/preferences/", "method": "post", **multipart("a", "hex")},
    ],
    ids=str,
)
def test_it_is_refused_in_every_spelling(visitors, options):
    assert visitors[0].ask(**options).status_code == 400


def test_no_piece_of_a_path_breaks_a_page(shop, visitors):
    _, ada, grace = visitors
    for route in ROUTES:
        who = grace if route in OF_THE_ADMIN else ada
        for name in parameters(route):
            assert who.ask(filled(route, shop(route) | {name: "a%00b"})).status_code == 404, route
            for piece in [*NUMBERS[:2], "x'\"(", "a" * 3000]:
                path = filled(route, shop(route) | {name: quote(piece)})
                who.ask(path)
                if route in OF_THE_SHOP:
                    who.ask(path, method="post")


@pytest.mark.postgresql  # takes half a minute; look-ups show what SQLite refuses
def test_no_query_breaks_a_page(shop, visitors):
    _, ada, grace = visitors
    for value in [*NUMBERS, *TEXTS]:
        for route in OF_THE_SHOP:
            ada.ask(f"{filled(route, shop(route))}?" + "&".join(f"{name}={quote(value)}" for name in QUERY))
    for route in OF_THE_ADMIN:
        for name in ADMIN_QUERY if "<" not in route else ["_to_field"]:
            grace.ask(f"{filled(route, shop(route))}?{name}={NUMBERS[1]}")


def test_no_lookup_breaks_a_list_of_the_admin(visitors):
    grace = visitors[2]
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for field in model._meta.get_fields():
            for lookup, value in LOOKUPS:
                grace.ask(f"{path}?{field.name}{lookup}={value}")
    for day in [
        "year=99999",
        "year=0",
        f"year={NUMBERS[0]}",
        "year=2026&month=99",
        "year=2026&month=2&day=31",
    ]:
        query = "&".join(f"created_at__{part}" for part in day.split("&"))
        grace.ask(f"/admin/orders/order/?{query}")


@pytest.mark.postgresql  # takes half a minute
@pytest.mark.parametrize(
    "value", [NUMBERS[0], NUMBERS[1], LONG_ADDRESS, "x'\"("], ids=lambda value: value[:12]
)
def test_no_field_of_a_form_breaks_its_page(shop, visitors, value):
    for who in visitors:
        seen = set()
        for route in ROUTES:
            page = who.ask(path := filled(route, shop(route)))
            if page.status_code != 200 or not page.get("Content-Type", "").startswith("text/html"):
                continue
            for action, method, fields in Forms(page.text).found:
                target = action.partition("?")[0] or path
                new = [name for name in fields if (target, name) not in seen]
                seen |= {(target, name) for name in new}
                for name in new:
                    who.ask(target, fields | {name: value}, method=method)


HEADERS = {
    "accept": "text/html;q=nan, */*;q=1e400",
    "accept-language": "x" * 3000,
    "content-type": "multipart/form-data; boundary=" + "x" * 300,
    "content-length": "abc",
    "if-modified-since": "Fri, 99 Nov 99999 99:99:99 GMT",
    "if-none-match": '"\xff',
    "range": "bytes=99999999999999999999-1,-",
    "referer": "http://[",
    "user-agent": "\xff" * 3000,
    "x-forwarded-for": "abc, , x",
    "stripe-signature": f"t={'1' * 5000},v1=\xff",
    "cookie": 'sessionid="\\777"; csrftoken=\xff; colours=\xe2\x80\xa8; messages=a; __Host-sessionid=; =;;a',
}


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_no_header_breaks_a_page(visitors, settings, behind_proxy):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = int(behind_proxy)
    for path in ("/books/", "/media/covers/a.png", "/accounts/login/", "/orders/charge/", "/orders/webhook/"):
        for name, value in HEADERS.items():
            for who in visitors[:2]:
                for method in ("get", "post"):
                    who.ask(path, method=method, headers={name: value})
