"""Cards that fail, double clicks, tabs and the back button. Nobody pays twice."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys import till
from users.authentication.sessions import end_sessions
from users.tests.builders import PASSWORD

pytestmark = pytest.mark.browser

SEND_EVERY_FORM_TWICE = """() => {
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () {
    const body = new URLSearchParams(new FormData(this));
    fetch(this.action, { method: "POST", body, keepalive: true }).catch(() => {});
    submit.call(this);
  };
}"""


@pytest.fixture
def purchase_page(page, sandbox, ferry, ada, log_in):
    """The purchase page, open in front of Ada."""
    log_in(page, ada)
    page.goto("/orders/")
    return page


def expect_already_owned(page, said="You already own All Books, so nothing was charged this time."):
    """Wait for the books, and for the sentence that says why they are shown."""
    page.wait_for_url("/books/")
    expect(page.get_by_role("status")).to_have_text(said)
    expect(page.get_by_role("link", name="Read The Ferry at Low Water")).to_be_visible()


def test_a_declined_card_is_explained_and_another_one_pays(purchase_page, sandbox):
    till.pay(purchase_page, till.DECLINED_CARD)

    expect(purchase_page.get_by_role("alert")).to_contain_text("Your card was declined.")
    assert till.amounts_charged(sandbox) == []

    till.pay(purchase_page, till.GOOD_CARD)

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_double_click_on_pay_charges_once(purchase_page, sandbox):
    till.fill_in_card(purchase_page).dblclick()

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_a_form_sent_twice_at_once_charges_once(purchase_page, sandbox):
    sent = []
    purchase_page.on("request", lambda request: sent.append(f"{request.method} {urlsplit(request.url).path}"))
    # Long enough for the second post to arrive while Stripe handles the first.
    sandbox.go_wrong("POST /v1/payment_intents/*/confirm", "delay", seconds=1)
    purchase_page.evaluate(SEND_EVERY_FORM_TWICE)

    till.pay(purchase_page)

    till.expect_thanks(purchase_page)
    assert sent.count("POST /orders/charge/") == 2
    assert till.amounts_charged(sandbox) == [3900]


def test_going_back_after_paying_offers_nothing_to_pay(purchase_page, sandbox):
    till.pay(purchase_page)
    till.expect_thanks(purchase_page)

    purchase_page.go_back()

    expect_already_owned(purchase_page, "You already own All Books.")
    expect(purchase_page.locator("button.stripe-button-el")).to_have_count(0)
    assert till.amounts_charged(sandbox) == [3900]


def test_loading_the_thanks_again_charges_nothing(purchase_page, sandbox):
    till.pay(purchase_page)
    till.expect_thanks(purchase_page)

    purchase_page.reload()

    till.expect_thanks(purchase_page)
    assert till.amounts_charged(sandbox) == [3900]


def test_paying_in_two_tabs_charges_once_and_the_second_ends_at_the_books(purchase_page, sandbox):
    second_tab = purchase_page.context.new_page()
    second_tab.goto("/orders/")
    pay_in_second_tab = till.fill_in_card(second_tab)

    till.pay(purchase_page)
    till.expect_thanks(purchase_page)
    pay_in_second_tab.click()

    expect_already_owned(second_tab)
    assert till.amounts_charged(sandbox) == [3900]


def test_closing_the_modal_charges_nothing(purchase_page, sandbox):
    till.open_modal(purchase_page)

    till.close_modal(purchase_page)

    expect(purchase_page.locator("button.stripe-button-el")).to_be_focused()
    assert sandbox.charges == []


def test_a_session_that_ends_while_paying_leads_back_to_the_same_book(page, sandbox, ferry, ada):
    def log_in():
        page.get_by_label("E-mail address").fill(ada.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()

    page.goto(f"/orders/?book={ferry.pk}")
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    log_in()
    pay = till.fill_in_card(page)
    end_sessions([ada])
    pay.click()
    log_in()

    page.wait_for_url(f"/orders/?book={ferry.pk}")
    expect(page.get_by_role("main")).to_contain_text("$9.00")
    assert till.amounts_charged(sandbox) == []
    till.pay(page)
    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900]
