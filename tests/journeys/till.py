"""The steps of a payment, and what Stripe's ledger says afterwards."""

from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
# The bank of this card asks for confirmation each time.
CONFIRMED_CARD = "4000002760003184"


def open_modal(page):
    """Press the button of the purchase page; return the frame of Stripe's modal."""
    page.locator("button.stripe-button-el").click()
    modal = page.frame_locator("iframe[name=stripe_checkout_app]")
    expect(modal.locator("#card_number")).to_be_visible()
    return modal


def fill_in_card(page, number=GOOD_CARD):
    """Open the modal and fill it in; return its button that pays."""
    modal = open_modal(page)
    modal.locator("#card_number").fill(number)
    modal.locator("#cc-exp").fill("12 / 40")
    modal.locator("#cc-csc").fill("123")
    return modal.locator("#submitButton")


def pay(page, number=GOOD_CARD):
    """Buy what the open purchase page offers, with this card."""
    fill_in_card(page, number).click()


def open_checkout(page, button="Buy for $39.00"):
    """Press the button of a page that sells by Checkout Session; return the frame of Stripe's form."""
    page.get_by_role("button", name=button).click()
    frame = page.frame_locator("iframe[name=embedded-checkout]")
    expect(frame.locator("#card_number")).to_be_visible()
    return frame


def pay_in(checkout, number=GOOD_CARD):
    """Pay in Stripe's form, on Stripe's page or in a frame on ours."""
    checkout.locator("#card_number").fill(number)
    checkout.locator("#cc-exp").fill("12 / 40")
    checkout.locator("#cc-csc").fill("123")
    checkout.locator("#submitButton").click()


def close_modal(page):
    """Press the cross of the open modal until it is closed."""
    frame = page.locator("iframe[name=stripe_checkout_app]")
    _click_until_gone(frame, frame.content_frame.locator("#close"))


def answer_the_bank(page, answer="Complete authentication"):
    """Press a button in the bank's frame, which covers everything, until the frame is gone."""
    frame = page.locator("iframe[name=stripe-challenge-frame]")
    _click_until_gone(frame, frame.content_frame.get_by_role("button", name=answer))


def _click_until_gone(frame, button):
    """Click a button that closes its frame.

    The frame is a process of its own: a click that comes before that has drawn anything falls through, and
    one that closes it is not always acknowledged.
    """
    expect(button).to_be_visible()
    for _ in range(10):
        with suppress(TimeoutError):
            button.click(timeout=3_000)
        with suppress(TimeoutError):
            frame.wait_for(state="detached", timeout=3_000)
            return
    pytest.fail("The frame stays.")


def expect_thanks(page):
    """Wait until the page says that the order is paid."""
    expect(page.get_by_role("heading", name="Thank you for your order!")).to_be_visible()


def sessions(sandbox):
    """Return every Checkout Session, oldest first."""
    return sandbox.ledger("checkout_sessions")["checkout_sessions"]


def amounts_charged(sandbox):
    """Return the amount of every charge that took money, in cents."""
    return [charge["amount"] for charge in sandbox.charges if charge["status"] == "succeeded"]
