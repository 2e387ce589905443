"""In a shop that sells by card token: what that form cannot pay, Stripe's page can, for the same order."""

import re

import pytest
from playwright.sync_api import expect

from orders.models import AttemptOutcome, Order
from tests.journeys import till

pytestmark = pytest.mark.browser


@pytest.fixture
def purchase_page(page, sandbox, ferry, ada, log_in):
    """The purchase page, open in front of Ada."""
    log_in(page, ada)
    page.goto("/orders/")
    return page


def pay_on_stripes_page(page, sandbox, button, number=till.GOOD_CARD):
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(f"^{re.escape(sandbox.url)}/c/pay/"))
    till.pay_in(page, number)


def outcomes():
    """Return how the attempts of the one order ended."""
    return [attempt.outcome for attempt in Order.objects.get().attempts.all()]


def test_a_card_that_needs_its_bank_s_confirmation_pays_the_same_order_on_stripe_s_page(
    purchase_page, sandbox
):
    till.pay(purchase_page, till.CONFIRMED_CARD)
    expect(
        purchase_page.get_by_role("heading", name="Your bank wants to confirm this payment")
    ).to_be_visible()
    assert till.amounts_charged(sandbox) == []

    pay_on_stripes_page(purchase_page, sandbox, "Continue for $39.00", till.CONFIRMED_CARD)
    purchase_page.get_by_role("button", name="Complete authentication").click()

    till.expect_thanks(purchase_page)
    assert outcomes() == [AttemptOutcome.DECLINED, AttemptOutcome.SUCCEEDED]
    assert till.amounts_charged(sandbox) == [3900]


def test_an_account_that_refuses_tokens_is_paid_on_stripe_s_page(purchase_page, sandbox, settings):
    settings.STRIPE_TOKEN_API = "charges"
    sandbox.set_policies(charges_api="refused")
    till.pay(purchase_page)
    expect(purchase_page.get_by_text("Our card form can’t take payments right now.")).to_be_visible()

    pay_on_stripes_page(purchase_page, sandbox, "Continue for $39.00")

    till.expect_thanks(purchase_page)
    assert outcomes() == [AttemptOutcome.FAILED, AttemptOutcome.SUCCEEDED]
    assert till.amounts_charged(sandbox) == [3900]


def test_where_the_form_takes_no_card_at_all_the_button_beneath_it_pays(purchase_page, sandbox):
    sandbox.set_policies(card_tokens="refused")
    pay = till.fill_in_card(purchase_page)
    pay.click()
    modal = purchase_page.frame_locator("iframe[name=stripe_checkout_app]")
    expect(modal.get_by_role("alert").filter(has_text=re.compile("."))).to_be_visible()
    purchase_page.problems.clear()  # that Stripe refused the token
    till.close_modal(purchase_page)

    pay_on_stripes_page(purchase_page, sandbox, "More ways to pay")

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_after_looking_at_stripe_s_page_a_card_in_the_form_pays_once(purchase_page, sandbox):
    purchase_page.get_by_role("button", name="More ways to pay").click()
    purchase_page.get_by_role("link", name="Back").click()
    purchase_page.get_by_role("link", name="Back to checkout").click()

    till.pay(purchase_page)

    till.expect_thanks(purchase_page)
    assert [session["status"] for session in till.sessions(sandbox)] == ["expired"]
    assert till.amounts_charged(sandbox) == [3900]
