"""A new shop is set up in the admin alone, and a visitor sees it on a phone."""

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_book, make_staff
from books.tests.epubs import make_picture
from pages.models import Page, ShopSettings

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shop_as_stored")]

NAME = "Salt & Paper"
ACCENT = "rgb(0, 95, 115)"


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
    desk.get_by_label("Currency").select_option("usd")
    desk.get_by_label("Refunds within").fill("30")
    desk.get_by_label("New logo").set_input_files(logo)
    desk.get_by_role("button", name="Save", exact=True).click()


def publish_terms(desk):
    desk.goto("/admin/pages/page/add/")
    desk.get_by_label("Begin with").select_option("terms")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("button", name="Save and publish").click()
    expect(desk.get_by_text("Fill in what is still missing: ")).to_be_visible()
    desk.get_by_label("Text:").fill("You may *read* what you buy.")
    desk.get_by_role("button", name="Save and publish").click()
    expect(desk.get_by_text("Visitors now see version 1 of “Terms of sale”")).to_be_visible()


def test_a_new_shop_gets_its_name_logo_accent_and_terms_and_a_visitor_sees_them(desk, phone_page, tmp_path):
    expect(desk.get_by_role("heading", name="First steps")).to_be_visible()
    fill_in_settings(desk, tmp_path)
    expect(desk.get_by_label("Name:")).to_have_value(NAME)
    publish_terms(desk)
    make_book("The Ferry at Low Water")
    desk.goto("/admin/")
    expect(desk.locator(".first-steps").get_by_text("Done: ")).to_have_count(4)

    phone_page.goto("/")

    expect(phone_page).to_have_title(NAME)
    expect(phone_page.get_by_role("heading", level=1)).to_have_text("Books about the sea")
    expect(phone_page.get_by_role("img", name=NAME)).to_be_visible()
    expect(phone_page.get_by_text("aboard")).to_be_visible()
    footer = phone_page.get_by_role("contentinfo")
    expect(footer).to_contain_text("Salt & Paper Ltd")
    expect(footer).to_contain_text("within 30 days")
    link = footer.get_by_role("link", name="Terms of sale")
    expect(link).to_have_css("color", ACCENT)
    link.click()
    expect(phone_page.get_by_role("heading", level=1)).to_have_text("Terms of sale")
    assert ShopSettings.objects.get().currency == "usd"
    assert Page.objects.get().is_agreed_to is True
