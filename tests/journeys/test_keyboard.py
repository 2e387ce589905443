"""The shop without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.journeys import till

pytestmark = pytest.mark.browser

# More than any page has links and fields.
MOST_TABS = 60


def tab_to(page, target):
    """Press Tab until the target has the focus; fail if it cannot be reached."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab never reaches {target}")


def follow(page, name):
    """Reach a link by Tab and press Enter."""
    tab_to(page, page.get_by_role("link", name=name))
    page.keyboard.press("Enter")


def test_a_reader_buys_and_reads_with_the_keyboard_alone(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    page.goto("/books/")
    follow(page, "Purchase All Books")
    page.wait_for_url("/orders/")
    buy = page.locator("button.stripe-button-el")
    modal = page.frame_locator("iframe[name=stripe_checkout_app]")

    tab_to(page, buy)
    page.keyboard.press("Enter")
    expect(modal.locator("#card_number")).to_be_focused()
    page.keyboard.press("Escape")
    expect(buy).to_be_focused()

    page.keyboard.press("Enter")
    expect(modal.locator("#card_number")).to_be_focused()
    page.keyboard.type(till.GOOD_CARD)
    page.keyboard.press("Tab")
    page.keyboard.type("1240")
    page.keyboard.press("Tab")
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    till.expect_thanks(page)

    follow(page, "Start reading")
    page.wait_for_url("/books/")
    follow(page, "Read The Ferry at Low Water")
    page.wait_for_url(f"/books/{ferry.pk}/read/1/")
    expect(page.get_by_role("article")).to_contain_text("It rained.")
    assert till.amounts_charged(sandbox) == [3900]
