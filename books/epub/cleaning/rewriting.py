"""A chapter's tree → the elements, links and pictures that our pages have."""

from dataclasses import dataclass
from itertools import islice

from lxml import etree

from books.epub.dividing.links import Targets, is_dropped
from books.epub.opening.markup import EPUB_TYPE, OPS, SVG, XML_LANG, is_drawing, local_name, outermost
from books.epub.opening.package import picture_source
from books.epub.plain_text import one_line
from books.epub.styling.looks import LOOKS

from .formulas import is_formula, rewrite_formula
from .illustrations import Illustrations

# The sanitiser removes this one together with its content, and books do not use it.
DROPPED = "canvas"
# In characters: longer than any description of a picture or any address needs to be.
MAX_ATTRIBUTE = 4_000
# Elements that our pages do not have, by those that look like them.
RENAMED = {
    "acronym": "abbr", "big": "span", "center": "div", "details": "div", "dir": "ul", "fieldset": "div",
    "hgroup": "div", "legend": "p", "listing": "pre", "main": "div", "menu": "ul", "nav": "div",
    "plaintext": "pre", "strike": "s", "summary": "p", "tt": "code", "xmp": "pre",
}  # fmt: skip
# The class and role kept of EPUB's own semantics (https://www.w3.org/TR/epub-ssv-11/#notes).
MEANINGS = {
    "noteref": ("noteref", "doc-noteref"),
    "footnote": ("footnote", "doc-footnote"),
    "endnote": ("footnote", "doc-footnote"),
    "rearnote": ("footnote", "doc-footnote"),
    "backlink": ("", "doc-backlink"),
    "referrer": ("", "doc-backlink"),
}
# Of an element that becomes a picture.
KEPT = ("id", "title", "lang", "dir")
SVG_TEXT = frozenset(f"{space}{name}" for space in ("", f"{{{SVG}}}") for name in ("text", "title", "desc"))
# How many elements inside one are searched for words or a formula: nested ones are searched again and again.
MAX_LOOK = 1_000


@dataclass(frozen=True)
class Surroundings:
    """What must be known about the book to rewrite a part: its file and chapter, the links, the pictures."""

    path: str
    number: int
    targets: Targets
    illustrations: Illustrations


def rewrite(body: etree._Element, surroundings: Surroundings) -> None:
    """Rewrite the tree in place; the sanitiser then lets through only what is allowed."""
    for element in _wholes(body):
        _rewrite(element, surroundings)
    for element in body.iter(etree.Element):
        _rewrite_attributes(element)


def _wholes(body: etree._Element) -> list[etree._Element]:
    """Return the elements to rewrite: a drawing or formula counts as one, whatever is inside."""
    found, walk = [], etree.iterwalk(body, events=("start",))
    for _, element in walk:
        found.append(element)
        if is_drawing(element) or is_formula(element):
            walk.skip_subtree()
    return found


def _rewrite(element: etree._Element, surroundings: Surroundings) -> None:
    if is_drawing(element):
        _replace_drawing(element, surroundings)
    elif is_formula(element):
        rewrite_formula(element)
    elif element.tag == "img":
        _rewrite_picture(element, element.get("alt", ""), surroundings)
    elif element.tag == "object":
        _replace_object(element, surroundings)
    elif element.tag == "a":
        _rewrite_link(element, surroundings)
    elif element.tag == f"{{{OPS}}}switch":
        _choose_case(element)
    elif is_dropped(element):
        element.tag = DROPPED
    else:
        element.tag = RENAMED.get(element.tag, element.tag)


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
    for _, role in meanings[-1:]:
        element.set("role", role)
    names += [name for name, _ in meanings if name][-1:]
    if names:
        element.set("class", " ".join(names))


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


def _replace_drawing(svg: etree._Element, surroundings: Surroundings) -> None:
    """Turn a drawing around one picture, as on cover pages, into the picture; others into their words."""
    sources = [picture_source(part) for part in svg.iter(etree.Element) if local_name(part) == "image"]
    texts = outermost(svg, lambda part: part.tag in SVG_TEXT)
    words = [one_line("".join(text.itertext())) for text in texts]
    label = svg.get("aria-label") or " ".join(dict.fromkeys(filter(None, words)))
    _empty(svg)
    svg.tag = "img"
    svg.set("src", sources[0] if len(sources) == 1 else "")
    _rewrite_picture(svg, label, surroundings)


def _replace_object(element: etree._Element, surroundings: Surroundings) -> None:
    """Show an object that is a picture; for any other, show the fallback that its author put inside."""
    source = element.get("data", "")
    if surroundings.illustrations.find(surroundings.path, source, surroundings.number):
        words = one_line("".join(islice(element.itertext(), MAX_LOOK)))
        _empty(element)
        element.set("src", source)
        _rewrite_picture(element, element.get("aria-label", "") or words, surroundings)
    else:
        element.tag = "div"


def _rewrite_picture(element: etree._Element, alt: str, surroundings: Surroundings) -> None:
    """Point the <img> to our copy of the picture; show the words of one that cannot be shown."""
    found = surroundings.illustrations.find(surroundings.path, picture_source(element), surroundings.number)
    keep = {name: element.get(name) for name in KEPT if element.get(name)}
    element.attrib.clear()
    element.attrib.update(keep)
    if not found:
        element.tag, element.text = "span", alt[:MAX_ATTRIBUTE]
        return
    element.tag = "img"
    element.attrib.update({"src": f"../../pictures/{found.name}", "alt": alt[:MAX_ATTRIBUTE]})
    element.attrib.update({"width": str(found.width), "height": str(found.height), "loading": "lazy"})


def _choose_case(switch: etree._Element) -> None:
    """Keep the case in MathML of EPUB's <switch> if there is one, else the default."""
    cases = list(switch.iterchildren(etree.Element))
    formulas = [case for case in cases if any(map(is_formula, islice(case.iter(etree.Element), MAX_LOOK)))]
    chosen = next(iter(formulas), cases[-1] if cases else None)
    for case in cases:
        case.tag = "div" if case is chosen else DROPPED
    switch.tag = "div"


def _empty(element: etree._Element) -> None:
    for part in list(element):
        element.remove(part)
    element.text = None
