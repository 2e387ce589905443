"""Logging in, out and in again: readers arrive where they wanted to go, with everything they bought."""

import pytest
from playwright.sync_api import expect

from tests.journeys import till
from users.tests.builders import PASSWORD

pytestmark = pytest.mark.browser


def log_in_by_form(page):
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_what_was_bought_is_readable_after_logging_out_and_in_again(page, sandbox, ferry, ada):
    page.goto("/accounts/login/")
    log_in_by_form(page)
    page.wait_for_url("/")
    page.goto("/orders/")
    till.pay(page)
    till.expect_thanks(page)

    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("/")
    locked = page.goto(f"/books/{ferry.pk}/read/3/")
    assert locked.status == 403
    page.get_by_role("link", name="Already bought it? Log in").click()
    log_in_by_form(page)

    page.wait_for_url(f"/books/{ferry.pk}/read/3/")
    expect(page.get_by_text("Chapter 3 of 3")).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("It rained.")


def test_a_visitor_who_wants_to_buy_is_on_the_purchase_page_after_logging_in(page, sandbox, ferry, ada):
    page.goto("/books/")

    page.get_by_role("link", name="Purchase All Books").click()
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    log_in_by_form(page)

    page.wait_for_url("/orders/")
    expect(page.locator("button.stripe-button-el")).to_have_text("Buy for $39.00")
