"""The shop on the smallest phone: 320 pixels wide, used by touch."""

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from books.models import Position
from books.tests.builders import make_book, make_reader
from tests.journeys import till
from tests.shop import shop

pytestmark = pytest.mark.browser

# Pixels.
MOST_OF_HEADER = 56
TARGET = 44


def assert_fits(page):
    """Nothing is wider than the screen, so that nobody has to scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_whole_purchase_fits_the_smallest_phone(phone_page, sandbox, ferry, ada, log_in):
    log_in(phone_page, ada)
    phone_page.goto("/")
    assert_fits(phone_page)
    phone_page.get_by_role("button", name="Menu", exact=True).tap()
    phone_page.get_by_role("link", name="Books", exact=True).tap()
    phone_page.wait_for_url("/books/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="The Ferry at Low Water", exact=True).tap()
    phone_page.wait_for_url(f"/books/{ferry.pk}/")
    assert_fits(phone_page)
    bar = phone_page.get_by_role("link", name="Buy The Ferry at Low Water for $9.00")
    phone_page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(bar).to_be_in_viewport()
    # What the bar would cover scrolls clear of it, and it is gone once the page's own button is in sight.
    phone_page.get_by_role("link", name="Buy for $9.00").scroll_into_view_if_needed()
    expect(bar).not_to_be_visible()
    phone_page.get_by_role("link", name="Buy for $9.00").tap()
    phone_page.wait_for_url(f"/orders/?book={ferry.pk}")
    assert_fits(phone_page)

    pay = till.fill_in_card(phone_page)
    assert pay.evaluate("document.documentElement.scrollWidth") == 320
    pay.tap()
    till.expect_thanks(phone_page)
    assert_fits(phone_page)

    phone_page.get_by_role("link", name="All my orders").tap()
    phone_page.wait_for_url("/orders/history/")
    assert_fits(phone_page)
    phone_page.goto(f"/books/{ferry.pk}/read/2/")
    expect(phone_page.get_by_text("Chapter 2 of 3")).to_be_visible()
    assert_fits(phone_page)
    assert till.amounts_charged(sandbox) == [900]


def test_a_long_title_breaks_with_the_words_around_it(phone_page, log_in):
    reader = make_reader("ada", all_books=True)
    book = make_book("The Ferry at Low Water in Winter")
    Position.objects.keep(reader, book.chapters.get(number=2), 0)
    log_in(phone_page, reader)

    phone_page.goto("/")

    title = phone_page.get_by_role("link", name="Continue “").locator("bdi")
    # Were it a box apart from the words, it would have one rectangle, however many lines.
    assert title.evaluate("element => element.getClientRects().length") > 1


@pytest.mark.parametrize("address", ["/", "/books/", "/about/", "/accounts/login/", "/no-such-page/"])
def test_the_header_is_one_row(phone_page, ferry, address):
    phone_page.goto(address)

    assert phone_page.locator(".site-bar").bounding_box()["height"] <= MOST_OF_HEADER
    for name in ("Search", "Menu"):
        box = phone_page.get_by_role("button", name=name, exact=True).bounding_box()
        assert (box["width"], box["height"]) >= (TARGET, TARGET)


@override_settings(SHOP=shop(name="The Very Long-Winded Booksellers of Lantern Quay and Harbour"))
def test_the_header_is_one_row_at_every_width_whatever_the_shop_is_called(page, reader, log_in):
    log_in(page, reader)
    page.goto("/about/")

    for width in (320, 375, 767, 768, 1024, 1151, 1152, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 740})
        bar = page.locator(".site-bar").bounding_box()
        name = page.locator(".site-bar .shop-name").bounding_box()
        assert bar["height"] <= MOST_OF_HEADER, width
        assert name["width"] >= TARGET, width
        assert page.evaluate("document.documentElement.scrollWidth") == width
    name = page.locator(".site-bar .shop-name")
    expect(name).to_have_attribute("title", "The Very Long-Winded Booksellers of Lantern Quay and Harbour")


def test_the_header_says_how_many_things_are_in_the_cart(phone_page, ferry):
    phone_page.goto(f"/books/{ferry.pk}/")
    expect(phone_page.get_by_role("link", name="Cart: 1 thing")).to_have_count(0)

    phone_page.get_by_role("button", name="Add to cart").tap()
    phone_page.wait_for_url("/orders/cart/")
    phone_page.goto("/books/")
    phone_page.get_by_role("link", name="Cart: 1 thing").tap()

    phone_page.wait_for_url("/orders/cart/")
    assert phone_page.locator(".site-bar").bounding_box()["height"] <= MOST_OF_HEADER
    assert_fits(phone_page)


def test_the_menu_and_the_search_open_without_a_script(site, browser, ferry):
    options = {"viewport": {"width": 375, "height": 740}, "java_script_enabled": False}
    with browser.page(site, **options) as page:
        page.goto("/")
        expect(page.get_by_role("link", name="Log in")).not_to_be_visible()

        page.get_by_role("button", name="Menu", exact=True).click()
        expect(page.get_by_role("link", name="Log in")).to_be_visible()
        page.get_by_role("button", name="Close the menu").click()
        expect(page.get_by_role("link", name="Log in")).not_to_be_visible()

        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_label("Search the books").fill("ferry")
        page.get_by_label("Search the books").press("Enter")
        page.wait_for_url("/books/search/?q=ferry")


def test_the_bar_with_the_price_covers_nothing_at_the_end_of_the_page(phone_page, ferry):
    phone_page.goto(f"/books/{ferry.pk}/")

    phone_page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    bar = phone_page.locator(".buy-bar").bounding_box()
    footer = phone_page.locator(".site-footer").bounding_box()
    assert footer["y"] + footer["height"] <= bar["y"] + 1
    assert_fits(phone_page)


def test_who_owns_the_book_sees_no_bar(phone_page, ferry, reader, log_in):
    log_in(phone_page, reader)
    phone_page.goto(f"/books/{ferry.pk}/")

    expect(phone_page.locator(".buy-bar")).to_have_count(0)
