"""Every address of the site: who may open it, how much it accepts, and that looking changes nothing."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver, reverse

from books.tests.builders import make_book, make_bundle, make_reader, make_review
from orders.models import BuyLink, OrderStatus
from orders.models.buying.claim_links import claim_address
from orders.tests.builders import make_order
from orders.tests.giving.cases import make_copies, token_of
from users.tests.builders import make_guest

# Open to everybody. Every other address asks a visitor to log in.
PUBLIC = {
    "about",
    "accent",
    "author_detail",
    "book_detail",
    "book_download",  # answers 403 with a way to buy
    "book_download_pdf",
    "book_list",
    "book_page",
    "book_picture",
    "book_read",
    "book_read_start",
    "book_search",
    "bundle_detail",
    "buy",
    "buy_button",
    "cart",
    "cart_add",
    "cart_amount",
    "cart_remove",
    "bundle_list",
    "choose_currency",  # kept in a cookie
    "favicon",
    "healthz",
    "home",
    "media",
    "page_detail",
    "page_version",
    # Anybody may buy; the two ways to pay answer posts alone.
    "charge",
    "checkout_session",
    "checkout_return",  # a bank's app may lead back to another browser
    "newsletter",
    "newsletter_confirm",  # by a link from a letter
    "newsletter_end",  # by a link from a letter, or by a mail program
    "order_claim",  # by a link from a letter
    "order_find",
    "gift_open",  # by a link that somebody passes on
    "give",  # anybody may give
    "orders",
    "reminders_end",  # by a link from a letter, or by a mail program
    "readyz",
    "reading_preferences",  # a visitor's are in cookies
    "robots",
    "search_inside",
    "search_results",
    "search_suggestions",
    "series_detail",
    "service_worker",
    "security_txt",
    "sitemap",
    "sitemap_file",
    "subject_detail",
    "wish_add",
    "wish_list",
    "wish_remove",
    "stripe_webhook",  # for Stripe, which signs
    # Pages for logging in and for what comes before it.
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",
}
# Stripe posts from elsewhere, but signs what it sends; so do mail programs, to links that we have signed.
FROM_ELSEWHERE = {"stripe_webhook", "newsletter_end", "reminders_end"}
# Visits may change the framework's rows (sessions, rate limits) but not ours.
COUNTED = [
    model for model in apps.get_models() if model._meta.app_label in {"users", "books", "orders", "pages"}
]


@pytest.fixture
def addresses(db):
    """Every named address outside the admin, with real arguments, as {name: path}."""
    book = make_book(chapters=2)
    bundle = make_bundle("Two Journeys", book)
    BuyLink.objects.create(slug=bundle.slug, bundle=bundle)
    order = make_order(make_reader("ada"), status=OrderStatus.PAID)
    guests = make_order(make_guest(), product=book, status=OrderStatus.PAID, email="carol@example.com")
    arguments = {
        "token": claim_address(guests).split("/")[-2],
        "code": token_of(make_copies(make_reader("dora"), book)),
        "number": 2,
        "review": make_review(book).pk,
        "name": "a.png",
        "path": "covers/a.png",
        "section": "books",
        "file": "all",
        "digits": "9c3418",
        "uidb36": "1",
        "paragraph": 1,
        "form": "markdown",
        "key": "made-up",
        "slug": bundle.slug,
    }
    author = book.authors.get().get_absolute_url().split("/")[-2]
    found = {}
    patterns = get_resolver().reverse_dict
    for name in filter(lambda key: isinstance(key, str), patterns):
        _, wanted = patterns[name][0][0]
        values = arguments | {
            "address": author,
            "pk": order.pk if name.startswith("order") else book.pk,
        }
        found[name] = reverse(name, kwargs={each: values[each] for each in wanted})
    return found


class Untouched:
    """A body that must not be read."""

    def read(self, *size):
        raise AssertionError("The body was read.")

    readline = read


def visit(client, path, method="get"):
    """Return the answer, read to its end so that an open file is closed."""
    response = getattr(client, method)(path)
    if response.streaming:
        response.getvalue()
    return response


def rows():
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in COUNTED}


def test_a_visitor_is_sent_to_log_in_from_all_but_the_public_addresses(addresses):
    closed = set()
    for name, path in addresses.items():
        response = visit(Client(), path)
        if response.status_code == 302 and response.url.startswith(reverse("account_login") + "?next="):
            closed.add(name)
        else:
            assert response.status_code in {200, 302, 403, 404, 405}, name

    assert set(addresses) - closed == PUBLIC


def test_looking_changes_nothing_whoever_looks(addresses):
    ada, bob = Client(), Client()
    ada.force_login(make_reader("carol", all_books=True))
    bob.force_login(make_reader("bob"))
    before = rows()

    for name, path in addresses.items():
        for somebody in (Client(), ada, bob):
            for method in ("get", "head"):
                visit(somebody, path, method)
                assert rows() == before, f"{method} {name}"
        # Being logged out by a visit would be a change too.
        assert ada.get(reverse("order_list")).status_code == 200, name


def test_a_post_from_elsewhere_is_refused_everywhere(addresses):
    for name, path in addresses.items():
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(make_reader(f"reader-{name}"))

        response = careful.post(path)

        assert response.status_code in {302, 403, 405} or name in FROM_ELSEWHERE, name
        assert response.status_code != 302 or response.url.startswith(path), name


def test_trace_is_answered_nowhere(addresses):
    for name, path in addresses.items():
        assert visit(Client(), path, "trace").status_code == 405, name


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_five_megabytes_are_refused_everywhere_without_reading_them(addresses, method, kind):
    ada = Client()
    ada.force_login(make_reader("carol", all_books=True))
    sent = {"CONTENT_LENGTH": str(5 * 1024**2), "CONTENT_TYPE": kind, "wsgi.input": Untouched()}

    for name, path in addresses.items():
        for somebody in (Client(), ada):
            response = somebody.generic(method, path, **sent)
            if name in {"healthz", "readyz"}:  # they read no body, and answer before anything else
                assert response.status_code in {200, 405}
            else:
                assert response.status_code == 413, name
                assert "<h1>That’s too large</h1>" in response.text
