"""What a guest on a phone buys that is more than one book: a bundle, All Books, a cart, copies for others.

One book is bought in test_guests, test_codes, test_ahead and test_gifts: with and without a code, for an
amount of one's own, free, ahead of its day, as a gift. All of these ways without a browser are in
orders/tests/checkout/test_every_way_to_buy.py.
"""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from books.tests.builders import make_book, make_bundle
from tests.journeys import till

pytestmark = pytest.mark.browser


@pytest.fixture
def tram(site):
    return make_book("The Late Tram", price=1200, chapters=2)


@pytest.fixture
def pair(ferry, tram):
    """Both books in a bundle, for less."""
    return make_bundle("Two Journeys", ferry, tram, price=1800)


def come_to_the_till(page, what, ferry, tram, pair):
    """Go as a buyer does from the page of something to the page that sells it."""
    if what == "a bundle":
        page.goto(pair.get_absolute_url())
        page.get_by_role("link", name="Buy for $18.00").first.click()
    elif what == "All Books":
        page.goto(reverse("bundle_detail", args=["all-books"]))
        page.get_by_role("link", name="Buy for $39.00").first.click()
    elif what == "a cart":
        for book in (ferry, tram):
            page.goto(f"/books/{book.pk}/")
            page.get_by_role("button", name="Add to cart").first.click()
            page.wait_for_url("/orders/cart/")
        page.get_by_role("link", name="Buy all for $21.00").click()
    else:
        page.goto(f"/books/{ferry.pk}/")
        page.get_by_role("link", name="Give it to somebody").click()
        several = page.get_by_role("form", name="Several copies")
        several.get_by_label("How many copies?").fill("25")
        several.get_by_role("button", name="Go on to payment").click()


@pytest.mark.parametrize(
    ("what", "amount", "found"),
    [
        ("a bundle", 1800, "Start reading"),
        ("All Books", 3900, "Start reading"),
        ("a cart", 2100, "Start reading"),
        ("25 copies", 22500, "Pass the copies on"),
    ],
)
def test_a_guest_on_a_phone_buys(phone, sandbox, ferry, tram, pair, what, amount, found):
    come_to_the_till(phone, what, ferry, tram, pair)
    box = phone.locator("button.stripe-button-el").bounding_box()
    assert box["y"] + box["height"] <= phone.viewport_size["height"]
    phone.get_by_label("Where shall we send your receipt?").fill("carol@example.com")

    till.pay(phone)

    till.expect_thanks(phone)
    phone.get_by_role("link", name=found).click()
    if found == "Start reading":
        expect(phone.get_by_role("link", name="Read The Late Tram").first).to_be_visible()
    else:
        expect(phone.get_by_role("main")).to_contain_text("0 of 25 taken.")
    assert till.amounts_charged(sandbox) == [amount]
