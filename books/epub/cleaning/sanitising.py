"""A chapter's XHTML → HTML that is safe on our pages.

First the tree is rewritten (links, pictures, formulas, headings). Then nh3 lets through only what is listed
here, so that a mistake in the first step can lose something but not let anything in.
"""

import re
from collections.abc import Sequence
from itertools import chain

import nh3
from lxml import etree
from lxml.html import tostring

from books.epub.book import UnusableEpub
from books.epub.opening.markup import TAGS_WITHOUT_CONTENT
from books.epub.styling.looks import ALL as ALL_LOOKS

from .formulas import MATH_ATTRIBUTES, MATH_TAGS
from .rewriting import SHOWN, rewrite
from .surroundings import Surroundings

TAGS = MATH_TAGS | (SHOWN - {"h1"})
ATTRIBUTES = MATH_ATTRIBUTES | {
    "*": {"id", "lang", "dir", "title", "class", "role"},
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height", "loading"},
    "col": {"span"},
    "colgroup": {"span"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope", "abbr"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "time": {"datetime"},
}
ALLOWED_VALUES = {
    ("*", "class"): re.compile("(?:{0})(?: (?:{0}))*".format("|".join({"noteref", "footnote"} | ALL_LOOKS))),
    ("*", "role"): re.compile("doc-noteref|doc-footnote|doc-backlink"),
    ("*", "dir"): re.compile("ltr|rtl|auto", re.IGNORECASE),
    ("*", "lang"): re.compile("[A-Za-z0-9-]{1,35}"),
    ("a", "href"): re.compile(r"https?://.*|mailto:.*|(\.\./\d+/)?(#.*)?", re.DOTALL | re.IGNORECASE),
    ("img", "src"): re.compile(r"\.\./\.\./pictures/[0-9a-f]+\.(png|jpg|gif|webp|svg)"),
}
# Those of HTML's "formatting elements" that are among the tags above.
REOPENED = frozenset("a b code em i s small strong u".split())
TOO_LONG = "A chapter of the book is longer than {} million characters."
HEADING = re.compile("h[1-6]")


def sanitise(parts: Sequence[tuple[etree._Element, Surroundings]], max_length: int) -> str:
    """Return the parts of a chapter as safe HTML; their trees are used up.

    Headings begin at h2, links to other chapters and pictures are relative to …/read/<number>/.
    Raises UnusableEpub if it would be longer than `max_length` characters.
    """
    bodies = [body for body, _ in parts]
    for body, surroundings in parts:
        body.tag = "div"
        rewrite(body, surroundings)
    _level_headings(bodies)
    if sum(map(_repeated_length, bodies)) > max_length:
        raise UnusableEpub(TOO_LONG.format(max_length // 10**6))
    html = "".join(map(_clean, bodies))
    if len(html) > max_length:
        raise UnusableEpub(TOO_LONG.format(max_length // 10**6))
    return html


def _repeated_length(body: etree._Element) -> int:
    """Return the length, in characters, of the tags that HTML's rules may repeat.

    Where an element closes another, as a paragraph inside a paragraph does, the formatting elements around it
    are opened again inside: a few thousand of them, nested deeply enough, become gigabytes.
    https://html.spec.whatwg.org/multipage/parsing.html#reconstruct-the-active-formatting-elements
    """
    repeated = length = 0
    for event, element in etree.iterwalk(body, events=("start", "end")):
        own = sum(map(len, chain(*element.items())), len(element.tag)) if element.tag in REOPENED else 0
        if event == "start":
            repeated += length
            length += own
        else:
            length -= own
    return repeated


def _clean(body: etree._Element) -> str:
    return nh3.clean(
        tostring(body, encoding="unicode", with_tail=False),
        tags=TAGS,
        clean_content_tags=TAGS_WITHOUT_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed_value,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        # These scroll sideways on a small screen, so the keyboard must reach them.
        set_tag_attribute_values={"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}},
    )


def _level_headings(bodies: Sequence[etree._Element]) -> None:
    """Shift the headings so that the highest is h2: the page has its own h1."""
    elements = (element for body in bodies for element in body.iter(etree.Element))
    headings = [element for element in elements if HEADING.fullmatch(element.tag)]
    highest = min((int(heading.tag[1]) for heading in headings), default=2)
    for heading in headings:
        heading.tag = f"h{min(int(heading.tag[1]) - highest + 2, 6)}"


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    rule = ALLOWED_VALUES.get((tag, attribute)) or ALLOWED_VALUES.get(("*", attribute))
    return value if rule is None or rule.fullmatch(value) else None
