"""The shop's pages as axe sees them (https://github.com/dequelabs/axe-core), by day and by night."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser

FOR_ALL = ["/", "/about/", "/books/", "/books/search/?q=ferry", "/accounts/login/", "/accounts/signup/"]
FOR_READERS = ["/orders/", "/orders/history/", "/accounts/"]


@pytest.fixture
def assert_accessible(page):
    """Let axe look at the open page in light and in dark colours."""
    axe = Axe()

    def assert_accessible():
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = axe.run(page)
            assert found.violations_count == 0, f"{page.url}, {scheme}: {found.generate_report()}"

    return assert_accessible


@pytest.mark.parametrize("address", FOR_ALL)
def test_pages_for_all_are_accessible(page, ferry, assert_accessible, address):
    page.goto(address)

    assert_accessible()


@pytest.mark.parametrize("address", FOR_READERS)
def test_pages_for_readers_are_accessible(page, sandbox, ada, log_in, assert_accessible, address):
    log_in(page, ada)

    page.goto(address)

    assert_accessible()


def test_a_book_its_sample_and_its_locked_chapter_are_accessible(page, ferry, assert_accessible):
    for path in ("", "read/1/", "read/2/"):
        page.goto(f"/books/{ferry.pk}/{path}")

        assert_accessible()


def test_a_missing_page_is_accessible(page, assert_accessible):
    page.goto("/no-such-page/")

    assert_accessible()


def test_a_declined_and_a_paid_order_are_accessible(page, sandbox, ferry, ada, log_in, assert_accessible):
    log_in(page, ada)
    page.goto("/orders/")

    till.pay(page, till.DECLINED_CARD)
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible()

    till.pay(page)
    till.expect_thanks(page)
    assert_accessible()

    page.goto("/orders/history/")
    assert_accessible()
