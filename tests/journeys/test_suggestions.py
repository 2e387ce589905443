"""Suggestions while somebody types a search: by keyboard, by mouse, by screen reader, or not at all."""

import pytest
from playwright.sync_api import expect

from books.tests.builders import make_book
from tests.journeys.test_accessibility import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def shelf(ferry):
    """A book, an author and a subject that begin alike."""
    make_book("Tram", authors=["Fern Ferris"])
    make_book("Bus", subjects=["Ferries"])
    return ferry


def test_the_keyboard_chooses_a_suggestion_and_follows_it(page, shelf):
    page.goto("/about/")
    field = page.get_by_role("combobox", name="Search the books")
    expect(field).to_have_attribute("aria-expanded", "false")

    field.press_sequentially("fer")

    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_text([shelf.title, "Fern Ferris", "Ferries"])
    expect(page.get_by_role("group", name="Authors").get_by_role("option")).to_have_text(["Fern Ferris"])
    expect(field).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []

    field.press("ArrowDown")
    first = page.get_by_role("option", name=shelf.title, selected=True)
    expect(field).to_have_attribute("aria-activedescendant", first.get_attribute("id"))
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(page.get_by_role("option", name="Ferries", selected=True)).to_be_visible()
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Enter")

    expect(page.get_by_role("heading", level=1, name=shelf.title)).to_be_visible()


def test_escape_closes_them_and_enter_searches_for_what_was_typed(page, shelf):
    page.goto("/about/")
    field = page.get_by_role("combobox", name="Search the books")
    field.press_sequentially("fer")
    expect(page.get_by_role("listbox")).to_be_visible()

    field.press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("fer")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("Enter")
    expect(page.get_by_role("heading", name="3 books for “fer”")).to_be_visible()


def test_a_click_follows_a_suggestion_and_leaving_the_field_closes_them(phone_page, shelf):
    phone_page.goto("/books/search/")
    field = phone_page.get_by_role("combobox", name="What are you looking for?")
    field.press_sequentially("fern")
    expect(phone_page.get_by_role("option", name="Fern Ferris")).to_be_visible()
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 320

    field.blur()
    expect(phone_page.get_by_role("listbox")).to_be_hidden()
    field.fill("fern f")
    phone_page.get_by_role("option", name="Fern Ferris").click()

    expect(phone_page.get_by_role("heading", level=1, name="Fern Ferris")).to_be_visible()


def test_without_a_script_it_is_a_search_field(plain_page, shelf):
    plain_page.goto("/about/")
    plain_page.get_by_role("searchbox", name="Search the books").fill("fern")
    plain_page.get_by_role("searchbox", name="Search the books").press("Enter")

    expect(plain_page.get_by_role("heading", name="1 book for “fern”")).to_be_visible()
