"""A new shop is set up in the admin alone; a stranger buys in it on a phone, reads, and keeps the book."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from books.tests.builders import make_staff
from books.tests.epubs import make_epub, make_picture
from orders.models import Order
from pages.models import Page, ShopSettings
from tests.journeys import till

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop_as_stored")]

NAME = "Salt & Paper"
ACCENT = "rgb(0, 95, 115)"
STRANGER = "carol@example.com"


@pytest.fixture
def desk(page, log_in):
    """The admin of an empty shop, open in front of Grace."""
    log_in(page, make_staff())
    page.goto("/admin/")
    yield page
    page.wait_for_load_state()


def fill_in_settings(desk, tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(make_picture(size=(600, 200)))
    desk.get_by_role("link", name="Shop settings").first.click()
    for label, text in {
        "Name:": NAME,
        "Tagline": "Books about the sea",
        "Accent colour": "#005F73",
        "Name of the seller": "Salt & Paper Ltd",
        "Postal address": "1 Quay Street\nHull",
        "E-mail address for buyers": "hello@salt.example",
        "Your own text for the home page": "Come **aboard**.",
    }.items():
        desk.get_by_label(label).fill(text)
    desk.get_by_label("Currency").select_option("eur")
    desk.get_by_label("Refunds within").fill("30")
    desk.get_by_label("New logo").set_input_files(logo)
    desk.get_by_role("button", name="Save", exact=True).click()


def publish_page(desk, beginning, text):
    desk.goto("/admin/pages/page/add/")
    desk.get_by_label("Begin with").select_option(beginning)
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("button", name="Save and publish").click()
    expect(desk.get_by_text("Fill in what is still missing: ")).to_be_visible()
    desk.get_by_label("Text:").fill(text)
    desk.get_by_role("button", name="Save and publish").click()
    expect(desk.get_by_text("Visitors now see version 1 of ")).to_be_visible()


def publish_book(desk, tmp_path):
    desk.goto("/admin/books/book/")
    desk.get_by_role("link", name="Add EPUB files").click()
    desk.get_by_label("EPUB files").set_input_files(make_epub(tmp_path / "ferry.epub"))
    desk.get_by_role("button", name="Check files").click()
    desk.get_by_label("Price in EUR").fill("12.50")
    desk.get_by_role("button", name="Import as a new book, unpublished").click()
    desk.get_by_role("button", name="Publish").click()
    expect(desk.get_by_text("“The Ferry” is now in the shop.")).to_be_visible()


def see_the_shop(phone):
    phone.goto("/")
    expect(phone).to_have_title(NAME)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Books about the sea")
    expect(phone.get_by_role("img", name=NAME)).to_be_visible()
    expect(phone.get_by_text("aboard")).to_be_visible()
    footer = phone.get_by_role("contentinfo")
    expect(footer).to_contain_text("Salt & Paper Ltd")
    expect(footer).to_contain_text("within 30 days")
    expect(footer.get_by_role("link", name="Imprint")).to_be_visible()
    link = footer.get_by_role("link", name="Terms of sale")
    expect(link).to_have_css("color", ACCENT)
    link.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Terms of sale")


def buy_and_read(phone):
    phone.goto("/books/")
    phone.get_by_role("link", name="The Ferry").first.click()
    phone.get_by_role("link", name="Buy for €12.50").first.click()
    phone.get_by_label("Where shall we send your receipt?").fill(STRANGER)
    till.pay(phone)
    till.expect_thanks(phone)
    phone.get_by_role("link", name="Start reading").click()
    expect(phone.get_by_role("article")).to_contain_text("It rained.")


def claim_and_read(device):
    [letter] = mail.outbox
    assert "Paid: €12.50" in letter.body
    device.goto(re.search(r"http\S+/orders/claim/\S+", letter.body)[0])
    device.get_by_role("button", name="Open my account").click()
    expect(device.get_by_role("main")).to_contain_text(f"Your books are in your account {STRANGER}.")
    device.get_by_role("link", name="The Ferry").first.click()
    expect(device.get_by_role("main")).to_contain_text("Low Water")


def test_a_new_shop_sells_its_first_book_to_a_stranger(desk, phone_page, browser, site, sandbox, tmp_path):
    expect(desk.get_by_role("heading", name="First steps")).to_be_visible()
    fill_in_settings(desk, tmp_path)
    expect(desk.locator(".first-steps").get_by_text("Done: ")).to_have_count(3)
    publish_page(desk, "terms", "You may *read* what you buy.")
    publish_page(desk, "imprint", "Salt & Paper Ltd, 1 Quay Street, Hull")
    see_the_shop(phone_page)
    publish_book(desk, tmp_path)
    desk.goto("/admin/")
    expect(desk.locator(".first-steps").get_by_text("Done: ")).to_have_count(4)

    buy_and_read(phone_page)
    with browser.page(site, viewport={"width": 1280, "height": 800}) as laptop:
        claim_and_read(laptop)

    order = Order.objects.get()
    assert [each.title for each in order.agreements] == ["Terms of sale"]
    assert (order.user.email, order.currency) == (STRANGER, "eur")
    assert [(each["amount"], each["currency"]) for each in sandbox.charges] == [(1250, "eur")]
    assert ShopSettings.objects.get().currency == "eur"
    assert Page.objects.get(slug="terms").is_agreed_to is True
