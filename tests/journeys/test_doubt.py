"""Stripe stops answering in the middle of a payment."""

import pytest
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser


def test_a_payment_in_doubt_says_not_to_pay_again_and_turns_into_thanks_on_its_own(
    page, sandbox, ferry, ada, log_in
):
    log_in(page, ada)
    page.goto("/orders/")
    # The library asks twice.
    sandbox.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
    sandbox.go_wrong("GET /v1/payment_intents/*", "error_500", times=100)

    till.pay(page)

    said = page.get_by_role("status")
    expect(said).to_contain_text("We are confirming your payment. Do not pay again.")
    expect(page.locator("button.stripe-button-el")).to_have_count(0)

    sandbox.clear_faults()

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [3900]
