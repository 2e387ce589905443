"""Finding a book in a long list: with filters, by jumping, page by page; on any screen and without script."""

import pytest
from playwright.sync_api import expect

from books.models import Series
from books.tests.builders import make_book, make_books
from tests.journeys.test_accessibility import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def shelf(site):
    """Twenty-seven books: enough for three pages of twelve."""
    make_books(24)
    tides = Series.objects.create(title="The Tides")
    for number, title in enumerate(["Ebb", "Flood", "Slack"], 1):
        make_book(
            title,
            authors=["Una Kestrel"],
            subjects=["Sea"],
            series=tides,
            series_position=number,
            language="de",
        )
    return tides


def cards(page):
    return page.locator(".book-card-title")


def test_a_visitor_narrows_jumps_and_turns_pages_without_script(plain_page, shelf):
    plain_page.goto("/books/")
    expect(plain_page.get_by_text("27 books")).to_be_visible()
    plain_page.get_by_text("Filter", exact=True).click()
    plain_page.get_by_label("Language").select_option("German (3)")
    plain_page.get_by_role("button", name="Show these books").click()
    # The address has what was chosen, and nothing else.
    plain_page.wait_for_url("/books/?language=de")
    expect(cards(plain_page)).to_have_count(3)
    plain_page.get_by_role("link", name="Remove the filter: German").click()
    expect(cards(plain_page)).to_have_count(24)

    plain_page.get_by_role("link", name="12 books per page").click()
    plain_page.get_by_role("link", name="Title", exact=True).click()
    plain_page.get_by_label("Go to letter").select_option("F")
    plain_page.get_by_role("button", name="Go", exact=True).click()
    expect(cards(plain_page)).to_have_text(["Flood", "Slack"])
    plain_page.get_by_role("link", name="Previous").click()
    expect(cards(plain_page).last).to_have_text("Ebb")
    plain_page.get_by_role("link", name="Next").click()
    expect(cards(plain_page)).to_have_text(["Flood", "Slack"])


def test_from_a_book_one_comes_to_its_author_its_subject_and_its_series(page, shelf):
    page.goto(shelf.get_absolute_url())
    expect(cards(page)).to_have_text(["Ebb", "Flood", "Slack"])
    page.get_by_role("link", name="Flood", exact=True).click()
    expect(page.get_by_text("Book 2 of The Tides")).to_be_visible()

    for name in ("Una Kestrel", "Sea", "The Tides"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.go_back()


@pytest.mark.parametrize("width", [320, 375, 768, 1440])
def test_no_list_is_wider_than_the_screen(page, shelf, width):
    page.set_viewport_size({"width": width, "height": 800})

    for address in ("/books/?size=12", "/books/?view=list&subject=Sea&sort=title", shelf.get_absolute_url()):
        page.goto(address)
        page.get_by_text("Filter", exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") == width, address


def test_lists_are_accessible_with_their_filters_open(page, shelf):
    found = []
    for address in ("/books/?size=12", "/books/?view=list&subject=Sea&sort=title", shelf.get_absolute_url()):
        page.goto(address)
        page.get_by_text("Filter", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Show these books")).to_be_visible()
        found += violations(page)

    assert found == []
