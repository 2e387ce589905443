"""A first visit, from the home page to reading a bought book."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from tests.journeys import till
from users.tests.builders import PASSWORD, code_in

pytestmark = pytest.mark.browser


def test_a_newcomer_signs_up_browses_buys_and_reads_beyond_the_sample(page, sandbox, ferry):
    page.goto("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    page.get_by_label("Code from the e-mail").fill(code_in(mail.outbox[-1].body))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("/")

    page.get_by_role("link", name="Books", exact=True).click()
    page.get_by_role("link", name="The Ferry at Low Water", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="The Ferry at Low Water")).to_be_visible()
    expect(page.get_by_role("link", name="Chapter 2")).to_have_count(0)
    page.get_by_role("link", name="Books", exact=True).click()
    page.get_by_role("link", name="Purchase All Books").click()
    page.wait_for_url("/orders/")
    till.pay(page)
    till.expect_thanks(page)

    page.get_by_role("link", name="Start reading").click()
    page.get_by_role("link", name="Read The Ferry at Low Water").click()
    page.get_by_role("link", name="Chapter 2").last.click()
    expect(page.get_by_text("Chapter 2 of 3")).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("It rained.")
    assert till.amounts_charged(sandbox) == [3900]
