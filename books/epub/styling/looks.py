"""The looks that our pages know: all the classes that a text can have. Their rules: static/css/book_text.css.

What carries sense is shown always. Layout is shown where the reader chose the publisher's look
(data-look="publisher"), and left out where they chose a plain page (data-look="plain").
"""

from collections.abc import Iterator
from typing import Any

from .cascade import HEADINGS, Style

# A look is kept in this attribute until the text is cleaned, when it becomes its class.
LOOKS = "looks"

SENSE = frozenset(
    "italic upright bold regular small-caps no-small-caps uppercase lowercase capitalised as-written "
    "monospace underlined struck undecorated superscript subscript preserved lines own-line "
    "spaced-before spaced-after".split()
)
LAYOUT = frozenset(
    "centred aligned-start aligned-end indented hanging flush inset-1 inset-2 inset-3 inset-4 "
    "large larger smaller unmarked drop-cap".split()
)
# Of a list: without numbers or bullets.
UNMARKED = "unmarked"
# A picture that the page can be seen through.
SEE_THROUGH = "see-through"
# The letters that a picture beside them shows: the word is whole, and nobody sees them twice.
PICTURED = "pictured"
# What no document says, but the book's style sheet writes before or after an element.
GENERATED = "generated"
ALL = SENSE | LAYOUT | {SEE_THROUGH, PICTURED, GENERATED}

BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header li main nav ol p pre section table td th ul".split()
)
# They have an indent of their own on our pages.
INDENTED = frozenset({"blockquote", "body", "dd", "html", "li", "ol", "ul", "table", "td", "th"})
LISTS = frozenset({"ol", "ul", "li"})
# The types of an <ol>.
NUMBERINGS = frozenset("1aAiI")
TRANSFORMS = {
    "uppercase": "uppercase",
    "lowercase": "lowercase",
    "capitalize": "capitalised",
    "none": "as-written",
}
ALIGNMENTS = {"start": "aligned-start", "end": "aligned-end", "center": "centred"}
# In em: less is no indent that means anything.
LEAST_INDENT = 0.4
# In em of each step of an inset, and how many there are.
INSET, MOST_INSETS = 1.5, 4
# In em: a margin that parts two scenes and not just two paragraphs.
SCENE_BREAK = 1.5
# Times the size around.
LARGE, LARGER, SMALLER = 1.2, 1.6, 0.85
INITIAL_FROM = 1.4


def looks_of(tag: str, style: Style, plain: Style, *, rtl: bool) -> Iterator[str]:
    """Yield the classes by which an element of our pages gets its style, where it is not so anyway."""
    yield from _emphasis(tag, style, plain)
    is_block = tag in BLOCKS or style["display"] == "block"
    if is_block:
        yield from _of_block(tag, style, plain, rtl=rtl)
    elif style["script"] and not plain["script"]:
        yield "superscript" if style["script"] == "super" else "subscript"
    if tag not in HEADINGS and style["script"] == "":
        yield from _size(style["size"])
    if tag in LISTS and style["marker"] == "none" != plain["marker"]:
        yield UNMARKED


def is_initial(style: Style) -> bool:
    """Tell whether the element, if it has only a letter or two, is a drop capital."""
    return bool(style["floats"]) and float(style["size"]) >= INITIAL_FROM


def _emphasis(tag: str, style: Style, plain: Style) -> Iterator[str]:
    for name, on, off in (
        ("italic", "italic", "upright"),
        ("bold", "bold", "regular"),
        ("small_caps", "small-caps", "no-small-caps"),
    ):
        if style[name] != plain[name]:
            yield on if style[name] else off
    if style["transform"] != plain["transform"]:
        yield TRANSFORMS[style["transform"]]
    if style["monospace"] and not plain["monospace"]:
        yield "monospace"
    if style["space"] != plain["space"] and style["space"] != "normal":
        yield "preserved" if style["space"] == "pre" else "lines"
    # Links are underlined by our pages, or not.
    if tag != "a":
        yield from _lines(style["lines"], plain["lines"])


def _lines(lines: Any, plain: Any) -> Iterator[str]:
    if "underline" in lines - plain:
        yield "underlined"
    if "line-through" in lines - plain:
        yield "struck"
    if plain and not lines:
        yield "undecorated"


def _of_block(tag: str, style: Style, plain: Style, *, rtl: bool) -> Iterator[str]:
    if tag not in BLOCKS:
        yield "own-line"
    alignment = aligned(style["align"], rtl=rtl)
    if alignment != aligned(plain["align"], rtl=rtl):
        yield ALIGNMENTS[alignment]
    indent = _indent(style["indent"])
    if indent != _indent(plain["indent"]):
        yield indent
    if tag not in INDENTED:
        side = "right" if rtl else "left"
        # Of a hanging indent, only what is left of the first line is an inset.
        inset = _inset(style[f"margin_{side}"] + style[f"padding_{side}"] + min(style["indent"], 0))
        if inset:
            yield f"inset-{inset}"
    if tag not in HEADINGS and tag != "body":
        if style["before"] >= SCENE_BREAK or style["breaks"]:
            yield "spaced-before"
        if style["after"] >= SCENE_BREAK:
            yield "spaced-after"


def aligned(value: str, *, rtl: bool) -> str:
    """Return the alignment as a side of the line, where its text begins or ends."""
    return (
        {"left": "end", "right": "start"}.get(value, value)
        if rtl
        else {
            "left": "start",
            "right": "end",
        }.get(value, value)
    )


def _indent(length: float) -> str:
    if abs(length) < LEAST_INDENT:
        return "flush"
    return "indented" if length > 0 else "hanging"


def _inset(length: float) -> int:
    return min(max(round(length / INSET + 0.2), 0), MOST_INSETS)


def _size(size: float) -> Iterator[str]:
    if size >= LARGER:
        yield "larger"
    elif size >= LARGE:
        yield "large"
    elif size <= SMALLER:
        yield "smaller"
