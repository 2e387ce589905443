"""Searching for a sentence that a reader remembers, and arriving at it."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_accessibility import violations, violations_at

pytestmark = pytest.mark.browser

SENTENCE = "Nobody, not even the well-known walrus, said a word."


@pytest.fixture
def walrus(ferry):
    """A book with the sentence far down in its sample."""
    paragraphs = ["It rained."] * 80 + [SENTENCE] + ["It rained on."] * 80
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    ferry.chapters.filter(number=1).update(html=html, plain_text="\n".join(paragraphs))
    return ferry


def test_a_visitor_finds_a_sentence_and_arrives_at_it(plain_page, walrus):
    plain_page.goto("/books/search/?q=walrus")
    plain_page.get_by_role("link", name="Search for “walrus” inside the books").click()
    expect(plain_page.get_by_role("heading", name="1 chapter with “walrus”")).to_be_visible()
    expect(plain_page.get_by_role("link", name="Buy The Ferry at Low Water for $9.00")).to_be_visible()

    plain_page.get_by_role("link", name=SENTENCE).click()

    expect(plain_page.get_by_text(SENTENCE)).to_be_in_viewport()


def test_the_results_fit_the_smallest_phone(phone_page, walrus):
    for address in ("/books/search/inside/?q=walrus", f"/books/{walrus.pk}/search/?q=walrus"):
        phone_page.goto(address)

        assert phone_page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_results_are_accessible_and_so_are_reviews_with_replies_and_reports(page, walrus, ada, log_in):
    found = violations_at(page, "/books/search/inside/", "/books/search/inside/?q=walrus")
    review = walrus.reviews.create(rating=4, text="Read in one evening.", reply="Thank you!")
    log_in(page, ada)
    page.goto(f"/books/{walrus.pk}/")
    page.get_by_text("Report the review by a former reader").click()
    found += violations(page)

    page.get_by_role("button", name="Report this review").click()

    expect(page.get_by_text("Thank you for the report. We will look at the review.")).to_be_visible()
    assert review.reports.count() == 1
    assert found == []
