"""The shop on the smallest phone: 320 pixels wide, used by touch."""

import pytest
from playwright.sync_api import expect

from books.models import Position
from books.tests.builders import make_book, make_reader
from tests.journeys import till

pytestmark = pytest.mark.browser


def assert_fits(page):
    """Nothing is wider than the screen, so that nobody has to scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_whole_purchase_fits_the_smallest_phone(phone_page, sandbox, ferry, ada, log_in):
    log_in(phone_page, ada)
    phone_page.goto("/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="Books", exact=True).tap()
    phone_page.wait_for_url("/books/")
    assert_fits(phone_page)
    phone_page.get_by_role("link", name="The Ferry at Low Water", exact=True).tap()
    phone_page.wait_for_url(f"/books/{ferry.pk}/")
    assert_fits(phone_page)
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
