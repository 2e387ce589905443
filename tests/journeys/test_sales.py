"""A sale, bought by a guest on a phone; and a page that was held open past its end."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from books.models import Book, Sale
from tests.journeys import till

pytestmark = pytest.mark.browser

WAS = "Lowest price of the 30 days before: $9.00"


@pytest.fixture
def sale(ferry):
    """The book at half its price, for another hour."""
    now = timezone.now()
    Book.objects.filter(pk=ferry.pk).update(first_published_at=now - timedelta(days=400))
    sale = Sale.objects.create(
        name="Today", begins=now - timedelta(hours=1), ends=now + timedelta(hours=1), percent=50
    )
    sale.books.add(ferry)
    return sale


def test_a_guest_on_a_phone_buys_at_the_price_of_the_sale(phone_page, sandbox, ferry, sale):
    phone_page.goto("/books/")
    expect(phone_page.get_by_role("listitem").filter(has_text="The Ferry")).to_contain_text(WAS)
    phone_page.goto(ferry.get_absolute_url())
    expect(phone_page.get_by_text(WAS)).to_be_visible()
    phone_page.get_by_role("link", name="Buy for $4.50").click()
    expect(phone_page.get_by_text(WAS)).to_be_visible()
    phone_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    till.pay(phone_page)

    till.expect_thanks(phone_page)
    expect(phone_page.get_by_role("main")).to_contain_text(
        "Lowest price of the 30 days before the sale: $9.00"
    )
    assert till.amounts_charged(sandbox) == [450]


def test_the_cart_has_room_for_the_title_beside_the_lowest_price_of_the_30_days(phone_page, ferry, sale):
    phone_page.goto(ferry.get_absolute_url())
    phone_page.get_by_role("button", name="Add to cart").first.click()
    phone_page.wait_for_url("/orders/cart/")

    title = phone_page.get_by_role("main").get_by_role("link", name="The Ferry at Low Water", exact=True)

    assert title.bounding_box()["width"] > 160


def test_a_page_held_open_past_the_end_charges_nothing_and_shows_the_new_price(
    plain_page, sandbox, ferry, sale
):
    plain_page.goto(f"/orders/?book={ferry.pk}")
    pay = plain_page.get_by_role("region", name="Pay", exact=True)
    expect(pay).to_contain_text("$4.50")
    plain_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    sale.end()

    plain_page.get_by_role("button", name="More ways to pay").click()

    expect(pay).to_contain_text("$9.00")
    expect(pay).not_to_contain_text("$4.50")
    expect(plain_page.get_by_text(WAS)).to_have_count(0)
    assert till.amounts_charged(sandbox) == []
