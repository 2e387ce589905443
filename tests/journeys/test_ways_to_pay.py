"""Paying with something else than a card that is typed: PayPal, a bank account, a card that Stripe keeps."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import Order, OrderStatus
from orders.payments import catch_up, sync
from tests.journeys import till

pytestmark = pytest.mark.browser


def choose(page, sandbox, way):
    """Go on to Stripe's page and choose this way to pay there."""
    page.get_by_role("button", name="More ways to pay").click()
    page.wait_for_url(re.compile(f"^{re.escape(sandbox.url)}/c/pay/"))
    page.get_by_role("radio", name=way).check()


def test_paypal_pays_beside_the_card_form(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")

    choose(page, sandbox, "PayPal")
    expect(page.get_by_label("Card number")).to_be_hidden()
    page.locator("#submitButton").click()
    page.get_by_role("button", name="Agree and pay").click()

    till.expect_thanks(page)
    [charge] = sandbox.charges
    assert (charge["amount"], charge["payment_method_details"]["type"]) == (900, "paypal")


def test_whoever_cancels_at_paypal_can_pay_by_card(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")
    choose(page, sandbox, "PayPal")
    page.locator("#submitButton").click()

    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("radio", name="Card").check()
    till.pay_in(page)

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900]


def test_a_card_that_the_buyer_lets_stripe_keep_pays_the_next_time(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")
    page.get_by_role("button", name="More ways to pay").click()
    page.get_by_label("Save my card for the next time I buy here").check()
    till.pay_in(page)
    till.expect_thanks(page)

    page.goto("/orders/")
    choose(page, sandbox, "Visa ···· 4242")
    page.locator("#submitButton").click()

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900, 3000]


def test_from_our_own_dialog_paypal_leads_there_and_back(page, sandbox, settings, ferry, ada, log_in):
    settings.STRIPE_CHECKOUT = "session"
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")
    form = till.open_checkout(page, "Buy for $9.00")
    form.get_by_role("radio", name="PayPal").check()
    form.locator("#submitButton").click()

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Your checkout is still open")).to_be_visible()
    form = till.open_checkout(page, "Continue for $9.00")
    form.get_by_role("radio", name="PayPal").check()
    form.locator("#submitButton").click()
    page.get_by_role("button", name="Agree and pay").click()

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900]


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "paid"), ("fail", "pending")])
def test_without_javascript_a_bank_account_takes_days_and_the_page_says_so(
    plain_page, sandbox, ferry, ada, log_in, outcome, status
):
    log_in(plain_page, ada)
    plain_page.goto(f"/orders/?book={ferry.pk}")

    choose(plain_page, sandbox, "US bank account")
    plain_page.locator("#submitButton").click()

    expect(plain_page.get_by_text("This way of paying takes your bank a few minutes")).to_be_visible()
    expect(plain_page.get_by_text("Do not pay again.")).to_be_visible()
    [session] = till.sessions(sandbox)
    sandbox.end_session(session["id"], f"async_{outcome}")
    catch_up.reconcile(older_than=-sync.LONGEST_CALL)
    assert Order.objects.get().status == OrderStatus(status)
    plain_page.reload()
    if status == "paid":
        till.expect_thanks(plain_page)
    else:
        expect(plain_page.get_by_role("heading", name="Not paid yet")).to_be_visible()
