"""The shop's pages as axe sees them (https://github.com/dequelabs/axe-core), by day and by night."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser

AXE = Axe()
# Without "preload", which asks for stylesheets in a way that the content policy forbids.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def violations(page):
    """Return what axe finds in the open page, in light and in dark colours."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
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
