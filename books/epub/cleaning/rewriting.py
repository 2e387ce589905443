"""A chapter's tree → the elements, links and pictures that our pages have."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from books.epub.book import MAX_DETAIL, Finding, FindingKind
from books.epub.dividing.links import Targets, is_dropped
from books.epub.opening.markup import EPUB_TYPE, OPS, XML_LANG, is_drawing
from books.epub.opening.package import picture_source
from books.epub.plain_text import has_text, one_line
from books.epub.styling.looks import LOOKS, SEE_THROUGH

from .drawings import Symbols, has_foreign_parts, is_invisible, words_of, wrapped_picture
from .formulas import is_formula, rewrite_formula
from .illustrations import Illustrations, Shown
from .leaving_out import CASE, DRAWING, NAVIGATION, REASONS, LeavingOut

# The sanitiser removes this one together with its content, and books do not use it.
DROPPED = "canvas"
# In characters: longer than any description of a picture or any address needs to be.
MAX_ATTRIBUTE = 4_000
# Elements that our pages do not have, by those that look like them.
RENAMED = {
    "acronym": "abbr", "big": "span", "center": "div", "details": "div", "dir": "ul", "fieldset": "div",
    "form": "div", "hgroup": "div", "legend": "p", "listing": "pre", "main": "div", "menu": "ul",
    "nav": "div", "noscript": "div", "plaintext": "pre", "strike": "s", "summary": "p", "tt": "code",
    "xmp": "pre",
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
# Elements that show a file, and the attributes that name it.
EMBEDDING = {"object": "data", "embed": "src"}
# In pixels, of a line of text.
LINE_HEIGHT = 20
# How many elements inside one are searched for words or a formula: nested ones are searched again and again.
MAX_LOOK = 1_000


@dataclass(frozen=True)
class Surroundings:
    """What must be known about the book to rewrite a part: its file and chapter, the links, the pictures."""

    path: str
    number: int
    targets: Targets
    illustrations: Illustrations
    left_out: LeavingOut
    findings: list[Finding] = field(default_factory=list)

    def find(self, reference: str) -> Shown | None:
        """Return the picture that the text refers to here."""
        return self.illustrations.find(self.path, reference, self.number)

    def note(self, kind: FindingKind, detail: str) -> None:
        """Note what readers will not get to see."""
        self.findings.append(Finding(kind, self.number, detail[:MAX_DETAIL]))


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
        _replace_drawing(element, surroundings, symbols)
    elif is_formula(element):
        rewrite_formula(element, surroundings.left_out, surroundings.number)
    elif element.tag == "img":
        _rewrite_picture(element, surroundings)
    elif element.tag in EMBEDDING:
        _replace_object(element, surroundings)
    elif element.tag == "a":
        _rewrite_link(element, surroundings)
    elif element.tag == f"{{{OPS}}}switch":
        _choose_case(element, surroundings)
    elif is_dropped(element):
        reason = REASONS.get(element.tag, NAVIGATION)
        surroundings.left_out.element(element, surroundings.number, reason)
        _empty(element)
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


def _replace_drawing(svg: etree._Element, surroundings: Surroundings, symbols: Symbols) -> None:
    """Turn a drawing into a picture: one around a picture, as on cover pages, into that one."""
    if is_invisible(svg):
        surroundings.left_out.element(svg, surroundings.number, DRAWING)
        _empty(svg)
        _show(svg, None, "", surroundings)
        return
    words, wrapped = words_of(svg), wrapped_picture(svg)
    if wrapped:
        shown = surroundings.find(wrapped)
    else:
        shown = surroundings.illustrations.draw(svg, surroundings.path, symbols, surroundings.number)
    if not shown or has_foreign_parts(svg):
        surroundings.note(FindingKind.DRAWING, svg.get("id", ""))
    surroundings.left_out.element(svg, surroundings.number, DRAWING, words)
    _empty(svg)
    _show(svg, shown, words, surroundings)


def _replace_object(element: etree._Element, surroundings: Surroundings) -> None:
    """Show an object that is a picture; for any other, show the fallback that its author put inside."""
    shown = surroundings.find(embedded_source(element))
    if shown:
        words = one_line("".join(islice(element.itertext(), MAX_LOOK)))
        label = element.get("aria-label", "") or words or shown.words
        surroundings.left_out.element(element, surroundings.number, DRAWING, label)
        _empty(element)
        _show(element, shown, label, surroundings)
    elif element.tag == "object":
        element.tag = "div"


def _rewrite_picture(img: etree._Element, surroundings: Surroundings) -> None:
    shown = surroundings.find(picture_source(img))
    alt = img.get("alt")
    _show(img, shown, (shown.words if shown else "") if alt is None else alt, surroundings)


def _show(element: etree._Element, shown: Shown | None, alt: str, surroundings: Surroundings) -> None:
    """Turn the element into an <img> of our copy of the picture; show the words of one that cannot be shown."""
    keep = {name: element.get(name) for name in KEPT if element.get(name)}
    element.attrib.clear()
    element.attrib.update(keep)
    if not shown:
        element.tag, element.text = "span", alt[:MAX_ATTRIBUTE]
        return
    element.tag = "img"
    for reference in shown.missing:
        surroundings.note(FindingKind.UNUSABLE_PICTURE, reference)
    width, height = _size_of(shown, element)
    element.attrib.update({"src": f"../../pictures/{shown.name}", "alt": alt[:MAX_ATTRIBUTE]})
    element.attrib.update({"width": str(width), "height": str(height), "loading": "lazy"})
    if shown.is_transparent:
        element.set(LOOKS, SEE_THROUGH)


def _size_of(shown: Shown, element: etree._Element) -> tuple[int, int]:
    """Return the size on our page; a drawing that has none is as high as the words beside it."""
    parent = element.getparent()
    if not shown.is_free or parent is None or not has_text(parent):
        return shown.width, shown.height
    return max(1, round(shown.width * LINE_HEIGHT / shown.height)), LINE_HEIGHT


def embedded_source(element: etree._Element) -> str:
    """Return the reference of an <object> or <embed>."""
    return element.get(EMBEDDING[element.tag], "")


def _choose_case(switch: etree._Element, surroundings: Surroundings) -> None:
    """Keep the case in MathML of EPUB's <switch> if there is one, else the default."""
    cases = list(switch.iterchildren(etree.Element))
    formulas = [case for case in cases if any(map(is_formula, islice(case.iter(etree.Element), MAX_LOOK)))]
    chosen = next(iter(formulas), cases[-1] if cases else None)
    for case in cases:
        if case is not chosen:
            surroundings.left_out.element(case, surroundings.number, CASE)
            _empty(case)
        case.tag = "div" if case is chosen else DROPPED
    switch.tag = "div"


def _empty(element: etree._Element) -> None:
    for part in list(element):
        element.remove(part)
    element.text = None
