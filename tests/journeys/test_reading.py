"""Reading: on one device and the next, with and without JavaScript, by mouse and by keyboard."""

import pytest
from playwright.sync_api import expect

from books.models import Position
from books.tests.builders import make_book
from tests.journeys.test_accessibility import violations

pytestmark = pytest.mark.browser


def first_line(page):
    """Return the index of the paragraph right under the bar."""
    return page.evaluate(
        """() => {
          const edge = document.querySelector(".reader-bar").offsetHeight;
          const lines = [...document.querySelectorAll(".reader-text p")];
          return lines.findIndex((line) => line.getBoundingClientRect().bottom > edge + 8);
        }"""
    )


def scroll_to_line(page, number):
    page.evaluate(
        """(number) => {
          const bar = document.querySelector(".reader-bar").offsetHeight;
          const line = document.querySelectorAll(".reader-text p")[number].getBoundingClientRect();
          scrollBy({ top: line.top - bar - 8, behavior: "instant" });
        }""",
        number,
    )


def open_tool(page, name):
    """Open a panel of the bar, which any key brings back."""
    page.keyboard.press("Escape")
    page.locator(f"[data-tool={name}] summary").click()


def choose(page, name, group=""):
    """Choose an option in the panel by clicking its label."""
    page.locator(f"[data-settings] fieldset{group} label", has_text=name).click()


def test_a_bookmark_marks_the_line_being_read_and_leads_back_to_it(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    scroll_to_line(page, 30)
    page.keyboard.press("b")
    page.get_by_label("Note (optional)").fill("A dry seat at last")
    page.get_by_role("button", name="Bookmark this place").click()
    mark = page.locator("[data-marks] li")
    expect(mark).to_contain_text("A dry seat at last")
    expect(mark).to_contain_text("number 31 of the passengers")
    assert first_line(page) == 30

    page.goto("/library/bookmarks/")
    page.get_by_role("link", name="Chapter 2").first.click()

    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    assert first_line(page) in (29, 30)
    page.goto("/library/bookmarks/")
    page.get_by_role("link", name="Edit the note").click()
    page.get_by_label("Note").fill("Wet after all")
    page.get_by_role("button", name="Save the bookmark").click()
    expect(page.get_by_text("Wet after all")).to_be_visible()


def test_settings_apply_at_once_keep_the_line_and_are_remembered(page, phone_page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    scroll_to_line(page, 15)
    text = page.locator(".reader-text")
    before = text.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    open_tool(page, "settings")

    for name in ("Larger", "Sans serif", "Sepia"):
        with page.expect_response("**/library/preferences/"):
            choose(page, name)

    assert text.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") > before
    assert first_line(page) in (14, 15)
    log_in(phone_page, reader)
    phone_page.goto(f"/books/{novel.pk}/read/1/")
    room = phone_page.locator("[data-reader]")
    expect(room).to_have_attribute("data-type-size", "5")
    expect(room).to_have_attribute("data-typeface", "sans")
    expect(phone_page.locator("html")).to_have_attribute("data-colours", "sepia")
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_theme_of_the_site_is_kept_after_logging_out(page, ada, log_in):
    log_in(page, ada)
    page.goto("/")
    page.get_by_role("button", name="Theme: Auto").click()
    page.get_by_role("button", name="Theme: Light").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")

    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Theme: Dark")).to_be_visible()


def test_keys_turn_pages_open_panels_and_change_the_type_size(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page.get_by_text("In pages: turn the page")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("t")
    current = page.get_by_role("navigation", name="Contents").locator("[aria-current]")
    expect(current).to_have_text("Chapter 2 , from 25%", use_inner_text=True)
    page.keyboard.press("Escape")
    expect(current).to_be_hidden()
    expect(page.locator("[data-tool=contents] summary")).to_be_focused()
    with page.expect_response("**/library/preferences/"):
        page.keyboard.press("+")
    expect(page.locator("[data-reader]")).to_have_attribute("data-type-size", "4")
    page.keyboard.press("j")
    page.wait_for_url(f"/books/{novel.pk}/read/3/")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"/books/{novel.pk}/read/4/")
    page.keyboard.press("k")
    page.wait_for_url(f"/books/{novel.pk}/read/3/")
    for key in ("s", "/"):
        page.keyboard.press(key)
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("searchbox")).to_be_hidden()


def test_keys_do_nothing_while_typing_with_a_modifier_and_when_switched_off(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    contents = page.get_by_role("navigation", name="Contents")

    page.keyboard.press("b")
    page.get_by_label("Note (optional)").press_sequentially("just t?")
    expect(page.get_by_label("Note (optional)")).to_have_value("just t?")
    page.keyboard.press("Escape")
    page.locator("[data-tool=contents] summary").focus()
    page.keyboard.press("Alt+t")
    expect(contents).to_be_hidden()
    open_tool(page, "settings")
    with page.expect_response("**/library/preferences/"):
        choose(page, "Off", ".reader-choice-shortcuts")
    page.keyboard.press("Escape")
    for key in ("t", "j", "?"):
        page.keyboard.press(key)
    expect(contents).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.reload()
    page.keyboard.press("t")

    expect(contents).to_be_hidden()
    assert page.url.endswith(f"/books/{novel.pk}/read/2/")


def test_a_book_from_right_to_left_is_turned_to_the_left(page, reader, log_in):
    book = make_book("המעבורת", language="he", chapters=3)
    log_in(page, reader)
    page.goto(f"/books/{book.pk}/read/2/")

    page.keyboard.press("ArrowLeft")

    page.wait_for_url(f"/books/{book.pk}/read/3/")
    edge = page.locator(".reader-text p").evaluate(
        "element => getComputedStyle(element).direction === 'rtl' && getComputedStyle(element).textAlign"
    )
    assert edge == "start"


def test_a_book_in_columns_scrolls_sideways_and_opens_at_its_column(page, novel, reader, log_in):
    novel.language, novel.writing_mode = "ja", "vertical-rl"
    novel.save()
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    text = page.locator(".reader-text")
    text.hover()
    with page.expect_response(f"**/books/{novel.pk}/place/"):
        page.mouse.wheel(0, 1200)
    read = page.locator(".reader-progress").inner_text()
    column = text.evaluate("element => element.scrollLeft")
    assert column < -500

    page.goto(f"/books/{novel.pk}/read/")

    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    expect(page.locator(".reader-progress")).to_have_text(read, use_inner_text=True)
    assert abs(text.evaluate("element => element.scrollLeft") - column) < 50
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"/books/{novel.pk}/read/3/")


def test_a_footnote_opens_over_the_text_from_any_place(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    note = page.get_by_role("note")
    near, far = page.get_by_role("link", name="1", exact=True), page.get_by_role("link", name="2", exact=True)

    near.click()
    expect(note).to_contain_text("Of stone.")
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(near).to_be_focused()
    far.click()
    expect(note).to_contain_text("Of wood.")
    page.get_by_role("link", name="Go to the note").click()

    page.wait_for_url(f"/books/{novel.pk}/read/4/#text-far")
    expect(page.get_by_text("Of wood.")).to_be_in_viewport()


def test_reading_bookmarks_and_settings_work_without_javascript(plain_page, novel, reader, log_in):
    page = plain_page
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")

    page.get_by_role("button", name="Save my place").click()
    expect(page.get_by_text("Your place is saved.")).to_be_visible()
    open_tool(page, "bookmarks")
    page.get_by_label("Note (optional)").fill("By form")
    page.get_by_role("button", name="Bookmark this place").click()
    open_tool(page, "bookmarks")
    expect(page.locator("[data-marks]")).to_contain_text("By form")
    open_tool(page, "settings")
    page.get_by_role("link", name="Change how the page looks").click()
    choose(page, "Larger")
    choose(page, "Dark")
    expect(page.get_by_role("button", name="Show keyboard shortcuts")).to_be_hidden()
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("[data-reader]")).to_have_attribute("data-type-size", "5")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("link", name="1", exact=True).click()
    expect(page.locator("#text-note")).to_be_in_viewport()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.locator("#text-ref")).to_be_in_viewport()

    page.goto("/library/")
    page.get_by_role("link", name="Continue at chapter 2").click()
    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    page.goto(f"/books/{novel.pk}/read/4/")
    page.get_by_role("button", name="I’ve finished this book").click()
    page.goto("/library/?show=finished")
    expect(page.get_by_role("link", name="Read again")).to_be_visible()


def test_reading_is_accessible_in_every_theme_and_panel(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    found = violations(page)
    for tool in ("contents", "bookmarks", "settings"):
        open_tool(page, tool)
        if tool == "settings":
            expect(page.get_by_text("Line length")).to_be_visible()
        found += violations(page)
    with page.expect_response("**/library/preferences/"):
        choose(page, "Sepia")
    found += violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="1", exact=True).click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found += violations(page)

    assert found == []


def test_the_library_and_the_bookmarks_are_accessible(page, novel, reader, log_in):
    log_in(page, reader)
    Position.objects.keep(reader, novel.chapters.get(number=2), 0.5)
    mark = reader.marks.create(book=novel, chapter=2, fraction=0.5, excerpt="It rained.", note="Yes")
    found = []
    for address in ("/", "/library/", "/library/bookmarks/", f"/library/bookmarks/{mark.pk}/"):
        page.goto(address)
        found += violations(page)

    assert found == []


def test_the_reader_fits_the_smallest_phone(phone_page, novel, reader, log_in):
    page = phone_page
    log_in(page, reader)
    reader.marks.create(book=novel, chapter=2, fraction=0.5, excerpt="It rained.", note="Yes " * 60)
    page.goto(f"/books/{novel.pk}/read/2/")
    for tool in ("contents", "search", "bookmarks", "settings"):
        page.locator(f"[data-tool={tool}] summary").tap()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    for address in ("/library/", "/library/bookmarks/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
