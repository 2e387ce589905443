"""The reader's page: nothing but the text and one bar, scrolled or in pages, in any looks."""

import pytest
from playwright.sync_api import expect

from books.models import Position, Preferences
from books.tests.builders import make_book
from tests.journeys.test_accessibility import violations
from tests.journeys.test_reading import choose, open_tool

pytestmark = pytest.mark.browser

TOPS = """() => {
  const bar = document.querySelector(".reader-bar").getBoundingClientRect();
  const shown = document.querySelectorAll(".reader-text :is(h1:not(.visually-hidden), h2, p)");
  return [bar.height, shown[0].getBoundingClientRect().top];
}"""


def prefer(reader, **chosen):
    Preferences.objects.update_or_create(user=reader, defaults=chosen)


def bar_bottom(page):
    return page.evaluate("document.querySelector('.reader-bar').getBoundingClientRect().bottom")


def shown(page):
    return page.evaluate("reader.here()")


def test_nothing_is_above_the_text_but_a_bar_of_48_pixels(page, phone_page, plain_page, novel):
    for each, width, height in [(page, 1280, 800), (phone_page, 375, 812), (plain_page, 375, 812)]:
        each.set_viewport_size({"width": width, "height": height})
        each.goto(f"/books/{novel.pk}/read/1/")

        bar, text = each.evaluate(TOPS)

        assert bar <= 48
        assert text < 96
        expect(each.get_by_role("banner")).to_have_count(0)
        expect(each.get_by_role("navigation", name="Site")).to_have_count(0)
        expect(each.get_by_role("link", name="About")).to_have_count(0)


def test_the_bar_hides_while_one_reads_on_and_comes_back(phone_page, novel):
    page = phone_page
    page.goto(f"/books/{novel.pk}/read/1/")

    away = "() => document.querySelector('.reader-bar').getBoundingClientRect().bottom <= 0"
    back = "() => document.querySelector('.reader-bar').getBoundingClientRect().top === 0"

    def read_on():
        page.evaluate("scrollBy({ top: 300, behavior: 'instant' })")
        page.wait_for_function(away)

    read_on()
    page.evaluate("scrollBy({ top: -100, behavior: 'instant' })")
    page.wait_for_function(back)
    read_on()
    page.touchscreen.tap(160, 320)
    page.wait_for_function(back)
    page.touchscreen.tap(160, 320)
    page.wait_for_function(away)
    page.keyboard.press("Escape")
    page.wait_for_function(back)
    read_on()
    before = page.evaluate("scrollY")
    page.locator(".reader-back").focus()
    page.wait_for_function(back)
    assert page.evaluate("scrollY") == before


def test_without_javascript_the_bar_stays_at_the_top_of_the_page(plain_page, novel):
    page = plain_page
    page.goto(f"/books/{novel.pk}/read/1/")
    page.mouse.wheel(0, 600)
    # Nothing in the page could tell when it has scrolled.
    page.wait_for_timeout(500)

    assert page.locator(".reader-bar").bounding_box()["y"] < 0
    page.mouse.wheel(0, -600)
    page.locator("[data-tool=contents] summary").click()
    expect(page.get_by_role("navigation", name="Contents")).to_be_visible()


def test_pages_are_turned_and_lead_on_to_the_next_chapter_and_back(page, novel, reader, log_in):
    prefer(reader, layout="paged")
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/1/")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    read = [shown(page)]
    for key in ("ArrowRight", "PageDown", " "):
        page.keyboard.press(key)
        page.wait_for_function("before => reader.here() > before", arg=read[-1])
        read.append(shown(page))
        if read[-1] == 1:
            break
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => reader.here() < before", arg=read[-1])
    assert shown(page) == read[-2]

    page.keyboard.press("End")
    page.wait_for_function("() => reader.here() === 1")
    page.get_by_role("button", name="Next page").click()
    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    assert shown(page) == 0
    page.get_by_role("button", name="Previous page").click()
    page.wait_for_url(f"/books/{novel.pk}/read/1/")
    assert shown(page) == 1


def test_in_pages_reading_on_moves_the_place_and_a_new_size_of_the_window_does_not(
    page, novel, reader, log_in
):
    prefer(reader, layout="paged")
    Position.objects.keep(reader, novel.chapters.get(number=2), 0.25)
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/")
    page.wait_for_url(f"/books/{novel.pk}/read/2/")
    with page.expect_response("**/place/"):
        page.keyboard.press("ArrowRight")
    fraction = reader.positions.get().fraction
    assert fraction > 0.25

    for width in (500, 900, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(300)

    assert shown(page) == pytest.approx(fraction, abs=1e-5)
    assert reader.positions.get().fraction == fraction


def test_the_last_pages_are_as_straight_as_the_first(page, novel, reader, log_in):
    # The page is 524.4 pixels wide, so that whole pixels would be 6 wrong after 15 pages.
    prefer(reader, layout="paged", measure="narrow")
    log_in(page, reader)
    page.set_viewport_size({"width": 812, "height": 375})
    page.goto(f"/books/{novel.pk}/read/3/")

    for _ in range(15):
        before = shown(page)
        page.keyboard.press("ArrowRight")
        page.wait_for_function("before => reader.here() > before", arg=before)

    off = page.evaluate(
        """() => {
          const seen = reader.text.getBoundingClientRect();
          return [...reader.text.querySelectorAll("p")].flatMap((each) => [...each.getClientRects()])
            .filter((box) => box.left < seen.right - 99 && box.right > seen.left + 99)
            .map((box) => Math.abs(box.left - seen.left));
        }"""
    )
    assert off
    assert max(off) <= 1


def test_one_turns_back_from_the_end_of_a_chapter_to_its_last_page(page, novel, reader, log_in):
    prefer(reader, layout="paged")
    log_in(page, reader)
    page.set_viewport_size({"width": 812, "height": 375})
    page.goto(f"/books/{novel.pk}/read/4/?at=1")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => scrollY > 0")

    page.keyboard.press("ArrowLeft")

    page.wait_for_function("() => scrollY === 0")
    assert shown(page) == 1


def test_in_pages_a_tap_hides_the_bar_and_the_way_back_covers_no_text(phone_page, novel, reader, log_in):
    page = phone_page
    prefer(reader, layout="paged")
    Position.objects.keep(reader, novel.chapters.get(number=1), 0.5)
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/3/?at=0.5")
    expect(page.get_by_role("link", name="Back to 12%")).to_be_visible()

    page.touchscreen.tap(160, 320)

    page.wait_for_function("() => document.querySelector('.reader-bar').getBoundingClientRect().bottom <= 0")
    tops = page.evaluate(
        """() => [...document.querySelectorAll(".reader-left-off, .reader-foot button")]
          .filter((each) => each.checkVisibility())
          .map((each) => each.getBoundingClientRect().top)"""
    )
    assert min(tops) >= page.evaluate("reader.text.getBoundingClientRect().bottom")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_in_pages_an_address_leads_to_the_page_with_its_words_and_that_stays_where_it_is(
    page, novel, reader, log_in
):
    prefer(reader, layout="paged")
    chapter = novel.chapters.get(number=2)
    # As converters write them: a spot without words, at the beginning of a line, in the lower half of a page.
    for number in (9, 22):
        words = f"<p>It rained, and number {number} "
        chapter.html = chapter.html.replace(words, words.replace("<p>", f'<p><a id="text-{number}"></a>'))
    chapter.save()
    log_in(page, reader)
    page.set_viewport_size({"width": 800, "height": 500})
    address = f"/books/{novel.pk}/read/2/"

    def is_in_view(number):
        page.wait_for_timeout(300)
        left, top = page.evaluate(
            """(name) => {
              const spot = document.getElementById(name).getBoundingClientRect();
              const seen = reader.text.getBoundingClientRect();
              return [(spot.left - seen.left) / seen.width, spot.top];
            }""",
            f"text-{number}",
        )
        return -0.01 <= left < 1 and 0 <= top < 500 and page.evaluate("scrollY") == 0

    page.goto(f"{address}#text-22")
    assert is_in_view(22)
    page.evaluate("location.hash = 'text-9'")
    assert is_in_view(9)
    page.evaluate("location.hash = 'text-22'")
    assert is_in_view(22)
    for number in (9, 22):
        page.goto("/about/")
        page.goto(f"{address}#:~:text=and%20number%20{number}%20of")
        page.wait_for_function("() => reader.here() > 0")
        assert is_in_view(number)
    open_tool(page, "search")
    page.get_by_role("searchbox").fill("number 9")
    page.keyboard.press("Enter")
    page.locator("[data-found] li", has_text="Chapter 2").get_by_role("link", name="rained").first.click()
    page.wait_for_function("() => reader.here() < 0.3")
    assert is_in_view(9)


def test_a_long_formula_in_a_line_does_not_widen_the_page_of_a_phone(phone_page, novel):
    formula = "<math><mrow>" + "<mi>x</mi><mo>+</mo>" * 60 + "<mi>x</mi></mrow></math>"
    novel.chapters.filter(number=1).update(html=f"<p>Let {formula} be the fare.</p>")

    phone_page.goto(f"/books/{novel.pk}/read/1/")

    assert phone_page.evaluate("document.documentElement.scrollWidth") == 320
    assert phone_page.evaluate("document.querySelector('math').scrollWidth") > 320


def test_on_a_phone_pages_are_swiped_and_tapped(phone_page, novel, reader, log_in):
    page = phone_page
    prefer(reader, layout="paged")
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/1/")
    swipe = """([from, to]) => {
      for (const [name, x] of [["touchstart", from], ["touchend", to]]) {
        const touch = new Touch({ identifier: 1, target: reader.text, clientX: x, clientY: 300 });
        const touches = name === "touchend" ? [] : [touch];
        reader.text.dispatchEvent(new TouchEvent(name, { touches, changedTouches: [touch], bubbles: true }));
      }
    }"""
    page.evaluate(swipe, [260, 60])
    page.wait_for_function("() => reader.here() > 0")
    page.evaluate(swipe, [60, 260])
    page.wait_for_function("() => reader.here() === 0")
    page.touchscreen.tap(300, 300)
    page.wait_for_function("() => reader.here() > 0")
    page.touchscreen.tap(20, 300)
    page.wait_for_function("() => reader.here() === 0")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize(("language", "writing_mode"), [("he", "horizontal"), ("ja", "vertical-rl")])
def test_pages_are_turned_to_the_left_where_books_are(page, novel, reader, log_in, language, writing_mode):
    novel.language, novel.writing_mode = language, writing_mode
    novel.save()
    prefer(reader, layout="paged")
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/1/")

    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => reader.here() > 0")
    read = shown(page)
    page.mouse.click(60, 400)
    page.wait_for_function("before => reader.here() > before", arg=read)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => reader.here() === before", arg=read)
    assert page.evaluate("document.documentElement.scrollWidth") == 1280


def test_a_typeface_is_loaded_only_when_it_is_chosen(page, novel, reader, log_in):
    log_in(page, reader)
    loaded = []
    page.on("requestfinished", lambda request: "/typefaces/" in request.url and loaded.append(request.url))
    page.goto(f"/books/{novel.pk}/read/2/")
    open_tool(page, "settings")
    expect(page.get_by_text("Line spacing")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert loaded == []

    with page.expect_response("**/typefaces/Lexend*"):
        choose(page, "Lexend")
    page.wait_for_function("() => document.fonts.check('16px Lexend')")

    assert len(loaded) == 1
    page.reload()
    page.wait_for_function(
        "() => [...document.fonts].some((face) => face.family === 'Lexend' && face.status === 'loaded')"
    )


def test_the_looks_of_the_text_change_at_once(page, novel, reader, log_in):
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    style = "(name) => getComputedStyle(document.querySelector('.reader-text'))[name]"
    open_tool(page, "settings")

    for name, group, css, value in [
        ("Justified", "alignment", "textAlign", "justify"),
        ("Off", "hyphens", "hyphens", "manual"),
        ("Loose", "line_spacing", "lineHeight", "36.1px"),
        ("Pages", "layout", "overflow", "hidden"),
    ]:
        with page.expect_response("**/library/preferences/"):
            choose(page, name, f".reader-choice-{group}")
        assert page.evaluate(style, css) == value
    title = "getComputedStyle(document.querySelector('.reader-text h1')).textAlign"
    assert page.evaluate(title) == "start"
    with page.expect_response("**/library/preferences/"):
        choose(page, "Plain", ".reader-choice-look")
    expect(page.locator("[data-reader]")).to_have_attribute("data-look", "plain")


@pytest.mark.parametrize("colours", ["light", "sepia", "dark", "black"])
def test_reading_is_accessible_in_every_theme_scrolled_and_in_pages(page, novel, reader, log_in, colours):
    log_in(page, reader)
    Position.objects.keep(reader, novel.chapters.get(number=1), 0.5)
    found = []
    for layout in ("scrolled", "paged"):
        prefer(reader, colours=colours, layout=layout)
        page.goto(f"/books/{novel.pk}/read/3/")
        expect(page.get_by_role("link", name="Back to 12%")).to_be_visible()
        for tool in ("contents", "settings"):
            open_tool(page, tool)
            found += violations(page)

    assert found == []


@pytest.mark.parametrize("colours", ["light", "sepia", "dark", "black"])
def test_on_a_phone_every_panel_is_accessible_in_every_theme(phone_page, novel, reader, log_in, colours):
    page = phone_page
    prefer(reader, colours=colours)
    reader.marks.create(
        book=novel, chapter=2, colour="blue", quotation="number 1 of", note="Who?", fraction=0
    )
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    found = []
    for tool in ("contents", "search", "bookmarks", "settings"):
        open_tool(page, tool)
        if tool == "settings":
            expect(page.get_by_text("Line length")).to_be_visible()
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Note: Who?").tap()
    expect(page.get_by_role("dialog", name="Highlight")).to_be_visible()
    found += violations(page)

    assert found == []


def test_every_control_of_the_reader_has_a_name(page, novel, reader, log_in):
    prefer(reader, layout="paged")
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")

    nameless = page.evaluate(
        """() => [...document.querySelectorAll(":is(a, button, summary)")]
          .filter((each) => each.checkVisibility() && !each.innerText.trim() && !each.textContent.trim())
          .map((each) => each.outerHTML)"""
    )

    assert nameless == []
    expect(page.get_by_role("link", name="Back to The Long Ferry")).to_be_visible()
    for name in ("Contents", "Search", "Bookmarks", "How the page looks"):
        expect(page.locator("summary", has_text=name)).to_be_visible()
    for name in ("Next page", "Previous page"):
        expect(page.get_by_role("button", name=name)).to_be_visible()


@pytest.fixture
def long(page, reader, log_in):
    """A chapter of 100,000 words; the page notes shifts, and how many paragraphs are laid out at once."""
    book = make_book("The Long Winter", chapters=2)
    words = "It rained, and nobody minded at all. " * 14
    lines = [f"<p>{words}<em>{number}</em></p>" for number in range(1030)]
    book.chapters.filter(number=1).update(html="".join(lines), plain_text="It rained. " * 65_000)
    log_in(page, reader)
    page.add_init_script(
        """[globalThis.shifts, globalThis.parts] = [0, []];
        new PerformanceObserver((list) => list.getEntries().forEach((each) => {
          shifts += each.hadRecentInput ? 0 : each.value;
        })).observe({ type: "layout-shift", buffered: true });
        new MutationObserver((changes) => {
          const laid = changes.filter(({ target }) => target.classList.contains("is-laid-out"));
          parts.push(...(laid.length ? [laid.length] : []));
        }).observe(document, { subtree: true, attributeFilter: ["class"] });"""
    )
    return book


def test_a_chapter_of_100_000_words_opens_and_scrolls_smoothly(page, long):
    page.goto(f"/books/{long.pk}/read/1/?at=0.6")
    assert shown(page) == pytest.approx(0.6, abs=0.002)

    for _ in range(5):
        before = shown(page)
        page.mouse.wheel(0, 700)
        page.wait_for_function("before => reader.here() > before", arg=before)

    assert page.evaluate("shifts") < 0.01
    # Only what is in view has been laid out.
    drawn = """() => [...document.querySelectorAll(".reader-text em")]
      .filter((each) => each.checkVisibility({ contentVisibilityAuto: true })).length"""
    assert 0 < page.evaluate(drawn) < 100


@pytest.mark.parametrize("is_chosen_later", [False, True])
def test_in_pages_a_chapter_of_100_000_words_is_laid_out_a_part_at_a_time(
    page, long, reader, is_chosen_later
):
    prefer(reader, layout="scrolled" if is_chosen_later else "paged")
    page.goto(f"/books/{long.pk}/read/1/?at=0.6")
    if is_chosen_later:
        open_tool(page, "settings")
        page.get_by_role("radio", name="Pages").check()
        page.keyboard.press("Escape")
    expect(page.locator(".reader-text")).to_have_css("opacity", "1")
    # The page in view is the one with the words that the address names.
    assert 0 <= page.evaluate("reader.geometry.screens(reader.geometry.here(), 0.6)") < 1

    parts = page.evaluate("parts")
    assert sum(parts) == 1030
    assert max(parts) <= 1030 * 0.6
    assert page.evaluate("shifts") < 0.01
    before = page.evaluate("reader.geometry.here()")
    page.keyboard.press("PageDown")
    page.wait_for_function("before => reader.here() > before + 0.001", arg=before)
    page.keyboard.press("PageUp")
    page.wait_for_function("before => reader.here() === before", arg=before)
