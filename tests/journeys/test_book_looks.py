"""A book's own looks and drawings as a browser shows them: in light and dark, as published and plain."""

import pytest

from books.publishing.importing import import_epub
from books.tests.epubs import make_epub
from books.tests.epubs import page as document

pytestmark = pytest.mark.browser

CSS = """
.i { font-style: italic } .b { font-weight: bold } .s { font-variant: small-caps } .c { text-align: center }
.r { text-align: right } p + p { text-indent: 1.5em } .d { float: left; font-size: 300% } .h { display: none }
.v { margin-left: 3em } .n { font-style: normal } .u { list-style: none } .l { display: block }
.hull { fill: none; stroke: #000; stroke-width: 4 }
"""
BODY = """
<h1>The Ferry</h1>
<p><span class="d">T</span>he rain fell on the harbour, and nobody came out to look at it.
The rain fell on the harbour, and nobody came out to look at it. The rain fell on the harbour,
and nobody came out to look at it.</p>
<p>She said <span class="i">never and <i class="n">meant</i></span> <span class="b">it</span>.
<span class="s">Small Caps</span> too.</p>
<p class="c" id="stars">* * *</p>
<p>Nobody came.</p><p class="r" id="signed">Ada Quill</p>
<div class="v" id="verse"><p><span class="l">The sea, the sea,</span>
<span class="l">the land.</span></p></div>
<p class="h">A hidden message.</p>
<ul class="u"><li>Unmarked</li></ul>
<figure><img src="boat.svg" alt="A boat"/><figcaption>A boat</figcaption></figure>
<p>Turn <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><title>right</title>
<path class="hull" d="M2 10L18 10M12 4L18 10L12 16"/></svg> here.</p>
"""
BOAT = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 160" onload="document.title='ran'">
<script>document.title = 'ran'</script><style>.k { stroke: #000; fill: none; stroke-width: 5 }</style>
<path class="k" d="M20 100H380L340 150H60Z"/><path class="k" d="M200 100V10L320 90Z"/>
<text x="150" y="132" font-size="24">Low Water</text></svg>"""


@pytest.fixture
def looks(site):
    """A book with all of it in its first chapter."""
    chapters = {
        "one.xhtml": document(BODY, head='<link rel="stylesheet" href="s.css"/>'),
        # A sample is never the whole book.
        "two.xhtml": f"<h1>Not in the sample</h1><p>{'It rained. ' * 50}</p>",
    }
    return import_epub(
        make_epub(chapters=chapters, files={"s.css": CSS.encode(), "boat.svg": BOAT}), price=900
    ).book


def style(found, selector, name):
    """Return a property of the first element that fits, as the browser works it out."""
    return found.locator(f".reader-text {selector}").first.evaluate(
        f"each => getComputedStyle(each)['{name}']"
    )


def test_emphasis_and_layout_are_those_of_the_book(page, looks):
    page.goto(f"/books/{looks.pk}/read/1/")

    assert style(page, ".italic", "fontStyle") == "italic"
    assert style(page, ".upright", "fontStyle") == "normal"
    assert style(page, ".bold", "fontWeight") == "700"
    assert style(page, ".small-caps", "fontVariantCaps") == "small-caps"
    assert style(page, "#text-stars", "textAlign") == "center"
    assert style(page, "#text-signed", "textAlign") == "end"
    assert style(page, "#text-verse", "marginInlineStart") != "0px"
    assert style(page, "ul", "listStyleType") == "none"
    assert page.get_by_text("hidden message").count() == 0
    # One word, of which the first letter is large.
    assert "The rain fell" in page.locator(".reader-text p").first.inner_text()
    first_letter = "each => getComputedStyle(each, '::first-letter').float"
    assert page.locator(".drop-cap").evaluate(first_letter) == "inline-start"


def test_a_plain_page_keeps_the_emphasis_and_leaves_out_the_layout(page, looks):
    page.goto(f"/books/{looks.pk}/read/1/")

    page.locator(".reader-page").evaluate("each => each.dataset.look = 'plain'")

    assert style(page, ".italic", "fontStyle") == "italic"
    assert style(page, ".small-caps", "fontVariantCaps") == "small-caps"
    assert style(page, "#text-stars", "textAlign") == "start"
    assert style(page, "#text-verse", "marginInlineStart") == "0px"
    first_letter = "each => getComputedStyle(each, '::first-letter').float"
    assert page.locator(".drop-cap").evaluate(first_letter) == "none"


def test_drawings_are_seen_in_light_and_dark_and_run_nothing(page, looks):
    page.goto(f"/books/{looks.pk}/read/1/")
    boat = page.get_by_alt_text("A boat")
    boat.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.reader-text img')].every(each => each.complete)"
    )

    assert boat.evaluate("each => each.naturalWidth") == 400
    grounds = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        grounds.append(boat.evaluate("each => getComputedStyle(each).backgroundColor"))
    assert grounds == ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"]

    # By itself, too: then it is a document.
    page.goto(boat.get_attribute("src").replace("../../", f"/books/{looks.pk}/"))
    assert page.locator("path").count() == 2
    assert page.title() != "ran"
