"""The shop without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.journeys import till
from users.tests.builders import PASSWORD

pytestmark = pytest.mark.browser


def test_a_visitor_browses_searches_and_reads_the_sample(plain_page, ferry):
    plain_page.goto("/books/")

    plain_page.get_by_label("Search the books").fill("ferry")
    plain_page.get_by_role("button", name="Search").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("1 book for “ferry”")
    plain_page.get_by_role("link", name="The Ferry at Low Water", exact=True).click()
    plain_page.get_by_role("link", name="Read the sample").click()

    expect(plain_page.get_by_text("Chapter 1 of 3")).to_be_visible()
    expect(plain_page.get_by_role("article")).to_contain_text("It rained.")


def test_a_reader_logs_in_and_pays_on_stripe_s_page(plain_page, sandbox, ferry, ada):
    plain_page.goto("/orders/")
    plain_page.get_by_role("main").get_by_role("link", name="Log in").click()
    plain_page.get_by_label("E-mail address").fill("ada@example.com")
    plain_page.get_by_label("Password").fill(PASSWORD)
    plain_page.get_by_role("button", name="Log in").click()
    plain_page.wait_for_url("/orders/")
    expect(plain_page.locator("button.stripe-button-el")).to_have_count(0)

    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page, till.CONFIRMED_CARD)
    plain_page.get_by_role("button", name="Complete authentication").click()

    till.expect_thanks(plain_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_double_click_opens_one_session(plain_page, sandbox, ferry, ada, log_in):
    log_in(plain_page, ada)
    plain_page.goto("/orders/")
    sandbox.go_wrong("POST /v1/checkout/sessions", "delay", seconds=0.3)

    plain_page.get_by_role("button", name="More ways to pay").dblclick()
    till.pay_in(plain_page)

    till.expect_thanks(plain_page)
    assert len(till.sessions(sandbox)) == 1
    assert till.amounts_charged(sandbox) == [3900]
