"""The reader's place: it moves by reading on, and by nothing else."""

from time import monotonic

import pytest
from playwright.sync_api import expect

from books.models import Position
from tests.browser import MILLISECONDS
from tests.journeys.test_reading import first_line, open_tool
from tests.shop import shop

pytestmark = pytest.mark.browser

# Longer than text is in view before it counts as read, for tests that no place is sent.
WAIT = 3500


def at(page, book, chapter, fraction, reader):
    """Put the reader's place there, and open it."""
    Position.objects.keep(reader, book.chapters.get(number=chapter), fraction)
    page.goto(f"/books/{book.pk}/read/")
    page.wait_for_url(f"/books/{book.pk}/read/{chapter}/")


def place(reader):
    position = reader.positions.get()
    return position.chapter, round(position.fraction, 2)


def read_on(page, screens=1):
    """Read on at the pace of a quick reader, until the account has the new place."""
    for _ in range(screens - 1):
        page.keyboard.press("PageDown")
        page.wait_for_timeout(1000)
    with page.expect_response("**/place/") as saved:
        page.keyboard.press("PageDown")
    return saved.value


def turn_to_next_chapter(page):
    """Go on by key: for a click the link is scrolled into view, which may count as a leap before it."""
    page.keyboard.press("j")


def way_back(page, percent):
    return page.get_by_role("link", name=f"Back to {percent}%")


def test_it_follows_to_another_device_with_another_screen(page, phone_page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/")
    page.get_by_role("link", name="Read", exact=True).click()
    page.wait_for_url(f"/books/{novel.pk}/read/1/")
    with page.expect_response(f"**/books/{novel.pk}/place/"):
        turn_to_next_chapter(page)
        page.wait_for_url(f"/books/{novel.pk}/read/2/")
    assert place(reader) == (2, 0)
    assert read_on(page, screens=3).status == 204
    line = first_line(page)
    assert line > 10

    log_in(phone_page, reader)
    phone_page.goto("/")
    begun = phone_page.get_by_role("region", name="Continue reading")
    begun.get_by_role("link", name="Continue at chapter 2").tap()

    phone_page.wait_for_url(f"/books/{novel.pk}/read/2/")
    assert first_line(phone_page) == line
    expect(phone_page.locator(".reader-progress")).to_contain_text(
        page.locator("[data-percent]").inner_text()
    )


def test_a_page_at_a_time_it_follows_and_a_glance_moves_nothing(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 3, 0.25, reader)

    # Gone before anybody could have read it.
    page.keyboard.press("PageDown")
    page.wait_for_timeout(500)
    page.goto("/about/")

    assert place(reader) == (3, 0.25)
    page.goto(f"/books/{novel.pk}/read/")
    read_on(page)
    assert place(reader) > (3, 0.25)


def test_looking_something_up_leaves_it_and_one_click_leads_back(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 2, 0.5, reader)

    # The contents
    open_tool(page, "contents")
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="Chapter 4").click()
    page.wait_for_url(f"/books/{novel.pk}/read/4/")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(WAIT)
    assert place(reader) == (2, 0.5)
    way_back(page, 37).click()
    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    assert first_line(page) in (19, 20)
    expect(page.locator("[data-left-off]")).to_be_hidden()

    # A link in the text to a note that is too long to pop up, or opened on its own
    page.goto(f"/books/{novel.pk}/read/4/#text-far")
    page.wait_for_timeout(WAIT)
    expect(way_back(page, 37)).to_be_visible()

    # A bookmark, a shared place, a search hit
    page.goto(f"/books/{novel.pk}/read/2/?at=0.8#place")
    page.wait_for_timeout(WAIT)
    assert place(reader) == (2, 0.5)
    way_back(page, 37).click()
    expect(page.locator("[data-left-off]")).to_be_hidden()
    assert first_line(page) in (19, 20)


def test_percentages_are_written_as_the_shop_writes_them(page, novel, reader, log_in, settings):
    settings.SHOP = shop(locale="de_DE")
    log_in(page, reader)
    at(page, novel, 2, 0.5, reader)

    page.goto(f"/books/{novel.pk}/read/4/")

    expect(way_back(page, "37\N{NO-BREAK SPACE}")).to_be_visible()
    expect(page.locator("span[data-percent]")).to_have_text("75\N{NO-BREAK SPACE}%")
    with page.expect_response("**/place/"):
        page.get_by_role("button", name="Continue from here").click()
    expect(page.locator("[data-reader-status]")).to_have_text("Your place is at 75\N{NO-BREAK SPACE}% now.")


def test_a_search_hit_on_the_next_screen_is_not_reading_on(page, novel, reader, log_in):
    log_in(page, reader)
    Position.objects.keep(reader, novel.chapters.get(number=2), 0.001)

    # The browser itself scrolls to these words, a screen after the place.
    page.goto(f"/books/{novel.pk}/read/2/#:~:text=number%206%20of%20the%20passengers")
    expect(page.get_by_text("number 6 of the passengers")).to_be_in_viewport()
    page.wait_for_function("() => scrollY > 200")
    page.wait_for_timeout(WAIT)

    assert place(reader) == (2, 0)
    way_back(page, 25).click()
    page.wait_for_function("() => scrollY < 200")
    expect(page.locator("[data-left-off]")).to_be_hidden()


def test_the_end_of_another_chapter_is_not_the_place_at_the_end_of_this_one(page, novel, reader, log_in):
    log_in(page, reader)
    Position.objects.keep(reader, novel.chapters.get(number=2), 1)

    # In pages, one turns back to the end of a chapter like this.
    page.goto(f"/books/{novel.pk}/read/3/?at=1")

    expect(way_back(page, 50)).to_be_visible()
    page.wait_for_timeout(WAIT)
    assert place(reader) == (2, 1)


def test_leaping_through_a_chapter_leaves_it_and_so_does_a_link_within(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 2, 0.25, reader)

    for leap in ("End", "Home"):
        page.keyboard.press(leap)
        expect(way_back(page, 31)).to_be_visible()
        page.wait_for_timeout(WAIT)
        assert place(reader) == (2, 0.25)
    way_back(page, 31).click()
    assert first_line(page) in (9, 10)
    page.evaluate("location.hash = 'text-note'")
    expect(way_back(page, 31)).to_be_visible()
    page.wait_for_timeout(WAIT)
    assert place(reader) == (2, 0.25)


def test_a_link_to_a_note_on_the_same_screen_is_no_reading_either(page, novel, reader, log_in):
    first = novel.chapters.get(number=2)
    first.html = first.html.replace("<p>", '<p><a href="#text-near">Near</a> ', 1).replace(
        "<p>It rained, and number 6 ", '<p id="text-near">It rained, and number 6 '
    )
    first.save()
    log_in(page, reader)
    Position.objects.keep(reader, first, 0.01)
    page.goto(f"/books/{novel.pk}/read/2/?at=0.01")

    page.get_by_role("link", name="Near").click()

    expect(way_back(page, 25)).to_be_visible()
    page.wait_for_timeout(WAIT)
    assert place(reader) == (2, 0.01)


def test_by_choice_one_continues_from_here(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 3, 0.25, reader)
    page.goto(f"/books/{novel.pk}/read/1/?at=0.5")

    with page.expect_response("**/place/"):
        page.get_by_role("button", name="Continue from here").click()

    expect(page.locator("[data-left-off]")).to_be_hidden()
    assert place(reader) == (1, 0.5)
    read_on(page)
    assert place(reader) > (1, 0.5)


def test_whoever_reads_on_for_a_minute_has_come_to_stay(page, novel, reader, log_in):
    log_in(page, reader)
    page.clock.install()
    at(page, novel, 2, 0.25, reader)
    page.goto(f"/books/{novel.pk}/read/3/")
    for _ in range(4):
        page.keyboard.press("PageDown")
        page.wait_for_timeout(300)
        page.clock.run_for(10_000)
        assert place(reader) == (2, 0.25)
    expect(way_back(page, 31)).to_be_visible()

    with page.expect_response("**/place/"):
        page.clock.run_for(25_000)

    expect(page.locator("[data-left-off]")).to_be_hidden()
    reached = place(reader)
    assert reached == (3, round(page.evaluate("reader.here()"), 2))
    # Of its own accord it never goes back.
    page.goto(f"/books/{novel.pk}/read/1/")
    for _ in range(4):
        page.keyboard.press("PageDown")
        page.wait_for_timeout(300)
        page.clock.run_for(25_000)
    assert place(reader) == reached


def test_the_other_device_is_further_on_and_the_reader_decides(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 2, 0.25, reader)
    # The phone reads on, unknown to this page.
    Position.objects.keep(reader, novel.chapters.get(number=3), 0.5)

    assert read_on(page).status == 409
    question = page.get_by_role("alert")
    expect(question).to_contain_text("You read on to 62% on another device.")
    page.wait_for_timeout(WAIT)
    assert place(reader) == (3, 0.5)
    with page.expect_response("**/place/"):
        question.get_by_role("button", name="Stay here").click()
    expect(question).to_be_hidden()
    assert (2, 0.25) < place(reader) < (3, 0)

    Position.objects.keep(reader, novel.chapters.get(number=3), 0.5)
    assert read_on(page).status == 409
    question.get_by_role("link", name="Go there").click()
    page.wait_for_url(f"/books/{novel.pk}/read/3/")
    assert first_line(page) in (19, 20)
    assert place(reader) == (3, 0.5)
    # The browser notes that it was refused.
    page.problems.clear()


def test_a_device_that_wakes_up_asks_before_it_says_anything(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 2, 0.25, reader)
    Position.objects.keep(reader, novel.chapters.get(number=3), 0.5)

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("alert")).to_contain_text("You read on to 62% on another device.")
    # Back by choice on the other: nobody needs to be asked, and the way back leads there.
    with page.expect_response("**/place/"):
        page.get_by_role("button", name="Stay here").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    Position.objects.keep(reader, novel.chapters.get(number=1), 0.5)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(way_back(page, 12)).to_be_visible()
    assert place(reader) == (1, 0.5)


def test_the_page_says_if_it_cannot_be_saved(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 1, 0.25, reader)
    expect(page.get_by_role("button", name="Save my place")).to_be_hidden()
    page.context.clear_cookies()

    page.keyboard.press("PageDown")

    expect(page.get_by_role("button", name="Your place isn’t saved. Try again")).to_be_visible()
    # The browser notes the refusal.
    page.problems.clear()


def test_a_book_is_finished_at_its_end_and_can_be_begun_again(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 4, 0.75, reader)

    page.set_viewport_size({"width": 1280, "height": 1200})
    read_on(page, screens=2)
    expect(page.locator(".reader-progress")).to_contain_text("100%")
    # Text counts as read once it has been in view for a while.
    deadline = monotonic() + MILLISECONDS / 1000
    while place(reader) != (4, 1):
        assert monotonic() < deadline, place(reader)
        page.wait_for_timeout(100)

    page.goto("/library/?show=finished")
    expect(page.get_by_role("link", name="Read again")).to_be_visible()
    page.goto(f"/books/{novel.pk}/read/1/")
    expect(page.locator("[data-left-off]")).to_be_hidden()


def test_the_contents_say_which_chapters_are_read(page, novel, reader, log_in):
    log_in(page, reader)
    at(page, novel, 3, 0.25, reader)

    open_tool(page, "contents")

    contents = page.get_by_role("navigation", name="Contents").get_by_role("listitem")
    expect(contents.filter(has_text="read", visible=True).locator("[data-read]:visible")).to_have_count(2)


def test_without_javascript_it_is_saved_by_a_button_and_the_way_back_is_there(
    plain_page, novel, reader, log_in
):
    page = plain_page
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    page.get_by_role("button", name="Save my place").click()
    assert place(reader) == (2, 0)

    page.goto(f"/books/{novel.pk}/read/4/")

    assert place(reader) == (2, 0)
    expect(page.get_by_role("button", name="Continue from here")).to_be_hidden()
    way_back(page, 25).click()
    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url(f"/books/{novel.pk}/read/3/")
    expect(page.locator("[data-left-off]")).to_be_hidden()
