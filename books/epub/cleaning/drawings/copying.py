"""Drawings: SVG → a picture in which nothing runs and nothing is fetched, of listed elements and attributes.

https://www.w3.org/TR/SVG2/ without scripts, animation, filters, links and foreign content.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from books.epub.opening.markup import SVG, XML_LANG, local_name, outermost
from books.epub.opening.package import picture_source
from books.epub.plain_text import element_to_text, one_line
from books.epub.styling.declarations import OF_DRAWINGS, safe_value
from books.epub.styling.looks import LOOKS

from .sizes import Size, size_of
from .uses import is_bounded, references

# Documents written as HTML have all names in lower case.
ELEMENTS = {
    name.lower(): name
    for name in (
        "svg g defs symbol use switch title desc path rect circle ellipse line polyline polygon text tspan "
        "textPath image linearGradient radialGradient stop pattern clipPath mask marker"
    ).split()
} | {"a": "g"}
ATTRIBUTES = {
    name.lower(): name
    for name in (
        "id viewBox preserveAspectRatio x y x1 y1 x2 y2 cx cy r rx ry fx fy fr width height pathLength "
        "transform gradientTransform gradientUnits spreadMethod offset patternUnits patternContentUnits "
        "patternTransform clipPathUnits maskUnits maskContentUnits markerWidth markerHeight markerUnits refX "
        "refY orient dx dy rotate textLength lengthAdjust startOffset systemLanguage"
    ).split()
} | {name: name for name in OF_DRAWINGS}
# The shapes of lines and areas; their values are numbers and letters only.
SHAPES = frozenset({"d", "points"})
DRAWN = frozenset("path rect circle ellipse line polyline polygon text image use".split())
# Beyond any drawing in a book; a browser draws so many in a second.
MAX_ELEMENTS = 50_000
MAX_SYMBOLS = 1_000
MAX_SHAPE = 1_000_000
MAX_DRAWING_BYTES = 10 * 1024**2
SHAPE = re.compile(r"[\sA-Za-z0-9.,+-]*")
WORD = re.compile(r"[A-Za-z0-9-]{1,35}")
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
DESCRIPTIONS = frozenset({"title", "desc"})
# HTML inside a drawing, in lower case.
FOREIGN = "foreignobject"

# Returns the data: address of a picture inside the drawing, or nothing if it cannot be shown.
type Embed = Callable[[str], str]
type Symbols = Mapping[str, etree._Element]


class Drawing(NamedTuple):
    """A drawing as it is shown, and the words that it brings for those who do not see it."""

    data: bytes
    size: Size
    words: str


def clean_drawing(svg: etree._Element, embed: Embed, symbols: Symbols) -> Drawing | None:
    """Return the drawing without all that is not listed here; None if nothing is left or it is too large.

    Its looks must be those of books.epub.styling. `symbols` are the elements of other drawings of the same
    page, which this one may use. Browsers run and fetch nothing for a picture
    (https://www.w3.org/TR/svg-integration/#secure-static-mode); here, nothing is left that they could.
    """
    root = _copied(svg, embed)
    if root is None or not any(local_name(part) in DRAWN for part in root.iter(etree.Element)):
        return None
    _add_symbols(root, symbols, embed)
    if not is_bounded(root):
        return None
    size = size_of(root)
    root.set("width", f"{size.width:g}")
    root.set("height", f"{size.height:g}")
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {size.width:g} {size.height:g}")
    data: bytes = etree.tostring(root, encoding="utf-8")
    return Drawing(data, size, words_of(svg)) if len(data) <= MAX_DRAWING_BYTES else None


def has_foreign_parts(svg: etree._Element) -> bool:
    """Tell whether there is HTML in the drawing, of which only the words are kept."""
    return any(local_name(part).lower() == FOREIGN for part in svg.iter(etree.Element))


def wrapped_picture(svg: etree._Element) -> str:
    """Return the reference of the one picture that the drawing is around, as on cover pages, or nothing."""
    drawn = [part for part in svg.iter(etree.Element) if local_name(part).lower() in DRAWN]
    return picture_source(drawn[0]) if len(drawn) == 1 and local_name(drawn[0]).lower() == "image" else ""


def is_invisible(svg: etree._Element) -> bool:
    """Tell whether the drawing only keeps symbols for others."""
    return (
        "display:none" in svg.get(LOOKS, "").split(";")
        or "0" in {svg.get(name, "").removesuffix("px") for name in ("width", "height")}
        or {"none", "hidden"}.intersection([svg.get("display"), svg.get("visibility")]) != set()
    )


def words_of(svg: etree._Element) -> str:
    """Return what a drawing says of itself, and the words in it that are not drawn.

    Of itself it says its label, its title and description, or else all the text in it.
    """
    label = one_line(svg.get("aria-label", ""))
    described = [part for part in svg.iterchildren(etree.Element) if local_name(part) in DESCRIPTIONS]
    parts = outermost(svg, lambda part: local_name(part).lower() in {*DESCRIPTIONS, "text", FOREIGN})
    foreign = [part for part in parts if local_name(part).lower() == FOREIGN]
    words = [
        one_line(element_to_text(part)) for part in ([*described, *foreign] if described or label else parts)
    ]
    return " ".join(dict.fromkeys(filter(None, [label, *words])))


def _copied(svg: etree._Element, embed: Embed) -> etree._Element | None:
    """Return a copy of the elements that are listed, or None if there are more than of any drawing."""
    root = None
    copies: list[etree._Element | None] = []
    walk = etree.iterwalk(svg, events=("start", "end"), tag="*")
    for count, (event, element) in enumerate(walk):
        if count > 2 * MAX_ELEMENTS:
            return None
        if event == "end":
            copies.pop()
            if copies and copies[-1] is not None:
                _add_text(copies[-1], element.tail)
            continue
        copy = _copy(element, embed)
        root = copy if root is None else root
        if copy is None:
            walk.skip_subtree()
        elif copies and copies[-1] is not None:
            copies[-1].append(copy)
        copies.append(copy)
    return root


def _add_symbols(root: etree._Element, symbols: Symbols, embed: Embed) -> None:
    """Add what the drawing uses of other drawings, and what that uses."""
    known = {part.get("id") for part in root.iter(etree.Element)}
    wanted = [name for part in root.iter(etree.Element) for name in references(part)] if symbols else []
    defs = etree.SubElement(root, f"{{{SVG}}}defs") if wanted else None
    while wanted and defs is not None and len(defs) < MAX_SYMBOLS:
        name = wanted.pop()
        if name in symbols and name not in known:
            known.add(name)
            copy = _copied(symbols[name], embed)
            if copy is not None:
                defs.append(copy)
                wanted += [inner for part in copy.iter(etree.Element) for inner in references(part)]


def _copy(element: etree._Element, embed: Embed) -> etree._Element | None:
    name = ELEMENTS.get(local_name(element).lower())
    if name is None or (element.tag.startswith("{") and not element.tag.startswith(f"{{{SVG}}}")):
        return None
    copy = etree.Element(f"{{{SVG}}}{name}", dict(_attributes(element)), nsmap={None: SVG})
    copy.text = element.text
    reference = picture_source(element).strip()
    if name == "image":
        address = embed(reference)
        if not address:
            return None
        copy.set("href", address)
    elif reference.startswith("#"):
        copy.set("href", reference)
    return copy


def _add_text(element: etree._Element, text: str | None) -> None:
    """Add what follows an element that is left out."""
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        if name in SHAPES and len(value) <= MAX_SHAPE and SHAPE.fullmatch(value):
            yield name, value
        elif name.lower() in ATTRIBUTES and (safe := safe_value(value)):
            yield ATTRIBUTES[name.lower()], safe
        elif name in {XML_LANG, SPACE} and WORD.fullmatch(value):
            yield name, value
    if element.get(LOOKS):
        yield "style", element.get(LOOKS)
