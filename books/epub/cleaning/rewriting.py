"""A chapter's tree → the elements, links and pictures that our pages have."""

from collections.abc import Sequence
from itertools import islice

from lxml import etree

from books.epub.dividing.links import is_dropped
from books.epub.opening.markup import EPUB_TYPE, OPS, XML_LANG, is_drawing
from books.epub.styling.looks import LOOKS

from .drawings.copying import Symbols
from .formulas import is_formula, rewrite_formula
from .leaving_out import CASE, NAVIGATION, REASONS
from .picturing import MAX_ATTRIBUTE, empty, is_picture, replace_drawing, replace_object, rewrite_picture
from .surroundings import Surroundings
from .tables import PARTS, settle

# The sanitiser removes this one together with its content, and books do not use it.
DROPPED = "canvas"
# Elements that our pages do not have, by those that look like them.
RENAMED = {
    "acronym": "abbr", "big": "span", "center": "div", "details": "div", "dir": "ul", "fieldset": "div",
    "form": "div", "hgroup": "div", "legend": "p", "listing": "pre", "main": "div", "menu": "ul",
    "nav": "div", "noscript": "div", "plaintext": "pre", "strike": "s", "summary": "p", "tt": "code",
    "xmp": "pre",
}  # fmt: skip
# What our pages have, before the highest heading becomes h2.
SHOWN = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del dfn div dl "
    "dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q rp rt ruby "
    "s samp section small span strong sub sup table tbody td tfoot th thead time tr u ul var wbr".split()
)
# The class and role kept of EPUB's own semantics (https://www.w3.org/TR/epub-ssv-11/#notes).
MEANINGS = {
    "noteref": ("noteref", "doc-noteref"),
    "footnote": ("footnote", "doc-footnote"),
    "endnote": ("footnote", "doc-footnote"),
    "rearnote": ("footnote", "doc-footnote"),
    "backlink": ("", "doc-backlink"),
    "referrer": ("", "doc-backlink"),
}
# How many elements inside one are searched for words or a formula: nested ones are searched again and again.
MAX_LOOK = 1_000


def rewrite(body: etree._Element, surroundings: Surroundings) -> None:
    """Rewrite the tree in place; the sanitiser then lets through only what is allowed."""
    wholes = _wholes(body)
    symbols = _symbols(wholes)
    for element in wholes:
        _rewrite(element, surroundings, symbols)
    for element in body.iter(etree.Element):
        _rewrite_attributes(element)


def _wholes(body: etree._Element) -> list[etree._Element]:
    """Return the elements to rewrite: a drawing or formula counts as one, whatever is inside."""
    found, walk = [], etree.iterwalk(body, events=("start",))
    for _, element in walk:
        found.append(element)
        if is_drawing(element) or is_formula(element) or is_dropped(element):
            walk.skip_subtree()
    return found


def _symbols(wholes: Sequence[etree._Element]) -> Symbols:
    """Return the elements of drawings by id, if there are several, which may use each other's."""
    drawings = [element for element in wholes if is_drawing(element)]
    if len(drawings) < 2:
        return {}
    parts = (part for drawing in drawings for part in drawing.iterdescendants(etree.Element))
    return {part.get("id"): part for part in parts if part.get("id")}


def _rewrite(element: etree._Element, surroundings: Surroundings, symbols: Symbols) -> None:
    if is_drawing(element):
        replace_drawing(element, surroundings, symbols)
    elif is_formula(element):
        rewrite_formula(element, surroundings.left_out, surroundings.number)
    elif element.tag in {"img", "image"}:
        # HTML reads <image> as <img>: https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inbody
        rewrite_picture(element, surroundings)
    elif is_picture(element, surroundings):
        replace_object(element, surroundings)
    elif element.tag == "object":
        # What its author put inside for those who cannot see it.
        element.tag = "div"
    elif element.tag == "a":
        _rewrite_link(element, surroundings)
    elif element.tag == f"{{{OPS}}}switch":
        _choose_case(element, surroundings)
    elif is_dropped(element):
        reason = REASONS.get(element.tag, NAVIGATION)
        surroundings.left_out.element(element, surroundings.number, reason)
        empty(element)
        element.tag = DROPPED
    else:
        name = RENAMED.get(element.tag, element.tag)
        # The sanitiser drops what is in an element that only SVG or MathML has, as <text>, outside of both.
        element.tag = name if name in SHOWN else "span"
        if element.tag in PARTS:
            settle(element)


def _rewrite_attributes(element: etree._Element) -> None:
    if not element.attrib:
        return
    language = element.attrib.pop(XML_LANG, None)
    if language and not element.get("lang"):
        element.set("lang", language)
    for name, value in element.attrib.items():
        if len(value) > MAX_ATTRIBUTE:
            element.attrib.pop(name)
    _rewrite_meanings(element)


def _rewrite_meanings(element: etree._Element) -> None:
    """Replace the element's roles and EPUB's semantics by those that our pages know."""
    meanings = [MEANINGS[meaning] for meaning in _meanings(element) if meaning in MEANINGS]
    names = element.attrib.pop(LOOKS, "").split()
    for name in ("class", "role", EPUB_TYPE):
        element.attrib.pop(name, None)
    names += [name for name, _ in meanings if name][-1:]
    if names:
        element.set("class", " ".join(names))
    for _, role in meanings[-1:]:
        element.set("role", role)


def _meanings(element: etree._Element) -> list[str]:
    roles = (role.removeprefix("doc-") for role in element.get("role", "").split() if role.startswith("doc-"))
    return [*roles, *element.get(EPUB_TYPE, "").split()]


def _rewrite_link(link: etree._Element, surroundings: Surroundings) -> None:
    href = "".join(letter for letter in link.attrib.pop("href", "").strip() if letter.isprintable())
    link.attrib.pop("rel", None)
    if href.lower().startswith(("http://", "https://")):
        link.set("href", href)
        link.set("rel", "noopener noreferrer nofollow")
    elif href.lower().startswith("mailto:"):
        link.set("href", href)
    elif target := surroundings.targets.find(surroundings.path, href) if href else None:
        link.set("href", _address(*target, seen_from=surroundings.number))


def _address(chapter: int, anchor: str, *, seen_from: int) -> str:
    """Return the address of a place, relative to the page of the chapter that links to it."""
    if not anchor:
        return f"../{chapter}/"
    return f"#{anchor}" if chapter == seen_from else f"../{chapter}/#{anchor}"


def _choose_case(switch: etree._Element, surroundings: Surroundings) -> None:
    """Keep the case in MathML of EPUB's <switch> if there is one, else the default."""
    cases = list(switch.iterchildren(etree.Element))
    formulas = [case for case in cases if any(map(is_formula, islice(case.iter(etree.Element), MAX_LOOK)))]
    chosen = next(iter(formulas), cases[-1] if cases else None)
    for case in cases:
        if case is not chosen:
            surroundings.left_out.element(case, surroundings.number, CASE)
            empty(case)
        case.tag = "div" if case is chosen else DROPPED
    switch.tag = "div"
