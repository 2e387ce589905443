"""The shop on the smallest phone: 320 pixels wide, by thumb."""

import pytest
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser


def assert_fits(page):
    """Nothing is wider than the screen, so that nobody has to push the page about."""
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_whole_purchase_fits_the_smallest_phone(phone_page, sandbox, ferry, ada, log_in):
    log_in(phone_page, ada)
    phone_page.goto("/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="Books", exact=True).tap()
    phone_page.wait_for_url("/books/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="The Ferry at Low Water", exact=True).tap()
    phone_page.wait_for_url(f"/books/{ferry.pk}/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="Buy for $9.00").tap()
    phone_page.wait_for_url(f"/orders/?book={ferry.pk}")
    assert_fits(phone_page)

    pay = till.fill_in_card(phone_page)
    assert pay.evaluate("document.documentElement.scrollWidth") == 320
    pay.tap()
    till.expect_thanks(phone_page)
    assert_fits(phone_page)

    phone_page.get_by_role("link", name="All my orders").tap()
    phone_page.wait_for_url("/orders/history/")
    assert_fits(phone_page)
    phone_page.goto(f"/books/{ferry.pk}/read/2/")
    expect(phone_page.get_by_text("Chapter 2 of 3")).to_be_visible()
    assert_fits(phone_page)
    assert till.amounts_charged(sandbox) == [900]
