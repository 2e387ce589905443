"""Paying in a Checkout Session: in a dialog on our page, or on Stripe's page."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _sells_by_session(settings):
    settings.STRIPE_CHECKOUT = "session"


@pytest.fixture
def purchase_page(page, sandbox, ferry, ada, log_in):
    """The purchase page, open in front of Ada."""
    log_in(page, ada)
    page.goto("/orders/")
    return page


def dialog(page):
    return page.get_by_role("dialog", name="Pay for All Books")


def expect_on_stripes_page(page, sandbox):
    page.wait_for_url(re.compile(f"^{re.escape(sandbox.url)}/c/pay/"))


def test_a_buyer_pays_without_leaving_the_page(purchase_page, sandbox):
    till.pay_in(till.open_checkout(purchase_page))

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]
    assert [session["ui_mode"] for session in till.sessions(sandbox)] == ["embedded_page"]


def test_a_buyer_pays_on_the_smallest_phone(phone_page, sandbox, ferry, ada, log_in):
    log_in(phone_page, ada)
    phone_page.goto("/orders/")

    checkout = till.open_checkout(phone_page)
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 320
    assert dialog(phone_page).evaluate("element => element.scrollWidth") == 320
    till.pay_in(checkout)

    till.expect_thanks(phone_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_the_bank_confirms_over_the_dialog(purchase_page, sandbox):
    till.pay_in(till.open_checkout(purchase_page), till.CONFIRMED_CARD)

    till.answer_the_bank(purchase_page)

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_refusal_by_the_bank_is_explained_and_another_card_pays(purchase_page, sandbox):
    checkout = till.open_checkout(purchase_page)
    till.pay_in(checkout, till.CONFIRMED_CARD)
    till.answer_the_bank(purchase_page, "Fail authentication")
    expect(checkout.locator("#payment-error")).not_to_be_empty()
    assert till.amounts_charged(sandbox) == []

    till.pay_in(checkout, till.GOOD_CARD)

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]
    assert len(till.sessions(sandbox)) == 1


def test_after_a_declined_card_another_one_pays_in_the_same_session(purchase_page, sandbox):
    checkout = till.open_checkout(purchase_page)
    till.pay_in(checkout, till.DECLINED_CARD)
    expect(checkout.get_by_text("Your card was declined.")).to_be_visible()

    till.pay_in(checkout, till.GOOD_CARD)

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]
    assert len(till.sessions(sandbox)) == 1


def test_the_dialog_closes_and_opens_again_on_the_same_session(purchase_page, sandbox):
    buy = purchase_page.get_by_role("button", name="Buy for $39.00")
    till.open_checkout(purchase_page)
    expect(purchase_page.locator("main")).to_have_js_property("inert", True)

    purchase_page.get_by_role("button", name="Close").click()

    expect(dialog(purchase_page)).to_be_hidden()
    expect(buy).to_be_focused()
    expect(purchase_page.locator("main")).to_have_js_property("inert", False)
    till.pay_in(till.open_checkout(purchase_page))
    till.expect_thanks(purchase_page)
    assert len(till.sessions(sandbox)) == 1
    assert till.amounts_charged(sandbox) == [3900]


def test_a_double_click_opens_one_session(purchase_page, sandbox):
    posts = []
    purchase_page.on(
        "request", lambda request: posts.append(request.url) if request.method == "POST" else None
    )
    held = []
    purchase_page.route("**/orders/session/", lambda route: held.append(route))

    buy = purchase_page.get_by_role("button", name="Buy for $39.00")
    buy.dblclick()

    expect(buy).to_have_attribute("aria-busy", "true")
    while not held:
        purchase_page.wait_for_timeout(50)
    held.pop().continue_()
    expect(
        purchase_page.frame_locator("iframe[name=embedded-checkout]").locator("#card_number")
    ).to_be_visible()
    expect(buy).to_have_attribute("aria-busy", "false")
    assert len(posts) == 1
    assert len(till.sessions(sandbox)) == 1


def test_without_stripe_s_script_the_form_leads_to_stripe_s_page(purchase_page, sandbox):
    purchase_page.route("**/stripe.js", lambda route: route.abort())

    purchase_page.get_by_role("button", name="Buy for $39.00").click()

    expect_on_stripes_page(purchase_page, sandbox)
    purchase_page.problems.clear()  # that the script was not loaded
    till.pay_in(purchase_page)
    till.expect_thanks(purchase_page)
    assert [session["ui_mode"] for session in till.sessions(sandbox)] == ["hosted_page"]


def test_without_javascript_a_buyer_pays_on_stripe_s_page(plain_page, sandbox, ferry, ada, log_in):
    log_in(plain_page, ada)
    plain_page.goto("/orders/")

    plain_page.get_by_role("button", name="Buy for $39.00").click()
    expect_on_stripes_page(plain_page, sandbox)
    till.pay_in(plain_page)

    till.expect_thanks(plain_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_buyer_who_comes_back_from_stripe_s_page_unpaid_can_continue(
    plain_page, sandbox, ferry, ada, log_in
):
    log_in(plain_page, ada)
    plain_page.goto("/orders/")
    plain_page.get_by_role("button", name="Buy for $39.00").click()
    expect_on_stripes_page(plain_page, sandbox)

    plain_page.get_by_role("link", name="Back").click()

    expect(plain_page.get_by_role("heading", name="Not paid yet")).to_be_visible()
    expect(plain_page.get_by_text("You have not been charged.")).to_be_visible()
    plain_page.get_by_role("button", name="Continue for $39.00").click()
    expect_on_stripes_page(plain_page, sandbox)
    till.pay_in(plain_page)
    till.expect_thanks(plain_page)
    assert len(till.sessions(sandbox)) == 1
    assert till.amounts_charged(sandbox) == [3900]


def test_the_shop_waits_for_a_bank_that_takes_days(purchase_page, sandbox):
    till.open_checkout(purchase_page)
    [session] = till.sessions(sandbox)
    sandbox.end_session(session["id"], "complete_unpaid")

    purchase_page.goto(f"/orders/return/?session_id={session['id']}")

    said = purchase_page.get_by_role("status")
    expect(said).to_contain_text("We are confirming your payment. Do not pay again.")
    expect(said).to_contain_text("This way of paying takes your bank")

    sandbox.end_session(session["id"], "async_succeed")
    purchase_page.get_by_role("link", name="Check again now").click()

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_session_paid_behind_the_closed_dialog_is_noticed(purchase_page, sandbox):
    till.open_checkout(purchase_page)
    purchase_page.get_by_role("button", name="Close").click()
    [session] = till.sessions(sandbox)
    sandbox.pay_session(session["id"], number=till.GOOD_CARD)

    purchase_page.get_by_role("button", name="Buy for $39.00").click()

    expect(
        purchase_page.get_by_text("You already own All Books, so nothing was charged this time.")
    ).to_be_visible()
    purchase_page.problems.clear()  # that the shop answered 409
    assert till.amounts_charged(sandbox) == [3900]


def test_an_unfinished_payment_continues_from_the_order_s_page(purchase_page, sandbox):
    till.open_checkout(purchase_page)
    purchase_page.get_by_role("button", name="Close").click()
    purchase_page.get_by_role("link", name="My orders").click()
    purchase_page.locator(".order-table a").click()
    expect(purchase_page.get_by_text("Your checkout is still open")).to_be_visible()

    till.pay_in(till.open_checkout(purchase_page, "Continue for $39.00"))

    till.expect_thanks(purchase_page)
    assert len(till.sessions(sandbox)) == 1
    assert till.amounts_charged(sandbox) == [3900]


def test_if_stripe_is_away_the_page_says_so_and_the_button_is_there_again(purchase_page, sandbox):
    sandbox.go_wrong("POST /v1/checkout/sessions", "drop_before", times=2)
    buy = purchase_page.get_by_role("button", name="Buy for $39.00")

    buy.click()

    said = purchase_page.get_by_role("alert")
    expect(said).to_contain_text("Stripe could not be reached. You have not been charged.")
    purchase_page.problems.clear()  # that the shop answered 409
    till.pay_in(till.open_checkout(purchase_page))
    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_after_too_many_tries_the_buyer_is_told_to_wait(purchase_page, sandbox, monkeypatch):
    monkeypatch.setattr("orders.checkout.claims.ATTEMPTS_PER_HOUR", 0)

    purchase_page.get_by_role("button", name="Buy for $39.00").click()

    expect(purchase_page.get_by_role("heading", name="Too many attempts")).to_be_visible()
    purchase_page.problems.clear()  # that the shop answered 429
    assert till.sessions(sandbox) == []
