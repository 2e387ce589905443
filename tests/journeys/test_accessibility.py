"""The shop's pages as axe sees them (https://github.com/dequelabs/axe-core), in light and dark."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from books.models import Book
from books.tests.builders import make_staff
from orders.models import AttemptOutcome, Magnet, OrderStatus, RefundOrigin
from orders.tests.builders import make_order
from pages.tests.builders import make_page
from tests.journeys import till
from users.newsletter.links import ending_address

pytestmark = pytest.mark.browser

AXE = Axe()
# Without "preload", which fetches stylesheets in a way that the content policy forbids.
OPTIONS = {"resultTypes": ["violations"], "preload": False}

# Colours that are still changing have no contrast of their own. The animation of a spinner never ends.
SETTLED = """async () => {
  const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(transitions.map((each) => each.finished));
}"""


def violations(page):
    """Return what axe finds in the open page, in light and in dark colours."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        result = AXE.run(page, options=OPTIONS)
        if result.violations_count:
            found.append(f"{page.url} ({scheme}): {result.generate_report()}")
    return found


def violations_at(page, *addresses):
    found = []
    for address in addresses:
        page.goto(address)
        found += violations(page)
    return found


def test_the_shop_window_is_accessible(page, ferry):
    found = violations_at(page, "/", "/about/", "/books/", "/books/search/?q=ferry", "/no-such-page/")

    assert found == []


def test_a_book_its_sample_and_its_locked_chapter_are_accessible(page, ferry):
    book = f"/books/{ferry.pk}/"

    found = violations_at(page, book, f"{book}read/1/", f"{book}read/2/")

    assert found == []


def test_a_wish_list_and_the_menu_on_a_phone_are_accessible(phone_page, ferry):
    phone_page.goto(f"/books/{ferry.pk}/")
    found = violations(phone_page)
    phone_page.get_by_role("button", name="Keep for later").tap()
    expect(phone_page.get_by_text("is on your wish list")).to_be_visible()
    found += violations_at(phone_page, "/library/wishes/")
    phone_page.get_by_role("button", name="Menu", exact=True).tap()

    assert found + violations(phone_page) == []


def test_a_pre_order_and_the_newsletter_are_accessible(page, sandbox, ferry, ada, log_in):
    Book.objects.filter(pk=ferry.pk).update(opens_at=timezone.now() + timedelta(days=9), epub="e.epub")
    Magnet.objects.create(slug="ferry", book=ferry, sentence="Write to me once a month about new books.")
    end = ending_address("ada@example.com")
    found = violations_at(page, f"/books/{ferry.pk}/", f"/orders/?book={ferry.pk}", "/newsletter/ferry/", end)
    log_in(page, ada)
    order = make_order(ada, product=ferry, status=OrderStatus.PAID)

    assert found + violations_at(page, order.get_absolute_url(), "/library/", "/accounts/newsletter/") == []


def test_the_way_in_is_accessible(page):
    found = violations_at(page, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")

    assert found == []


def test_buying_is_accessible_from_the_till_to_the_receipt(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    found = violations_at(page, "/accounts/", "/orders/history/", "/orders/")

    till.pay(page, till.DECLINED_CARD)
    expect(page.get_by_role("alert")).to_be_visible()
    found += violations(page)
    till.pay(page)
    till.expect_thanks(page)
    found += violations(page)
    found += violations_at(page, "/orders/history/")

    assert found == []


def test_the_checkout_over_the_page_is_accessible(page, sandbox, ferry, ada, log_in, settings):
    settings.STRIPE_CHECKOUT = "session"
    log_in(page, ada)
    found = violations_at(page, "/orders/")
    till.open_checkout(page)

    found += violations(page)

    assert found == []


def test_an_order_is_accessible_in_every_state(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    confirming = make_order(ada, livemode=True)
    confirming.attempts.create(number=1, api="hosted_page", outcome=AttemptOutcome.PROCESSING)
    found = violations_at(page, confirming.get_absolute_url())
    confirming.attempts.update(outcome=AttemptOutcome.OPEN)
    found += violations_at(page, confirming.get_absolute_url())
    confirming.delete()
    for status in (OrderStatus.EXPIRED, OrderStatus.REFUNDED, OrderStatus.DISPUTED):
        order = make_order(ada, status=status, refunded_amount=1000 if status == OrderStatus.REFUNDED else 0)
        order.refunds.create(amount=1000, origin=RefundOrigin.STAFF, stripe_charge_id=order.stripe_charge_id)

        found += violations_at(page, order.get_absolute_url())

    assert found == []


def test_the_admin_is_accessible(page, ferry, ada, log_in):
    log_in(page, make_staff())
    order = make_order(ada, product=ferry, status=OrderStatus.PAID)

    found = violations_at(
        page,
        "/admin/",
        "/admin/pages/shopsettings/add/",
        "/admin/pages/shopsettings/first-steps/",
        f"/admin/pages/page/{make_page('Terms', '## One').pk}/change/",
        "/admin/books/book/",
        f"/admin/books/book/{ferry.pk}/change/",
        f"/admin/orders/order/{order.pk}/change/",
        f"/admin/users/customuser/{ada.pk}/change/",
    )

    assert found == []
