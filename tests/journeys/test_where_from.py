"""Where a sale came from: it stays with the visit, and nothing of it with the browser."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import OrderSource
from tests.journeys import till

pytestmark = pytest.mark.browser

LINK = "/?utm_source=newsletter&utm_campaign=spring"


def fill_in_address(page):
    page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")


def test_a_newsletter_is_known_after_a_look_around(phone_page, sandbox, ferry):
    page = phone_page
    page.goto(LINK)
    page.get_by_role("main").get_by_role("link", name=ferry.title).first.click()
    page.get_by_role("link", name="About this shop").click()
    page.go_back()
    assert [cookie["name"] for cookie in page.context.cookies()] == []
    page.get_by_role("link", name="Buy for $9.00").first.click()
    fill_in_address(page)
    till.pay(page)

    till.expect_thanks(page)
    source = OrderSource.objects.get()
    assert (source.source, source.campaign, source.referrer) == ("newsletter", "spring", "")


def test_it_outlasts_the_sample_forms_and_the_list(phone_page, sandbox, ferry):
    page = phone_page
    address = re.escape(ferry.get_absolute_url())
    page.goto(f"{ferry.get_absolute_url()}{LINK.removeprefix('/')}")
    page.get_by_role("link", name="Read the sample").first.click()
    # Each of these waits for the page's scripts, too.
    page.wait_for_url(re.compile(f"{address}read/1/"))
    page.get_by_role("link", name=ferry.title).first.click()
    page.wait_for_url(re.compile(f"{address}($|[?])"))
    page.get_by_role("button", name="Keep for later").click()
    expect(page.get_by_role("link", name="On your wish list")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_label("Search the books").fill("ferry")
    page.get_by_label("Search the books").press("Enter")
    page.wait_for_url("/books/search/?q=ferry")
    page.get_by_role("main").get_by_role("link", name=ferry.title).first.click()
    page.wait_for_url(re.compile(f"{address}($|[?])"))
    page.get_by_role("link", name="Buy for $9.00").first.click()
    fill_in_address(page)
    till.pay(page)

    till.expect_thanks(page)
    assert OrderSource.objects.get().campaign == "spring"


def test_without_javascript_it_is_known_from_the_page_before(plain_page, sandbox, ferry):
    page = plain_page
    page.goto(f"{ferry.get_absolute_url()}{LINK.removeprefix('/')}")
    page.get_by_role("link", name="Buy for $9.00").first.click()
    fill_in_address(page)
    page.get_by_role("button", name="More ways to pay").click()
    page.wait_for_url(re.compile(f"^{re.escape(sandbox.url)}/c/pay/"))
    page.get_by_role("radio", name="Google Pay").check()
    page.locator("#submitButton").click()

    expect(page.get_by_text("Google Pay, Visa ending in 4242")).to_be_visible()
    assert OrderSource.objects.get().source == "newsletter"
