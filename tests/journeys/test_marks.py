"""Highlights, notes and bookmarks in a real browser: by mouse, by touch, by keyboard, without JavaScript."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from books import access
from books.models import Mark, Position, Preferences
from books.tests.builders import make_book
from tests.journeys.test_accessibility import violations

pytestmark = pytest.mark.browser

PARAGRAPHS = [
    "It rained. The ferry did not come, <em>and nobody</em> minded.",
    "The harbour master looked at his watch. It rained.",
    *(f"Number {number} of the passengers went below, as usual." for number in range(3, 40)),
]


@pytest.fixture
def novel(site):
    """A book of two chapters that are longer than a screen, with emphasis inside its sentences."""
    book = make_book("The Long Ferry", chapters=2)
    html = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
    book.chapters.update(html=html, plain_text=re.sub(r"<[^>]*>", "", "\n".join(PARAGRAPHS)))
    return book


@pytest.fixture
def reader(ada):
    """Ada, who may read every book."""
    access.give_permission(ada, by=None)
    return ada


def open_chapter(page, log_in, reader, book, number=2):
    log_in(page, reader)
    page.goto(f"/books/{book.pk}/read/{number}/")


def select(page, start, end):
    """Select from the first of these words to the last, as handles or a mouse would."""
    page.evaluate(
        """([start, end]) => {
          const text = document.querySelector(".reader-text");
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          let from = null;
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (!from && node.data.includes(start)) {
              from = [node, node.data.indexOf(start)];
            }
            if (from && node.data.includes(end)) {
              getSelection().setBaseAndExtent(...from, node, node.data.indexOf(end) + end.length);
              return;
            }
          }
        }""",
        [start, end],
    )


def painted(page):
    """Return the words that are drawn as highlights, by their colours."""
    return page.evaluate(
        """() => Object.fromEntries(["yellow", "green", "blue", "pink"].flatMap((colour) => {
          const ranges = [...(CSS.highlights.get(`mark-${colour}`) ?? [])];
          return ranges.length ? [[colour, ranges.map((range) => range.toString())]] : [];
        }))"""
    )


def click_on(page, words):
    """Click in the middle of these words of the text."""
    box = page.evaluate(
        """(words) => {
          const text = document.querySelector(".reader-text");
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words);
            if (at >= 0) {
              const range = document.createRange();
              range.setStart(walker.currentNode, at);
              range.setEnd(walker.currentNode, at + words.length);
              const { x, y, width, height } = range.getBoundingClientRect();
              return { x: x + width / 2, y: y + height / 2 };
            }
          }
        }""",
        words,
    )
    page.mouse.click(box["x"], box["y"])


def toolbar(page):
    return page.get_by_role("toolbar", name="Selected text")


def status(page):
    return page.locator("[data-marks-status]")


def test_words_are_highlighted_by_mouse_and_are_still_there_on_the_next_visit(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    first = page.locator(".reader-text p").first.bounding_box()
    page.mouse.move(first["x"] + 2, first["y"] + 12)
    page.mouse.down()
    page.mouse.move(first["x"] + 400, first["y"] + 12, steps=4)
    expect(toolbar(page)).to_be_hidden()
    page.mouse.up()

    toolbar(page).get_by_role("button", name="Highlight in green").click()

    expect(status(page)).to_have_text("Highlighted in green.")
    expect(toolbar(page)).to_be_hidden()
    mark = Mark.objects.get()
    assert mark.colour == "green"
    assert mark.quotation.startswith("It rained. The ferry did not come")
    assert painted(page) == {"green": [mark.quotation]}
    page.reload()
    assert painted(page) == {"green": [mark.quotation]}
    page.goto(f"/books/{novel.pk}/read/1/")
    assert painted(page) == {}


def test_highlights_overlap_cross_paragraphs_and_emphasis_and_leave_the_text_as_it_is(
    page, novel, reader, log_in
):
    open_chapter(page, log_in, reader, novel)
    text = page.locator(".reader-text")
    before = text.text_content(), page.evaluate("reader.geometry.length")

    for start, end, colour in [
        ("ferry did", "and nobody", "yellow"),
        ("nobody", "The harbour", "pink"),
        ("It rained.", "It rained.", "blue"),
    ]:
        select(page, start, end)
        toolbar(page).get_by_role("button", name=f"Highlight in {colour}").click()
        expect(status(page)).to_have_text(f"Highlighted in {colour}.")

    expected = {
        "yellow": ["ferry did not come, and nobody"],
        "pink": ["nobody minded.The harbour"],
        "blue": ["It rained."],
    }
    assert painted(page) == expected
    assert (text.text_content(), page.evaluate("reader.geometry.length")) == before
    assert Mark.objects.get(colour="pink").quotation == "nobody minded.\nThe harbour"
    page.reload()
    assert painted(page) == expected


def test_of_words_that_occur_twice_the_selected_ones_are_drawn(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    page.evaluate(
        """() => {
          const node = document.querySelectorAll(".reader-text p")[1].firstChild;
          const at = node.data.indexOf("It rained.");
          getSelection().setBaseAndExtent(node, at, node, at + 10);
        }"""
    )
    toolbar(page).get_by_role("button", name="Highlight in blue").click()
    expect(status(page)).to_have_text("Highlighted in blue.")

    page.reload()

    assert page.evaluate(
        """() => [...CSS.highlights.get("mark-blue")][0].startContainer.parentElement
          === document.querySelectorAll(".reader-text p")[1]"""
    )


def test_a_browser_that_cannot_draw_highlights_gets_elements_around_them(page, novel, reader, log_in):
    for place, words, colour in [
        (0.01, "ferry did not come, and nobody", "yellow"),
        (0.02, "nobody minded.", "pink"),
    ]:
        reader.marks.create(book=novel, chapter=2, colour=colour, quotation=words, fraction=place)
    page.add_init_script("delete CSS.highlights")

    open_chapter(page, log_in, reader, novel)

    wrapped = page.locator("mark[data-wrapped]")
    expect(wrapped).to_have_text(["ferry did not come, ", "and nobody", "nobody", " minded."])
    expect(page.locator(".reader-text p").first).to_have_text(re.sub("<[^>]*>", "", PARAGRAPHS[0]))
    click_on(page, "minded")
    expect(page.get_by_role("dialog", name="Highlight")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(wrapped).to_have_text(["ferry did not come, ", "and nobody"])


def test_a_click_on_a_highlight_changes_its_colour_its_note_and_deletes_it(page, novel, reader, log_in):
    words = "The harbour master looked"
    reader.marks.create(book=novel, chapter=2, colour="yellow", quotation=words, fraction=0.03)
    open_chapter(page, log_in, reader, novel)
    editor = page.get_by_role("dialog", name="Highlight")

    click_on(page, "Number 4 of")
    expect(editor).to_be_hidden()
    click_on(page, words)
    with page.expect_response("**/library/bookmarks/*/"):
        editor.get_by_label("Pink").check()
    assert painted(page) == {"pink": [words]}
    editor.get_by_label("Note").fill("Why?")
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Your note is saved.")
    mark = Mark.objects.get()
    assert (mark.colour, mark.note) == ("pink", "Why?")

    [before] = Mark.objects.values()
    click_on(page, words)
    editor.get_by_role("button", name="Delete").click()
    expect(status(page)).to_contain_text("Your highlight is deleted.")
    assert painted(page) == {}
    assert not Mark.objects.exists()
    page.get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Your highlight is back.")
    assert painted(page) == {"pink": [words]}
    assert list(Mark.objects.values()) == [before]


def test_a_mark_of_another_chapter_is_deleted_from_the_list_and_this_one_stays_as_it_is(
    page, novel, reader, log_in
):
    for number, words in [(1, "Number 9"), (2, "Number 4")]:
        reader.marks.create(book=novel, chapter=number, colour="blue", quotation=words, fraction=0.1)
    open_chapter(page, log_in, reader, novel)
    page.keyboard.press("b")

    page.get_by_role("link", name="Delete the highlight in chapter 1").click()
    expect(status(page)).to_contain_text("Your highlight is deleted.")
    assert painted(page) == {"blue": ["Number 4"]}
    page.get_by_role("button", name="Undo").click()

    expect(status(page)).to_have_text("Your highlight is back.")
    assert painted(page) == {"blue": ["Number 4"]}
    assert Mark.objects.get(chapter=1).quotation == "Number 9"


def test_a_note_is_written_at_once_and_stands_in_the_margin(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    select(page, "The harbour", "watch.")
    toolbar(page).get_by_role("button", name="Note").click()
    editor = page.get_by_role("dialog", name="Highlight")
    expect(editor.get_by_label("Note")).to_be_focused()

    editor.get_by_label("Note").fill("He is always late.")
    editor.get_by_role("button", name="Save").click()

    note = page.get_by_role("button", name="Note: He is always late.")
    expect(note).to_be_visible()
    paragraph, text = page.locator(".reader-text p").nth(1), page.locator(".reader-text")
    beside, edge = note.bounding_box(), text.bounding_box()
    assert beside["x"] >= edge["x"] + edge["width"]
    assert abs(beside["y"] - paragraph.bounding_box()["y"]) < 12
    # In a long chapter too, of which the browser lays out only what is near.
    page.evaluate("document.querySelector('[data-reader]').dataset.long = ''")
    assert note.bounding_box() == beside
    assert note.evaluate(
        """(note) => {
          const { x, y, width, height } = note.getBoundingClientRect();
          return document.elementFromPoint(x + width / 2, y + height / 2) === note;
        }"""
    )
    note.focus()
    page.keyboard.press("Enter")
    expect(editor).to_be_visible()
    expect(editor.get_by_label("Note")).to_have_value("He is always late.")
    page.keyboard.press("Escape")
    expect(note).to_be_focused()


def test_whoever_has_written_a_new_note_is_at_it_and_still_sees_the_way_back(
    page, phone_page, novel, reader, log_in
):
    Position.objects.keep(reader, novel.chapters.get(number=1), 0.5)
    for each, way in [(page, "mouse"), (phone_page, "touch")]:
        open_chapter(each, log_in, reader, novel)
        select(each, "watch", "watch") if way == "mouse" else select(each, "ferry", "come")
        each.get_by_role("button", name="Note", exact=True).click()
        each.get_by_role("textbox", name="Note", exact=True).fill(f"By {way}")
        each.keyboard.press("Escape")

        said = each.get_by_text("Your note is saved.")
        expect(said).to_be_visible()
        expect(each.get_by_role("button", name=f"Note: By {way}")).to_be_focused()
        box, back = said.bounding_box(), each.locator("[data-left-off]").bounding_box()
        assert box["width"] < 300
        assert box["y"] + box["height"] <= back["y"]


def test_notes_of_short_paragraphs_do_not_lie_on_each_other(page, novel, reader, log_in):
    for number in (4, 5, 6):
        words = f"Number {number} of the passengers"
        note = "They went below without a word. " * number
        reader.marks.create(book=novel, chapter=2, colour="blue", quotation=words, note=note, fraction=0.1)
    open_chapter(page, log_in, reader, novel)

    boxes = [note.bounding_box() for note in page.locator(".mark-note").all()]

    assert len(boxes) == 3
    for upper, lower in pairwise(boxes):
        assert upper["y"] + upper["height"] <= lower["y"]


def test_by_touch_the_tools_are_at_the_bottom_and_a_note_is_a_sign_in_the_text(
    phone_page, novel, reader, log_in
):
    page = phone_page
    open_chapter(page, log_in, reader, novel)
    select(page, "It rained.", "not come")
    expect(toolbar(page)).to_be_visible()
    box = toolbar(page).bounding_box()
    assert box["y"] + box["height"] == 640
    assert box["width"] == 320
    for tool in toolbar(page).locator("button, a").all():
        assert tool.bounding_box()["height"] >= 44
    select(page, "It rained.", "ferry")

    toolbar(page).get_by_role("button", name="Highlight in blue").tap()

    expect(status(page)).to_have_text("Highlighted in blue.")
    assert painted(page) == {"blue": ["It rained. The ferry"]}
    Mark.objects.update(note="Of course it did.")
    page.reload()
    sign = page.get_by_role("button", name="Note: Of course it did.")
    text = page.locator(".reader-text").bounding_box()
    assert sign.bounding_box()["x"] < text["x"] + text["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    sign.tap()
    expect(page.get_by_role("dialog", name="Highlight").get_by_label("Note")).to_have_value(
        "Of course it did."
    )


@pytest.mark.parametrize("layout", ["scrolled", "paged"])
def test_a_finger_that_rests_on_a_word_selects_it_and_it_is_highlighted(
    phone_page, novel, reader, log_in, layout
):
    """Chromium without a window knows the long press, but selects nothing then: the test does that part."""
    page = phone_page
    Preferences.objects.create(user=reader, layout=layout)
    open_chapter(page, log_in, reader, novel)
    page.evaluate(
        """() => {
          const word = document.querySelector(".reader-text em");
          const select = () => getSelection().selectAllChildren(word);
          document.addEventListener("touchstart", () => setTimeout(select, 400), { once: true });
        }"""
    )
    box = page.locator(".reader-text p em").first.bounding_box()
    at = {"x": round(box["x"] + box["width"] / 2), "y": round(box["y"] + box["height"] / 2)}
    finger = page.context.new_cdp_session(page)
    finger.send("Input.synthesizeTapGesture", {**at, "duration": 900, "gestureSourceType": "touch"})
    before = page.evaluate("reader.here()")

    toolbar(page).get_by_role("button", name="Highlight in pink").tap()

    expect(status(page)).to_have_text("Highlighted in pink.")
    assert painted(page) == {"pink": ["and nobody"]}
    assert Mark.objects.get().quotation == "and nobody"
    assert page.evaluate("reader.here()") == before


def test_by_keyboard_a_paragraph_is_chosen_and_marked(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    page.keyboard.press("m")
    expect(toolbar(page).get_by_role("button", name="Highlight in yellow")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(toolbar(page).get_by_role("button", name="Highlight in green")).to_be_focused()
    page.keyboard.press("Enter")

    expect(status(page)).to_have_text("Highlighted in green.")
    assert painted(page) == {"green": ["The harbour master looked at his watch. It rained."]}
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(toolbar(page)).to_be_hidden()
    assert Mark.objects.count() == 1


def test_selected_words_are_copied_looked_up_and_shared_without_any_mark(page, novel, reader, log_in):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.marks.create(book=novel, chapter=2, colour="pink", quotation="harbour", note="Mine")
    open_chapter(page, log_in, reader, novel)
    select(page, "harbour", "watch")
    expect(toolbar(page).get_by_role("link", name="Look up in this book")).to_have_attribute(
        "href", re.compile(rf"/books/{novel.pk}/search/\?q=harbour\+master\+looked\+at\+his\+watch$")
    )
    toolbar(page).get_by_role("button", name="Copy").click()
    expect(status(page)).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "harbour master looked at his watch"

    select(page, "Number 30", "below")
    toolbar(page).get_by_role("button", name="Share").click()

    expect(status(page)).to_contain_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(rf"/books/{novel.pk}/read/2/\?at=0\.\d+#place:~:text=Number%2030", link)
    assert "Mine" not in link
    assert str(Mark.objects.get().pk) not in link
    page.goto("/about/")
    page.goto(link)
    expect(page.get_by_text("Number 30 of the passengers")).to_be_in_viewport()


def test_a_shared_link_opens_the_sample_for_a_visitor_and_asks_to_buy_the_rest(page, novel):
    for number, sentence in [(1, "Number 30 of the passengers"), (2, "Buy the book")]:
        page.goto(f"/books/{novel.pk}/read/{number}/?at=0.7100#place:~:text=Number%2030")
        expect(page.get_by_text(sentence).first).to_be_in_viewport()
    # The locked chapter answers 403, which the browser notes.
    page.problems.clear()


def test_a_visitor_may_copy_and_look_up_and_is_asked_to_log_in_to_highlight(page, novel):
    page.goto(f"/books/{novel.pk}/read/1/")
    select(page, "harbour", "watch")

    expect(toolbar(page).get_by_role("button", name="Copy")).to_be_visible()
    expect(toolbar(page).get_by_role("button", name="Highlight in yellow")).to_be_hidden()
    toolbar(page).get_by_role("link", name="Log in to highlight").click()

    page.wait_for_url(f"/accounts/login/?next=/books/{novel.pk}/read/1/")


def test_a_refusal_is_said_and_keeps_the_selection(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    page.evaluate(
        """() => {
          const lines = document.querySelectorAll(".reader-text p");
          lines[5].firstChild.data = "long ".repeat(500);
          getSelection().selectAllChildren(lines[5]);
        }"""
    )

    toolbar(page).get_by_role("button", name="Highlight in yellow").click()

    expect(status(page)).to_have_text("A highlight holds up to 2,000 characters. Select a shorter passage.")
    expect(toolbar(page)).to_be_visible()
    assert not Mark.objects.exists()
    # The browser notes the refusal.
    page.problems.clear()


def test_on_a_phone_the_tools_do_not_cover_what_could_not_be_saved(phone_page, novel, reader, log_in):
    page = phone_page
    open_chapter(page, log_in, reader, novel)
    select(page, "It rained", "come")
    page.route("**/bookmarks/", lambda route: route.abort())
    page.get_by_role("button", name="Highlight in blue").tap()

    said = page.get_by_text("We couldn’t save that. Check your connection and try again.")
    expect(said).to_be_visible()
    tools = page.get_by_role("toolbar", name="Selected text")
    expect(tools).to_be_visible()
    box = said.bounding_box()
    assert box["y"] + box["height"] <= tools.bounding_box()["y"]
    page.problems = [each for each in page.problems if "ERR_FAILED" not in each]


def test_marking_does_not_move_the_place(page, novel, reader, log_in):
    open_chapter(page, log_in, reader, novel)
    page.wait_for_timeout(1500)
    before = Position.objects.values_list("chapter", "fraction").first()

    select(page, "harbour", "watch")
    toolbar(page).get_by_role("button", name="Note").click()
    page.get_by_role("dialog").get_by_label("Note").fill("Late")
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Your note is saved.")
    page.wait_for_timeout(1500)

    assert Position.objects.values_list("chapter", "fraction").first() == before


def test_on_the_page_of_all_marks_deleting_can_be_undone(page, novel, reader, log_in):
    # Also one whose words are gone, which could not be made again.
    reader.marks.create(
        book=novel,
        chapter=2,
        colour="green",
        quotation="ferry boat",
        note="Who?",
        fraction=0.03,
        is_lost=True,
    )
    before = list(Mark.objects.values())
    log_in(page, reader)
    page.goto("/library/bookmarks/")
    page.get_by_role("link", name="Delete the highlight in chapter 2").click()
    expect(page.get_by_text("Your highlight is deleted.")).to_be_visible()
    assert not Mark.objects.exists()

    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_text("Who?")).to_be_visible()
    assert list(Mark.objects.values()) == before


def test_without_javascript_a_paragraph_is_marked_and_its_mark_changed_and_deleted(
    plain_page, novel, reader, log_in
):
    page = plain_page
    open_chapter(page, log_in, reader, novel)
    expect(page.get_by_role("link", name="¶", exact=True)).to_have_count(0)
    page.locator("[data-tool=bookmarks] summary").click()
    page.get_by_role("link", name="Choose a paragraph by its ¶").click()
    page.get_by_role("link", name="¶", exact=True).nth(1).click()
    expect(page.get_by_text("The harbour master looked at his watch.")).to_be_visible()
    page.get_by_label("A blue highlight").check()
    page.get_by_label("Note (optional)").fill("By form")
    page.get_by_role("button", name="Mark the paragraph").click()

    expect(page.get_by_text("Your highlight is saved.")).to_be_visible()
    page.goto("/library/bookmarks/?kind=notes")
    expect(page.get_by_text("By form")).to_be_visible()
    page.get_by_role("link", name="Edit the note").click()
    page.get_by_label("Green").check()
    page.get_by_role("button", name="Save the highlight").click()
    assert Mark.objects.get().colour == "green"
    page.get_by_role("link", name="Delete the highlight").click()
    page.get_by_role("button", name="Delete the highlight and its note").click()
    expect(page.get_by_text("Your highlight is deleted.")).to_be_visible()
    assert not Mark.objects.exists()


def test_marking_is_accessible_in_every_theme(page, novel, reader, log_in):
    mark = reader.marks.create(
        book=novel, chapter=2, colour="green", quotation="harbour master", note="Who?", fraction=0.03
    )
    reader.marks.create(book=novel, chapter=2, excerpt="gone", is_lost=True, fraction=0.5)
    log_in(page, reader)
    found = []
    for address in (
        "/library/bookmarks/",
        f"/library/bookmarks/{mark.pk}/",
        f"/library/bookmarks/{mark.pk}/delete/",
        f"/books/{novel.pk}/read/2/mark/1/",
        f"/books/{novel.pk}/read/2/?mark",
        f"/books/{novel.pk}/read/2/",
    ):
        page.goto(address)
        found += violations(page)
    select(page, "Number 4", "usual")
    expect(toolbar(page)).to_be_visible()
    found += violations(page)
    page.get_by_role("button", name="Note: Who?").click()
    found += violations(page)
    page.keyboard.press("Escape")
    page.evaluate("document.documentElement.dataset.colours = 'sepia'")
    page.keyboard.press("b")
    found += violations(page)

    assert found == []
