"""The cart in a browser: gathered by a visitor, bought by a reader; paying without scrolling on a phone."""

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_book, make_bundle
from orders.tests.builders import make_code
from pages.tests.builders import make_page
from tests.journeys import till
from tests.journeys.test_accessibility import violations
from users.tests.builders import PASSWORD

pytestmark = pytest.mark.browser

# A common phone.
PHONE = {"width": 375, "height": 740}


@pytest.fixture
def tram(site):
    return make_book("The Late Tram", price=1200, chapters=2)


@pytest.fixture
def pair(ferry, tram):
    """Both books in a bundle, for less."""
    return make_bundle("Two Journeys", ferry, tram, price=1800)


def put_into_cart(page, address):
    page.goto(address)
    page.get_by_role("button", name="Add to cart").first.click()
    page.wait_for_url("/orders/cart/")


def test_a_visitor_gathers_two_books_logs_in_and_buys_them_at_once(page, sandbox, ferry, tram, ada):
    for book in (ferry, tram):
        put_into_cart(page, f"/books/{book.pk}/")
    expect(page.get_by_role("link", name="Cart (2)")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Log in").click()
    page.get_by_label("E-mail address").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Cart (2)").click()
    page.get_by_role("link", name="Buy all for $21.00").click()
    assert violations(page) == []
    till.pay(page)

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [2100]
    expect(page.get_by_role("link", name="Cart (2)")).to_have_count(0)
    for book in (ferry, tram):
        page.goto(f"/books/{book.pk}/read/2/")
        expect(page.get_by_role("article")).to_contain_text("It rained.")


def test_without_javascript_a_cart_becomes_the_bundle_that_costs_less(
    plain_page, sandbox, pair, ferry, tram, ada, log_in
):
    log_in(plain_page, ada)
    for book in (ferry, tram):
        put_into_cart(plain_page, f"/books/{book.pk}/")

    plain_page.get_by_role("button", name="Change to Two Journeys for $18.00").click()

    expect(plain_page.get_by_role("status")).to_have_text("Two Journeys is in your cart.")
    plain_page.get_by_role("link", name="Buy for $18.00").click()
    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)
    till.expect_thanks(plain_page)
    assert till.amounts_charged(sandbox) == [1800]


@pytest.mark.parametrize("what", ["a book", "the cart"])
def test_the_way_to_pay_is_on_the_first_screen_of_a_phone(page, sandbox, ferry, tram, ada, log_in, what):
    page.set_viewport_size(PHONE)
    log_in(page, ada)
    address = f"/orders/?book={ferry.pk}"
    if what == "the cart":
        put_into_cart(page, f"/books/{ferry.pk}/")
        put_into_cart(page, f"/books/{tram.pk}/")
        address = "/orders/?cart"

    page.goto(address)

    assert_pay_in_sight(page)


@pytest.mark.usefixtures("shop_as_stored")
def test_so_it_is_with_all_that_the_page_may_ask_a_stranger(page, sandbox):
    page.set_viewport_size(PHONE)
    make_page("Terms", "You may read it.", is_agreed_to=True)
    make_code()
    poems = make_book("Small Weather", subtitle="Poems", price=450, minimum_price=300)

    page.goto(f"/orders/?book={poems.pk}&amount=12&code=SPRING")

    for what in ("By paying you agree", "You choose the price", "Code SPRING", "Remind me once"):
        expect(page.get_by_text(what)).to_be_visible()
    assert_pay_in_sight(page)


def assert_pay_in_sight(page):
    box = page.locator("button.stripe-button-el").bounding_box()
    assert box["y"] + box["height"] <= PHONE["height"]
