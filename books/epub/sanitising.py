"""A chapter's XHTML → HTML that is safe on our pages.

First the tree is rewritten (links, pictures, ids, headings), then nh3 lets through what is listed
here and nothing else, so that a mistake in the first step can lose something but not let it in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from lxml import etree
from lxml.html import tostring

from .archive import resolve
from .book import Illustration
from .markup import EPUB_TYPE, MATHML, SVG, XML_LANG, local_name
from .package import picture_source

# Set before every id of the book, so that none is one of the page's own.
ID_PREFIX = "text-"

MATH_TAGS = frozenset(
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
    "mmultiscripts mprescripts mtable mtr mtd mstyle mpadded mphantom merror".split()
)
TAGS = MATH_TAGS | frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl "
    "dt em figcaption figure footer h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q rp rt ruby s "
    "samp section small span strong sub sup table tbody td tfoot th thead time tr u ul var wbr".split()
)
TAGS_WITHOUT_CONTENT = frozenset(
    "script style title template noscript iframe object embed audio video canvas form textarea select".split()
)
DROPPED = "object"
ATTRIBUTES = {
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
    "math": {"display", "alttext"},
    "mo": {"stretchy", "fence", "separator"},
    "mi": {"mathvariant"},
}
ALLOWED_VALUES = {
    ("*", "class"): re.compile("noteref|footnote"),
    ("*", "role"): re.compile("doc-noteref|doc-footnote|doc-backlink"),
    ("a", "href"): re.compile(r"https?://.*|mailto:.*|(\.\./\d+/)?(#.*)?", re.DOTALL),
    ("img", "src"): re.compile(r"\.\./\.\./pictures/[0-9a-f]+\.(png|jpg|gif|webp)"),
}
# What is kept of EPUB's own semantics (https://www.w3.org/TR/epub-ssv-11/#notes): a class and a role.
MEANINGS = {
    "noteref": ("noteref", "doc-noteref"),
    "footnote": ("footnote", "doc-footnote"),
    "endnote": ("footnote", "doc-footnote"),
    "rearnote": ("footnote", "doc-footnote"),
}
HEADING = re.compile("h[1-6]")


@dataclass(frozen=True)
class Surroundings:
    """What a chapter must know of its book: its own path and number, the others', and the pictures."""

    path: str
    number: int
    numbers: dict[str, int]
    # Gives the illustration at a path of the archive with its width and height; None if it is not usable.
    picture: Callable[[str, int], tuple[Illustration, int, int] | None]


def sanitise(root: etree._Element, surroundings: Surroundings) -> str:
    """Return the body of a parsed XHTML document as safe HTML; the tree is used up.

    Headings begin at h2, links to other chapters and pictures are relative to …/read/<number>/.
    """
    body = _body(root)
    for element in list(body.iter(etree.Element)):
        _rewrite(element, surroundings)
    _level_headings(body)
    return nh3.clean(
        tostring(body, encoding="unicode", with_tail=False),
        tags=TAGS,
        clean_content_tags=TAGS_WITHOUT_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed_value,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        # What scrolls sideways on a small screen must be within reach of the keyboard.
        set_tag_attribute_values={"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}},
    )


def fragment_id(fragment: str) -> str:
    """Return the id that an anchor of the book has on our pages."""
    name = "".join(letter for letter in "-".join(fragment.split()) if letter.isprintable())
    return f"{ID_PREFIX}{name}" if name else ""


def _body(root: etree._Element) -> etree._Element:
    """Return the body as a div that says the language and direction it would have inherited."""
    body = root.find(".//body")
    body = root if body is None else body
    for attribute in ("lang", XML_LANG, "dir"):
        if root.get(attribute) and not body.get(attribute):
            body.set(attribute, root.get(attribute))
    body.tag = "div"
    return body


def _rewrite(element: etree._Element, surroundings: Surroundings) -> None:
    if local_name(element) == "svg":
        _replace_svg(element, surroundings)
    elif element.tag.startswith(f"{{{MATHML}}}"):
        element.tag = local_name(element)
    elif element.tag == "img":
        _rewrite_picture(element, element.get("alt", ""), surroundings)
    elif element.tag == "a":
        _rewrite_link(element, surroundings)
    elif element.get("role") == "navigation":
        # Links to the neighbours, which every page of ours has anyway.
        element.tag = DROPPED
    _rewrite_attributes(element)


def _rewrite_attributes(element: etree._Element) -> None:
    language = element.attrib.pop(XML_LANG, None)
    if language and not element.get("lang"):
        element.set("lang", language)
    anchor = fragment_id(element.attrib.pop("id", "") or element.attrib.pop("name", ""))
    if anchor:
        element.set("id", anchor)
    element.attrib.pop("class", None)
    element.attrib.pop("role", None)
    for meaning in element.attrib.pop(EPUB_TYPE, "").split():
        if meaning in MEANINGS:
            element.attrib["class"], element.attrib["role"] = MEANINGS[meaning]


def _rewrite_link(link: etree._Element, surroundings: Surroundings) -> None:
    href = link.attrib.pop("href", "").strip()
    link.attrib.pop("rel", None)
    if href.lower().startswith(("http://", "https://")):
        link.set("href", href)
        link.set("rel", "noopener noreferrer nofollow")
    elif href.lower().startswith("mailto:"):
        link.set("href", href)
    elif href:
        target = resolve(surroundings.path, href)
        number = surroundings.numbers.get(target[0]) if target else None
        if target and number:
            page = "" if number == surroundings.number else f"../{number}/"
            anchor = f"#{fragment_id(target[1])}" if target[1] else ""
            link.set("href", page + anchor or f"../{number}/")


def _replace_svg(svg: etree._Element, surroundings: Surroundings) -> None:
    """Make a drawing that only wraps one raster picture, as cover pages do, that picture; else drop it."""
    drawn = [
        part for part in svg.iter(etree.Element) if local_name(part) not in {"svg", "g", "title", "desc"}
    ]
    label = svg.get("aria-label") or svg.findtext(f"{{{SVG}}}title") or ""
    source = picture_source(drawn[0]) if [local_name(part) for part in drawn] == ["image"] else ""
    for part in list(svg):
        svg.remove(part)
    svg.text, svg.tag = None, "img"
    svg.set("src", source)
    _rewrite_picture(svg, label, surroundings)


def _rewrite_picture(element: etree._Element, alt: str, surroundings: Surroundings) -> None:
    """Point the <img> to our copy of the picture; one that cannot be shown leaves its words."""
    target = resolve(surroundings.path, picture_source(element))
    found = target and surroundings.picture(target[0], surroundings.number)
    keep = {name: element.get(name) for name in ("id", "title") if element.get(name)}
    element.attrib.clear()
    if not found:
        element.tag = "span"
        element.text = alt
        element.attrib.update(keep)
        return
    illustration, width, height = found
    source = {"src": f"../../pictures/{illustration.name}", "alt": alt}
    size = {"width": str(width), "height": str(height), "loading": "lazy"}
    element.attrib.update(keep | source | size)


def _level_headings(body: etree._Element) -> None:
    """Move the headings, their steps kept, so that the highest is h2: h1 is the page's own."""
    headings = [element for element in body.iter(etree.Element) if HEADING.fullmatch(element.tag)]
    highest = min((int(heading.tag[1]) for heading in headings), default=2)
    for heading in headings:
        heading.tag = f"h{min(int(heading.tag[1]) - highest + 2, 6)}"


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    rule = ALLOWED_VALUES.get((tag, attribute)) or ALLOWED_VALUES.get(("*", attribute))
    return value if rule is None or rule.fullmatch(value) else None
