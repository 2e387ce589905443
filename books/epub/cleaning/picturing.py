"""What shows a picture in the text → an <img> of our copy of it, or the words that stand for it."""

from itertools import islice

from lxml import etree

from books.epub.book import FindingKind
from books.epub.opening.package import picture_source
from books.epub.plain_text import BLOCKS, one_line
from books.epub.styling.looks import LOOKS, SEE_THROUGH

from .drawings.copying import Symbols, has_foreign_parts, is_invisible, words_of, wrapped_picture
from .illustrations import Shown
from .leaving_out import DRAWING
from .lettering import write_letters
from .surroundings import Surroundings

# In characters: longer than any description of a picture or any address needs to be.
MAX_ATTRIBUTE = 4_000
# Of an element that becomes a picture.
KEPT = ("id", "title", "lang", "dir")
# Elements that show a file, and the attributes that name it.
EMBEDDING = {"object": "data", "embed": "src", "iframe": "src"}
# In pixels, of a line of text.
LINE_HEIGHT = 20
# How many passages inside an object are read.
MAX_LOOK = 1_000


def replace_drawing(svg: etree._Element, surroundings: Surroundings, symbols: Symbols) -> None:
    """Turn a drawing into a picture: one around a picture, as on cover pages, into that one."""
    if is_invisible(svg):
        surroundings.left_out.element(svg, surroundings.number, DRAWING)
        empty(svg)
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
    empty(svg)
    _show(svg, shown, words, surroundings)


def is_picture(element: etree._Element, surroundings: Surroundings) -> bool:
    """Tell whether the element is an <object>, <embed> or <iframe> that shows a picture."""
    return element.tag in EMBEDDING and surroundings.find(embedded_source(element)) is not None


def replace_object(element: etree._Element, surroundings: Surroundings) -> None:
    """Turn an <object>, <embed> or <iframe> of a picture into the picture, with the words inside."""
    shown = surroundings.find(embedded_source(element))
    words = one_line("".join(islice(element.itertext(), MAX_LOOK)))
    label = element.get("aria-label", "") or words or (shown.words if shown else "")
    surroundings.left_out.element(element, surroundings.number, DRAWING, label)
    empty(element)
    _show(element, shown, label, surroundings)


def rewrite_picture(img: etree._Element, surroundings: Surroundings) -> None:
    """Show a picture, with the words that the text has for it or, if it has none, its own."""
    shown = surroundings.find(picture_source(img))
    alt = img.get("alt")
    _show(img, shown, (shown.words if shown else "") if alt is None else alt, surroundings)


def _show(element: etree._Element, shown: Shown | None, alt: str, surroundings: Surroundings) -> None:
    """Turn the element into an <img> of our copy of the picture, or into its words if there is none."""
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
    write_letters(element)


def _size_of(shown: Shown, element: etree._Element) -> tuple[int, int]:
    """Return the size on our page; a drawing that has none is as high as the words beside it."""
    parent = element.getparent()
    if not shown.is_free or parent is None or not _has_words_beside(element, parent):
        return shown.width, shown.height
    return max(1, round(shown.width * LINE_HEIGHT / shown.height)), LINE_HEIGHT


def _has_words_beside(element: etree._Element, parent: etree._Element) -> bool:
    """Tell whether the element is in a line of words, and not just above a caption."""
    beside = [parent.text, element.tail]
    for sibling in (element.getprevious(), element.getnext()):
        if sibling is not None and sibling.tag not in BLOCKS:
            beside += [sibling.tail, *islice(sibling.itertext(), MAX_LOOK)]
    return any(text and text.strip() for text in beside)


def embedded_source(element: etree._Element) -> str:
    """Return the reference of an <object>, <embed> or <iframe>."""
    return element.get(EMBEDDING[element.tag], "")


def empty(element: etree._Element) -> None:
    """Remove all that is in the element."""
    for part in list(element):
        element.remove(part)
    element.text = None
