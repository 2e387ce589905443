"""Buying one book, a bundle, and the rest of a bundle: from the page with the offer to reading."""

import re

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_book, make_bundle
from orders.models import OrderStatus
from orders.tests.builders import make_order
from tests.journeys import till
from tests.journeys.test_accessibility import violations, violations_at

pytestmark = pytest.mark.browser

FACTS = {
    "accessMode": ["textual", "visual"],
    "accessModeSufficient": ["textual"],
    "accessibilityFeature": ["alternativeText", "displayTransformability"],
    "accessibilityHazard": ["none"],
}


@pytest.fixture
def tram(site):
    """Another book, dearer than the ferry, with accessibility details."""
    return make_book("The Late Tram", price=1200, chapters=2, accessibility=FACTS)


@pytest.fixture
def pair(ferry, tram):
    """Both books in a bundle, for less."""
    return make_bundle("Two Journeys", ferry, tram, price=1800)


def expect_open(page, book, *, chapters):
    """Turn from the open page of the reader to the second chapter."""
    page.get_by_role("link", name="Chapter 2").last.click()
    expect(page.get_by_text(f"Chapter 2 of {chapters}")).to_be_visible()
    expect(page.get_by_role("article")).to_contain_text("It rained.")
    assert str(book.pk) in page.url


def expect_closed(page, book):
    page.goto(f"/books/{book.pk}/read/2/")
    expect(page.get_by_text("It rained.")).to_have_count(0)


def test_one_book_is_bought_in_the_modal_and_read(page, sandbox, ferry, tram, ada, log_in):
    log_in(page, ada)
    page.goto("/books/")
    page.get_by_role("link", name="The Ferry at Low Water", exact=True).click()
    page.get_by_role("link", name="Buy for $9.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Ferry at Low Water")

    till.pay(page)

    till.expect_thanks(page)
    page.get_by_role("link", name="Start reading").click()
    expect_open(page, ferry, chapters=3)
    assert till.amounts_charged(sandbox) == [900]
    expect_closed(page, tram)


def test_a_card_in_the_catalogue_leads_straight_to_the_purchase_page(page, sandbox, ferry, tram, ada, log_in):
    log_in(page, ada)
    page.goto("/books/")

    page.get_by_role("link", name="Buy The Late Tram for $12.00").click()
    till.pay(page)

    till.expect_thanks(page)
    page.goto("/books/")
    expect(page.get_by_role("link", name="Read The Late Tram")).to_be_visible()
    expect(page.get_by_role("link", name="Buy The Ferry at Low Water for $9.00")).to_be_visible()
    assert till.amounts_charged(sandbox) == [1200]


def test_a_bundle_is_bought_in_the_embedded_checkout(page, sandbox, pair, ferry, ada, log_in, settings):
    settings.STRIPE_CHECKOUT = "session"
    log_in(page, ada)
    page.goto("/books/")
    page.get_by_role("link", name="Two Journeys").click()
    page.get_by_role("link", name="Buy for $18.00").click()

    till.pay_in(till.open_checkout(page, "Buy for $18.00"))

    till.expect_thanks(page)
    page.get_by_role("link", name="Start reading").click()
    expect(page.get_by_role("link", name="Read The Late Tram")).to_be_visible()
    page.get_by_role("link", name="Read The Ferry at Low Water").click()
    expect_open(page, ferry, chapters=3)
    assert till.amounts_charged(sandbox) == [1800]
    page.goto(pair.get_absolute_url())
    expect(page.get_by_text("You own every book in this bundle.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Buy"))).to_have_count(0)


def test_without_javascript_one_book_is_bought_on_stripe_s_page(plain_page, sandbox, ferry, ada, log_in):
    log_in(plain_page, ada)
    plain_page.goto(f"/books/{ferry.pk}/")
    plain_page.get_by_role("link", name="Buy for $9.00").click()

    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)

    till.expect_thanks(plain_page)
    plain_page.get_by_role("link", name="Start reading").click()
    expect_open(plain_page, ferry, chapters=3)
    assert till.amounts_charged(sandbox) == [900]


def test_after_a_book_the_rest_of_its_bundle_costs_the_difference(
    page, sandbox, pair, ferry, tram, ada, log_in
):
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")
    till.pay(page)
    till.expect_thanks(page)

    page.goto(pair.get_absolute_url())
    page.get_by_role("link", name="Complete the set for $9.00").click()
    expect(page.get_by_text("instead of $18.00")).to_be_visible()
    till.pay(page)

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900, 900]
    page.goto(f"/books/{tram.pk}/")
    page.get_by_role("link", name="Read", exact=True).click()
    expect_open(page, tram, chapters=2)


@pytest.mark.parametrize("checkout", ["token", "session"])
def test_a_bundle_that_is_already_paid_for_is_completed_for_free(
    page, sandbox, pair, ferry, tram, ada, log_in, settings, checkout
):
    settings.STRIPE_CHECKOUT = checkout
    for book in (ferry, tram):
        make_order(ada, product=book, status=OrderStatus.PAID)
    walk = make_book("The Long Walk")
    pair.books.add(walk)
    log_in(page, ada)

    page.goto(pair.get_absolute_url())
    page.get_by_role("link", name="Complete the set for free").click()
    expect(page.get_by_role("heading", name="Nothing more to pay")).to_be_visible()
    page.get_by_role("button", name="Add to my library for free").click()

    till.expect_thanks(page)
    expect(page.get_by_role("row", name="Total")).to_contain_text("$0.00")
    page.get_by_role("link", name="Start reading").click()
    page.get_by_role("link", name="Read The Long Walk").click()
    expect_open(page, walk, chapters=2)
    assert sandbox.charges == []
    assert till.sessions(sandbox) == []


def test_all_books_cost_less_after_a_book(page, sandbox, ferry, tram, ada, log_in):
    log_in(page, ada)
    page.goto(f"/orders/?book={ferry.pk}")
    till.pay(page)
    till.expect_thanks(page)

    page.goto("/books/")
    expect(page.get_by_text("$30.00")).to_be_visible()
    page.get_by_role("link", name="Purchase All Books").click()
    expect(page.get_by_text("instead of $39.00")).to_be_visible()
    till.pay(page)

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900, 3000]
    page.goto("/books/")
    expect(page.get_by_role("link", name="Read The Late Tram")).to_be_visible()


def test_the_catalogue_is_filtered_and_sorted_without_javascript(plain_page, ferry, tram):
    plain_page.goto("/books/")
    plain_page.get_by_text("Filter", exact=True).click()
    plain_page.get_by_label("Pictures are described").check()
    plain_page.get_by_label("Nothing flashes").check()
    plain_page.get_by_role("button", name="Show these books").click()

    expect(plain_page.get_by_text("1 book", exact=True)).to_be_visible()
    plain_page.get_by_role("link", name="Price", exact=True).click()
    expect(plain_page.get_by_label("Pictures are described")).to_be_checked()
    expect(plain_page.locator(".book-card-title")).to_have_text(["The Late Tram"])
    plain_page.get_by_role("link", name="Clear all").click()
    expect(plain_page.locator(".book-card-title")).to_have_text(["The Ferry at Low Water", "The Late Tram"])


def test_nothing_is_wider_than_the_smallest_phone(phone_page, sandbox, pair, ferry, tram, ada, log_in):
    log_in(phone_page, ada)
    make_order(ada, product=ferry, status=OrderStatus.PAID)
    item = f"bundle={pair.slug}"

    widths = {}
    for address in (
        "/books/?access=described",
        pair.get_absolute_url(),
        f"/books/{tram.pk}/",
        f"/orders/?{item}",
    ):
        phone_page.goto(address)
        widths[address] = phone_page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {320}, widths


def test_what_is_for_sale_is_accessible_in_every_state(page, sandbox, pair, ferry, tram, ada, log_in):
    found = violations_at(
        page, "/books/?access=described", pair.get_absolute_url(), f"/books/{tram.pk}/#accessibility"
    )
    page.get_by_text("All accessibility details").click()
    found += violations(page)
    log_in(page, ada)
    found += violations_at(page, f"/orders/?book={ferry.pk}", f"/orders/?bundle={pair.slug}")
    make_order(ada, product=ferry, status=OrderStatus.PAID)
    found += violations_at(
        page, pair.get_absolute_url(), f"/orders/?bundle={pair.slug}", "/orders/", "/books/"
    )
    make_order(ada, product=tram, status=OrderStatus.PAID)
    found += violations_at(page, pair.get_absolute_url())
    pair.books.add(make_book("The Long Walk"))
    found += violations_at(page, pair.get_absolute_url(), f"/orders/?bundle={pair.slug}")

    assert found == []
