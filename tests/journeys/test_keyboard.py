"""The shop without a mouse."""

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_staff
from tests.journeys import till
from tests.journeys.keys import press

pytestmark = pytest.mark.browser

# More than the links and fields of any page.
MOST_TABS = 60


def tab_to(page, target):
    """Press Tab until the target has focus; fail if it cannot be reached."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab never reaches {target}")


def follow(page, name):
    """Reach a link by Tab and press Enter."""
    link = page.get_by_role("link", name=name)
    tab_to(page, link)
    press(link, "Enter")


def test_a_reader_buys_and_reads_with_the_keyboard_alone(page, sandbox, ferry, ada, log_in):
    log_in(page, ada)
    page.goto("/books/")
    follow(page, "Purchase All Books")
    page.wait_for_url("/orders/")
    buy = page.locator("button.stripe-button-el")
    modal = page.frame_locator("iframe[name=stripe_checkout_app]")

    tab_to(page, buy)
    page.keyboard.press("Enter")
    press(modal.locator("#card_number"), "Escape")
    expect(buy).to_be_focused()

    page.keyboard.press("Enter")
    expect(modal.locator("#card_number")).to_be_focused()
    page.keyboard.type(till.GOOD_CARD)
    page.keyboard.press("Tab")
    page.keyboard.type("1240")
    page.keyboard.press("Tab")
    page.keyboard.type("123")
    press(modal.locator("#cc-csc"), "Enter")
    till.expect_thanks(page)

    follow(page, "Start reading")
    page.wait_for_url("/library/")
    follow(page, "Read The Ferry at Low Water")
    page.wait_for_url(f"/books/{ferry.pk}/read/1/")
    expect(page.get_by_role("article")).to_contain_text("It rained.")
    assert till.amounts_charged(sandbox) == [3900]


def test_the_checkout_opens_closes_and_pays_with_the_keyboard_alone(
    page, sandbox, ferry, ada, log_in, settings
):
    settings.STRIPE_CHECKOUT = "session"
    log_in(page, ada)
    page.goto("/orders/")
    buy = page.get_by_role("button", name="Buy for $39.00")
    close = page.get_by_role("button", name="Close")
    checkout = page.frame_locator("iframe[name=embedded-checkout]")

    tab_to(page, buy)
    page.keyboard.press("Enter")
    expect(close).to_be_focused()
    page.keyboard.press("Escape")
    expect(buy).to_be_focused()
    expect(close).to_be_hidden()

    page.keyboard.press("Enter")
    expect(checkout.locator("#card_number")).to_be_visible()
    expect(close).to_be_focused()
    page.keyboard.press("Tab")
    expect(checkout.get_by_role("radio", name="Card")).to_be_focused()
    page.keyboard.press("Tab")
    expect(checkout.locator("#card_number")).to_be_focused()
    page.keyboard.type(till.CONFIRMED_CARD)
    page.keyboard.press("Tab")
    page.keyboard.type("1240")
    page.keyboard.press("Tab")
    page.keyboard.type("123")
    press(checkout.locator("#cc-csc"), "Enter")

    confirm = page.frame_locator("iframe[name=stripe-challenge-frame]").locator("#complete")
    press(confirm, "Enter")
    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [3900]


def test_tab_does_not_lead_out_of_the_open_checkout(page, sandbox, ferry, ada, log_in, settings):
    settings.STRIPE_CHECKOUT = "session"
    log_in(page, ada)
    page.goto("/orders/")
    till.open_checkout(page)

    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('body, dialog, dialog *')")


def test_the_tab_key_stops_only_at_listings_that_scroll(page, ferry):
    wide = "<pre tabindex='0'>" + "x" * 1000 + "</pre>"
    ferry.chapters.filter(number=1).update(html=f"<pre tabindex='0'>short</pre>{wide}")

    page.goto(f"/books/{ferry.pk}/read/1/")

    listings = page.locator(".reader-text pre")
    expect(listings.nth(0)).to_have_attribute("tabindex", "-1")
    expect(listings.nth(1)).to_have_attribute("tabindex", "0")


def test_staff_choose_from_lists_that_have_the_names_of_their_fields(page, ferry, log_in):
    log_in(page, make_staff())
    page.goto("/admin/books/grant/add/")
    for name in ("User", "Book", "Bundle"):
        expect(page.get_by_role("combobox", name=name, exact=False).first).to_be_visible()
    page.goto(f"/admin/books/book/{ferry.pk}/change/")

    page.get_by_role("button", name="Add another Authorship").click()

    expect(page.get_by_role("combobox", name="Author")).to_have_count(3)
    expect(page.get_by_role("searchbox", name="Subjects")).to_be_visible()


def test_staff_hide_the_list_of_pages_and_it_stays_hidden(page, ferry, log_in):
    log_in(page, make_staff())
    page.goto("/admin/books/book/")
    sidebar = page.get_by_role("navigation", name="Everything in the admin")
    expect(sidebar).to_be_visible()

    page.get_by_role("button", name="Menu", expanded=True).click()
    expect(sidebar).to_be_hidden()
    page.goto("/admin/orders/order/")
    expect(sidebar).to_be_hidden()

    page.get_by_role("button", name="Menu", expanded=False).click()
    expect(sidebar).to_be_visible()
