"""Another currency, from the foot of a page to the receipt, without JavaScript, and in Stripe's modal."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from books.models import PriceList
from tests.journeys import till

pytestmark = pytest.mark.browser


def choose(page, currency):
    page.get_by_label("Prices in").select_option(currency)
    page.get_by_role("button", name="Change").click()


def test_a_reader_buys_in_euros_without_javascript(plain_page, sandbox, ferry, ada, log_in):
    PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
    log_in(plain_page, ada)
    plain_page.goto(ferry.get_absolute_url())
    expect(plain_page.get_by_role("link", name="Buy for $9.00")).to_be_visible()

    choose(plain_page, "eur")
    plain_page.wait_for_url(ferry.get_absolute_url())
    plain_page.get_by_role("link", name="Buy for €7.99", exact=True).click()
    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)

    till.expect_thanks(plain_page)
    expect(plain_page.get_by_text("Total (EUR)")).to_be_visible()
    assert [(each["amount"], each["currency"]) for each in sandbox.charges] == [(799, "eur")]


def test_a_reader_on_a_phone_pays_yen_in_the_modal(phone_page, sandbox, ferry, ada, log_in):
    PriceList.objects.create(currency="jpy", rate=150)
    log_in(phone_page, ada)
    phone_page.goto(f"/orders/?book={ferry.pk}")

    choose(phone_page, "jpy")
    expect(phone_page.get_by_text("One payment in JPY")).to_be_visible()
    width = phone_page.evaluate("document.documentElement.scrollWidth")
    till.pay(phone_page)

    till.expect_thanks(phone_page)
    assert width == 320
    assert [(each["amount"], each["currency"]) for each in sandbox.charges] == [(1399, "jpy")]
