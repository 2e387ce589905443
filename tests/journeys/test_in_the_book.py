"""In the book: search, notes, pictures, tables and code, how long it takes, and what follows its end."""

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from books.models import Book, Position, PrintedPages, Series
from books.tests.builders import make_book
from books.tests.epubs import make_picture
from tests.journeys.test_accessibility import violations
from tests.journeys.test_place import turn_to_next_chapter
from tests.journeys.test_reading_room import prefer

pytestmark = pytest.mark.browser

# As converters write them: nothing says that these are notes but links that lead to and fro.
PLAIN_NOTES = """
<h2 id="top"><a href="#plain-1">IV</a></h2>
<p>A harbour<a id="from-1" href="#plain-1">1</a>, a quay<sup id="from-2"><a href="../4/#far-2">[2]</a></sup>,
a mole<a id="from-3"></a><a href="#plain-3">*</a> and
<a href="#plain-4">a pier</a> (<a href="#plain-4">4</a>).</p>
<p id="plain-1"><a href="#from-1">1</a> Of stone, says <a href="../4/#far-2">the other</a>.</p>
<p><a id="plain-3" href="#from-3">*</a> Of mud. <a href="#from-3">↩</a></p>
<p id="plain-4">A part of the text.</p>
"""
FAR_NOTE = '<ol><li id="far-2">Of wood. <a href="../2/#from-2">↑</a></li></ol>'


def search(page, words):
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill(words)
    page.keyboard.press("Enter")


def results(page):
    return page.locator("[data-tool=search] [data-found]")


def test_a_search_in_the_bar_leads_to_the_words_and_leaves_the_place(page, novel, reader, log_in):
    log_in(page, reader)
    Position.objects.keep(reader, novel.chapters.get(number=2), 0.5)
    page.goto(f"/books/{novel.pk}/read/")
    page.wait_for_url(f"/books/{novel.pk}/read/2/")

    search(page, "number 37")
    expect(results(page).locator("[data-found-heading]")).to_have_text("4 chapters with “number 37”")
    expect(page.locator("[data-reader-status]")).to_have_text("4 chapters with “number 37”")
    found = results(page).locator("li", has_text="Chapter 2").get_by_role("link", name="It rained").first
    found.click()
    expect(results(page)).to_be_hidden()
    expect(page.locator(".reader-text").get_by_text("number 37 of the passengers")).to_be_in_viewport()
    page.get_by_role("link", name="Back to 37%").click()
    search(page, "number 38")
    results(page).locator("li", has_text="Chapter 4").get_by_role("link", name="It rained").first.click()

    page.wait_for_url(f"/books/{novel.pk}/read/4/**")
    expect(page.locator(".reader-text").get_by_text("number 38 of the passengers")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Back to 37%")).to_be_visible()
    position = reader.positions.get()
    assert (position.chapter, position.fraction) == (2, 0.5)


def test_selected_words_are_looked_up_without_leaving_the_page(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    page.locator(".reader-text p").nth(2).dblclick(position={"x": 40, "y": 10})

    page.get_by_role("link", name="Look up").click()

    expect(results(page)).to_contain_text("4 chapters with “rained”")
    expect(page.get_by_role("searchbox")).to_have_value("rained")
    expect(page.get_by_role("toolbar", name="Selected text")).to_be_hidden()


def test_a_search_that_fails_or_finds_nothing_says_so(page, novel):
    page.goto(f"/books/{novel.pk}/read/1/")
    search(page, "walrus")
    expect(results(page)).to_contain_text("No results for “walrus”")
    expect(results(page)).to_contain_text("This searches the sample only.")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    search(page, "rain")
    expect(results(page)).to_have_text("The search didn’t work. Wait a minute and try again.")

    assert len(page.problems) == 1
    page.problems.clear()
    page.context.set_offline(False)
    page.keyboard.press("Enter")

    expect(results(page)).to_contain_text("1 chapter with “rain”")


def test_without_javascript_the_search_in_the_bar_leads_to_a_page(plain_page, novel):
    plain_page.goto(f"/books/{novel.pk}/read/1/")
    plain_page.locator("[data-tool=search] summary").click()
    plain_page.get_by_role("searchbox").fill("number 37")

    plain_page.get_by_role("button", name="Search").click()

    plain_page.wait_for_url(f"/books/{novel.pk}/search/?q=number+37")
    plain_page.get_by_role("link", name="It rained").first.click()
    expect(plain_page.locator(".reader-text").get_by_text("number 37 of the passengers")).to_be_in_viewport()


@pytest.mark.parametrize("colours", ["light", "sepia", "dark", "black"])
def test_the_search_in_the_bar_is_accessible_in_every_theme(page, novel, reader, log_in, colours):
    prefer(reader, colours=colours)
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")

    search(page, "number 37")

    expect(results(page)).to_contain_text("4 chapters")
    assert violations(page) == []


@pytest.fixture
def annotated(novel):
    """The same book with plain notes in its second chapter, one of them at the end of the book."""
    for number, html in ((2, PLAIN_NOTES), (4, FAR_NOTE)):
        chapter = novel.chapters.get(number=number)
        chapter.html += html
        chapter.save()
    return novel


def note_of(page, name):
    page.locator(".reader-text").get_by_role("link", name=name, exact=True).first.click()
    return page.get_by_role("note")


def test_a_plain_note_that_links_back_opens_over_the_text(page, annotated, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{annotated.pk}/read/2/")
    texts = {
        "[2]": "Of wood. Go to the note",
        "*": "* Of mud. Go to the note",
    }

    reference = page.locator("#from-1")
    reference.focus()
    page.keyboard.press("Enter")
    note = page.get_by_role("note")
    expect(note).to_have_text("1 Of stone, says the other. Go to the note", use_inner_text=True)
    expect(note).to_be_focused()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(reference).to_be_focused()
    for name, text in texts.items():
        expect(note_of(page, name)).to_have_text(text, use_inner_text=True)
        page.keyboard.press("Escape")

    assert page.url.endswith(f"/books/{annotated.pk}/read/2/")
    note_of(page, "[2]").get_by_role("link", name="Go to the note").click()
    page.wait_for_url(f"/books/{annotated.pk}/read/4/#far-2")
    page.get_by_role("link", name="↑").click()
    page.wait_for_url(f"/books/{annotated.pk}/read/2/#from-2")


def test_a_note_is_shown_by_touch(phone_page, annotated, reader, log_in):
    log_in(phone_page, reader)
    phone_page.goto(f"/books/{annotated.pk}/read/2/")

    phone_page.locator("#from-2 a").tap()

    expect(phone_page.get_by_role("note")).to_contain_text("Of wood.")
    assert phone_page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("link", ["#plain-1 a >> nth=0", "#top a", "a:text-is('4')", "a:text-is('a pier')"])
def test_a_link_to_what_is_no_note_is_followed(page, annotated, reader, log_in, link):
    """Back from a note, from a heading, to text that does not link back."""
    log_in(page, reader)
    page.goto(f"/books/{annotated.pk}/read/2/")

    page.locator(f".reader-text {link}").click()

    page.wait_for_url("**/read/2/#*")
    expect(page.get_by_role("note")).to_be_hidden()


def test_a_note_in_a_chapter_that_one_may_not_read_is_not_shown(page, annotated):
    annotated.chapters.filter(number=1).update(html=PLAIN_NOTES)
    page.goto(f"/books/{annotated.pk}/read/1/")

    page.get_by_role("link", name="[2]").click()

    page.wait_for_url(f"/books/{annotated.pk}/read/4/#far-2")
    expect(page.get_by_role("heading", name="The Long Ferry")).to_be_visible()
    page.problems.clear()


@pytest.fixture
def atlas(novel):
    """The same book with a picture, a wide table and a narrow one, and a listing in its first chapter."""
    name = "0" * 16 + ".png"
    novel.illustrations.create(
        name=name, file=ContentFile(make_picture(size=(900, 500)), name), first_chapter=1
    )
    chapter = novel.chapters.get(number=1)
    cells = "".join(f"<td>Quay-{number}</td>" for number in range(40))
    chapter.html += (
        f'<p>A map: <img src="../../pictures/{name}" alt="The harbour at low water"></p>'
        f'<table tabindex="0"><caption>Quays</caption><tr>{cells}</tr></table>'
        '<table tabindex="0"><tr><td>One</td></tr></table>'
        '<pre tabindex="0">tide = low\nferry.wait()</pre>'
    )
    chapter.save()
    return novel


def test_a_picture_is_enlarged_and_the_focus_comes_back(page, atlas):
    page.goto(f"/books/{atlas.pk}/read/1/")
    picture = page.get_by_role("button", name="The harbour at low water")
    picture.scroll_into_view_if_needed()
    shown = picture.bounding_box()["width"]
    picture.focus()

    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="Picture")
    enlarged = dialog.get_by_role("img", name="The harbour at low water")
    expect(enlarged).to_be_visible()
    assert enlarged.bounding_box()["width"] > max(shown, 899)
    expect(dialog.locator("figcaption")).to_have_text("The harbour at low water")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(picture).to_be_focused()
    picture.click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_on_a_phone_an_enlarged_picture_scrolls_and_the_page_does_not(phone_page, atlas):
    page = phone_page
    page.goto(f"/books/{atlas.pk}/read/1/")

    page.get_by_role("button", name="The harbour at low water").tap()

    frame = page.locator("[data-picture-frame]")
    expect(frame.get_by_role("img")).to_be_visible()
    assert frame.evaluate("each => [each.scrollWidth > each.clientWidth, each.clientWidth <= 320]") == [
        True,
        True,
    ]
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_wide_table_scrolls_by_itself_and_has_a_name(page, phone_page, atlas):
    for each in (page, phone_page):
        each.goto(f"/books/{atlas.pk}/read/1/")

        wide = each.get_by_role("group", name="Quays")
        expect(wide).to_have_attribute("tabindex", "0")
        expect(wide.get_by_role("table", name="Quays")).to_be_visible()
        expect(each.locator(".reader-table").nth(1)).to_have_attribute("tabindex", "-1")
        assert each.evaluate("document.documentElement.scrollWidth === innerWidth")
        wide.focus()
        each.keyboard.press("ArrowRight")
        each.wait_for_function("() => document.querySelector('.reader-table').scrollLeft > 0")
        assert each.url.endswith("/read/1/")


def test_code_is_copied_as_it_is_in_the_book(page, atlas):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/books/{atlas.pk}/read/1/")

    page.get_by_role("button", name="Copy", exact=True).click()

    expect(page.locator("[data-reader-status]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "tide = low\nferry.wait()"
    assert violations(page) == []


def test_the_foot_says_how_long_it_takes_at_the_pace_that_is_measured(page, novel, reader, log_in):
    Book.objects.filter(pk=novel.pk).update(word_count=5_000)
    page.clock.install()
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/1/")
    left = page.locator("[data-time-left]")
    expect(left).to_have_text(" · 5 min left in chapter · 20 min in book")

    for _ in range(4):
        # A third of the usual pace: about 1,500 characters in three minutes.
        page.clock.fast_forward(180_000)
        page.keyboard.press("PageDown")
        page.wait_for_timeout(300)
    page.clock.fast_forward(60_000)
    page.wait_for_function("() => Number(document.querySelector('[data-own-pace]').value) > 0")
    with page.expect_response("**/place/"):
        turn_to_next_chapter(page)
        page.wait_for_url("**/read/2/")

    assert 400 < reader.positions.get().pace < 1_450
    minutes = int(left.inner_text().split()[1])
    assert 5 < minutes < 20
    page.goto(f"/books/{novel.pk}/read/4/")
    expect(left).to_have_text(f" · {minutes} min left in book")


@pytest.fixture
def printed(novel):
    """The same book with its pages in print: from 20 on in the second chapter, each of ten paragraphs."""
    Book.objects.filter(pk=novel.pk).update(printed_page_count=5)
    places = [["19", 1, ""], *([str(20 + number), 2, f"text-p{number}"] for number in range(4))]
    PrintedPages.objects.create(book=novel, places=places)
    chapter = novel.chapters.get(number=2)
    parts = chapter.html.split("<p>")
    for number in range(4):
        parts[2 + 10 * number] = (
            f'<span id="text-p{number}" role="doc-pagebreak"></span>{parts[2 + 10 * number]}'
        )
    chapter.html = "<p>".join(parts)
    chapter.save()
    return novel


def printed_page(page):
    return page.locator("[data-printed]")


@pytest.mark.parametrize("layout", ["scrolled", "paged"])
def test_the_page_in_print_that_one_is_on_is_shown_while_reading(page, printed, reader, log_in, layout):
    prefer(reader, layout=layout)
    log_in(page, reader)
    page.set_viewport_size({"width": 800, "height": 500})
    page.goto(f"/books/{printed.pk}/read/2/")
    # The chapter begins on the last page of the one before it, and the next is further down on the screen.
    expect(printed_page(page)).to_have_text("Pages 19–20 of the printed book · ")

    for number in range(4):
        page.evaluate("(number) => reader.geometry.go((number + 0.5) / 4)", number)
        expect(printed_page(page)).to_have_text(f"Page {20 + number} of the printed book · ")
    page.goto(f"/books/{printed.pk}/page/?number=21")
    # In pages it begins below the end of the one before.
    shown = "Page 21" if layout == "scrolled" else "Pages 20–21"
    expect(printed_page(page)).to_have_text(f"{shown} of the printed book · ")


def test_on_a_phone_it_is_short_and_without_a_script_it_is_that_of_the_chapter(
    phone_page, plain_page, printed, reader, log_in
):
    # On the phone the next page begins at the foot of the screen.
    for each, shown in ((phone_page, "Pages 20–21"), (plain_page, "Page 19")):
        log_in(each, reader)
        each.set_viewport_size({"width": 375, "height": 812})
        each.goto(f"/books/{printed.pk}/read/2/?at=0.2")

        expect(printed_page(each)).to_have_text(f"{shown} of the printed book · ")
        assert each.locator(".reader-progress").bounding_box()["height"] < 40
        assert each.evaluate("document.documentElement.scrollWidth") == 375


def test_a_book_without_pages_says_nothing_about_them(page, novel):
    page.goto(f"/books/{novel.pk}/read/1/")

    expect(page.locator(".reader-progress")).to_contain_text("Chapter 1 of 4")
    expect(printed_page(page)).to_have_count(0)


def test_on_a_phone_the_foot_is_one_line(phone_page, novel, reader, log_in):
    phone_page.set_viewport_size({"width": 375, "height": 812})
    log_in(phone_page, reader)
    phone_page.goto(f"/books/{novel.pk}/read/2/")

    expect(phone_page.locator("[data-time-left]")).to_contain_text("left in chapter")
    assert phone_page.locator(".reader-progress").bounding_box()["height"] < 40


def test_a_glance_ahead_is_no_pace(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/1/")

    page.keyboard.press("End")
    page.wait_for_function("() => reader.here() === 1")

    assert page.locator("[data-own-pace]").input_value() == ""


@pytest.fixture
def saga(novel):
    """The same book as the first of a series."""
    series = Series.objects.create(title="Ferries")
    Book.objects.filter(pk=novel.pk).update(series=series, series_position=1)
    make_book("The Short Ferry", series=series, series_position=2)
    make_book("Quays and Moles")
    return novel


@pytest.mark.parametrize("colours", ["light", "sepia", "dark", "black"])
def test_the_end_of_a_book_is_accessible_in_every_theme(page, saga, reader, log_in, colours):
    prefer(reader, colours=colours)
    log_in(page, reader)
    page.goto(f"/books/{saga.pk}/read/4/")
    page.get_by_text("Write a review").click()

    assert violations(page) == []


def test_a_reader_says_how_it_was_and_goes_on_with_the_next_book(page, saga, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{saga.pk}/read/4/")
    page.get_by_text("Write a review").click()
    page.get_by_label("4 stars").check()
    page.locator("#review-text").fill("It rained throughout.")
    page.get_by_role("button", name="Save review").click()
    expect(page.get_by_text("Your review is saved.")).to_be_visible()
    page.go_back()

    page.get_by_role("region", name="Next in the series").get_by_role(
        "link", name="Read The Short Ferry"
    ).click()

    page.wait_for_url("**/read/1/")
    expect(page.get_by_text("The Short Ferry")).to_be_attached()


def test_without_javascript_a_book_ends_with_what_is_next(plain_page, saga, reader, log_in):
    log_in(plain_page, reader)
    plain_page.set_viewport_size({"width": 375, "height": 812})
    plain_page.goto(f"/books/{saga.pk}/read/4/")

    expect(plain_page.get_by_role("button", name="I’ve finished this book")).to_be_visible()
    expect(plain_page.get_by_role("region", name="You may also like")).to_contain_text("Quays and Moles")
    assert plain_page.evaluate("document.documentElement.scrollWidth") == 375
