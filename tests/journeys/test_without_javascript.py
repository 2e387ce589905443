"""The shop without JavaScript."""

import pytest
from playwright.sync_api import expect

from users.tests.builders import PASSWORD

pytestmark = pytest.mark.browser


def test_one_browses_searches_and_reads_the_sample(plain_page, ferry):
    plain_page.goto("/books/")

    plain_page.get_by_label("Search the books").fill("ferry")
    plain_page.get_by_role("button", name="Search").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("1 book for “ferry”")
    plain_page.get_by_role("link", name="The Ferry at Low Water").click()
    plain_page.get_by_role("link", name="Read a sample").click()

    expect(plain_page.get_by_text("Chapter 1 of 3")).to_be_visible()
    expect(plain_page.get_by_role("article")).to_contain_text("It rained.")


def test_one_logs_in_and_the_purchase_page_says_what_to_do(plain_page, sandbox, ferry, ada):
    plain_page.goto("/orders/")

    plain_page.get_by_label("E-mail address").fill("ada@example.com")
    plain_page.get_by_label("Password").fill(PASSWORD)
    plain_page.get_by_role("button", name="Log in").click()

    plain_page.wait_for_url("/orders/")
    advice = plain_page.locator("noscript p")
    expect(advice).to_be_visible()
    expect(advice).to_contain_text("Paying by card here needs JavaScript.")
    expect(plain_page.locator("button.stripe-button-el")).to_have_count(0)
