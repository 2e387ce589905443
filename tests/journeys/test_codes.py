"""Paying less, what one wants, or not at all: with a code, by choosing the price, and for free books."""

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_book
from orders.tests.builders import make_code
from tests.journeys import till
from tests.journeys.test_accessibility import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def tides(site):
    """A book whose buyers choose the price."""
    return make_book("Tides", price=900, minimum_price=300, chapters=2)


def is_in_sight(page, button):
    box = button.bounding_box()
    return box["y"] + box["height"] <= page.viewport_size["height"]


def give_address(page):
    page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")


def test_a_guest_on_a_phone_pays_less_by_the_code_in_a_link(phone, sandbox, ferry):
    make_code("SPRING")
    phone.goto(f"/books/{ferry.pk}/?code=spring")
    phone.get_by_role("link", name="Buy for $9.00").first.click()
    expect(phone.get_by_role("main")).to_contain_text("Code SPRING: $2.25 off")
    assert is_in_sight(phone, phone.locator("button.stripe-button-el"))
    assert violations(phone) == []

    give_address(phone)
    till.pay(phone)

    till.expect_thanks(phone)
    expect(phone.get_by_role("main")).to_contain_text("$2.25 off with code SPRING")
    assert till.amounts_charged(sandbox) == [675]


def test_a_code_for_all_of_it_is_typed_without_javascript_and_takes_no_card(plain_page, sandbox, ferry):
    make_code("REVIEW", percent=100, most_uses=1)
    plain_page.goto(f"/orders/?book={ferry.pk}")
    plain_page.get_by_text("Have a discount code?").click()
    plain_page.get_by_label("Discount code").fill("nonsense")
    plain_page.get_by_role("button", name="Use the code").click()
    expect(plain_page.get_by_text("We don’t know this code.")).to_be_visible()
    plain_page.get_by_label("Discount code").fill("review")
    plain_page.get_by_role("button", name="Use the code").click()

    give_address(plain_page)
    plain_page.get_by_role("button", name="Add to my library for free").click()

    till.expect_thanks(plain_page)
    assert till.amounts_charged(sandbox) == []


def test_a_guest_on_a_phone_chooses_what_to_pay(phone, sandbox, tides):
    phone.goto(f"/books/{tides.pk}/")
    phone.get_by_role("link", name="Buy from $3.00").first.click()
    phone.get_by_role("link", name="$18.00").click()
    phone.get_by_label("Another amount in USD").fill("2")
    phone.get_by_role("button", name="Change").click()
    expect(phone.get_by_role("alert")).to_contain_text("Tides costs at least $3.00.")
    phone.get_by_label("Another amount in USD").fill("5")
    phone.get_by_role("button", name="Change").click()
    expect(phone.get_by_role("main")).to_contain_text("$2.00 of it is a tip")
    assert violations(phone) == []

    give_address(phone)
    till.pay(phone)

    till.expect_thanks(phone)
    assert till.amounts_charged(sandbox) == [500]


def test_a_free_book_is_taken_with_an_address(phone, sandbox):
    book = make_book("The Pier", price=0, chapters=2)
    phone.goto(f"/books/{book.pk}/")
    phone.get_by_role("link", name="Get it free").first.click()
    assert is_in_sight(phone, phone.get_by_role("button", name="Get it free"))

    give_address(phone)
    phone.get_by_role("button", name="Get it free").click()

    till.expect_thanks(phone)
    phone.get_by_role("link", name="Start reading").click()
    expect(phone.get_by_text("Chapter 1 of 2")).to_be_visible()
    assert till.amounts_charged(sandbox) == []
