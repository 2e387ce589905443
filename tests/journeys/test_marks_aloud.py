"""Highlights as a screen reader says them, from the tree that the browser gives it."""

import pytest
from playwright.sync_api import expect

from books.models import Position
from tests.journeys.test_marks import click_on, status
from tests.journeys.test_reading_room import prefer

pytestmark = pytest.mark.browser

LINES = """() => {
  const walker = document.createTreeWalker(reader.text, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const lines = new Map();
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    for (const { index, 0: word } of node.data.matchAll(/\\S+/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      const { top, left } = range.getBoundingClientRect();
      const line = `${Math.round(top)} ${Math.floor(left / 2000)}`;
      lines.set(line, (lines.get(line) ?? "") + word);
    }
  }
  return [...lines.values()];
}"""


def mark(reader, book, words, colour, **fields):
    return reader.marks.create(book=book, chapter=2, colour=colour, quotation=words, **fields)


def aloud(page, paragraph):
    """Return what is said of a paragraph, white space folded."""
    expect(page.locator(".mark-edge").first).to_be_attached()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    nodes = {node["nodeId"]: node for node in tree}
    article = next(node for node in tree if node.get("role", {}).get("value") == "article")
    blocks = [nodes[each] for each in article["childIds"] if nodes[each]["role"]["value"] == "paragraph"]
    return " ".join(" ".join(_said(blocks[paragraph], nodes)).split())


def _said(node, nodes):
    if node["role"]["value"] == "StaticText":
        yield node["name"]["value"]
        return
    if node["role"]["value"] == "button":
        yield f"[{node['name']['value']}]"
        return
    for child in node["childIds"]:
        yield from _said(nodes[child], nodes)


def test_it_is_said_where_they_begin_and_end_and_which_has_a_note(page, novel, reader, log_in):
    mark(reader, novel, "number 1 of the passengers", "green", note="Who?")
    mark(reader, novel, "the passengers went", "pink")
    mark(reader, novel, "idn't mind", "blue", is_lost=True)
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")

    assert aloud(page, 0).startswith(
        "[Note: Who?] It rained, and (green highlight with a note) number 1 of (pink highlight) the "
        "passengers (end of the green highlight) went (end of the pink highlight) below."
    )
    assert "highlight" not in aloud(page, 1)


@pytest.mark.parametrize("layout", ["scrolled", "paged"])
def test_no_line_breaks_elsewhere_and_the_place_is_the_same(page, novel, reader, log_in, layout):
    prefer(reader, layout=layout)
    Position.objects.keep(reader, novel.chapters.get(number=2), 0.5)
    log_in(page, reader)
    page.set_viewport_size({"width": 375, "height": 740})
    address = f"/books/{novel.pk}/read/2/?at=0.5"
    page.goto(address)
    widths = "document.documentElement.scrollWidth, reader.text.scrollWidth"
    measures = f"[reader.here(), reader.geometry.length, {widths}]"
    before = page.evaluate(LINES), page.evaluate(measures)
    for number in (19, 20, 21, 22):
        mark(reader, novel, f"assengers went below. Nobody asked number {number}", "blue", fraction=0.5)
        mark(reader, novel, f"number {number}", "green", fraction=0.5)

    page.goto(address)
    expect(page.locator(".mark-edge")).to_have_count(16)

    assert (page.evaluate(LINES), page.evaluate(measures)) == before
    page.evaluate("reader.geometry.go(0.5)")
    assert page.evaluate("reader.geometry.here()") == before[1][0]


def test_copied_text_has_nothing_more(page, novel, reader, log_in):
    mark(reader, novel, "number 1 of the passengers", "green")
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    expect(page.locator(".mark-edge")).to_have_count(2)

    page.evaluate("getSelection().selectAllChildren(reader.text.querySelector('p'))")

    copied = page.evaluate("getSelection().toString()")
    assert copied.startswith("It rained, and number 1 of the passengers went below.")


def test_a_search_hit_that_begins_where_a_highlight_does_is_still_gone_to(page, novel, reader, log_in):
    mark(reader, novel, "number 33 of the passengers", "green", fraction=0.8)
    log_in(page, reader)

    page.goto(f"/books/{novel.pk}/read/2/#:~:text=number%2033%20of%20the%20passengers")

    expect(page.locator(".mark-edge")).to_have_count(2)
    expect(page.locator(".reader-text").get_by_text("number 33 of the passengers")).to_be_in_viewport()


def test_without_the_highlight_it_is_silent_again(page, novel, reader, log_in):
    mark(reader, novel, "number 1 of the passengers", "green")
    mark(reader, novel, "number 2 of the passengers", "pink", fraction=0.02)
    log_in(page, reader)
    page.goto(f"/books/{novel.pk}/read/2/")
    assert "(pink highlight)" in aloud(page, 1)
    click_on(page, "number 2 of the passengers")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(status(page)).to_contain_text("Your highlight is deleted.")

    assert "highlight" not in aloud(page, 1)
    assert "(green highlight)" in aloud(page, 0)
