"""What a style sheet hides from readers is taken out; the places that links lead to stay."""

from itertools import islice

from lxml import etree

from books.epub.opening.markup import EPUB_TYPE

# Notes are hidden where they stand because reading systems show them where they are referred to.
NOTES = frozenset("footnote footnotes endnote endnotes rearnote rearnotes note notes".split())
# How many elements inside one are searched, and how many places in it are kept.
MAX_LOOK = 1_000
MAX_PLACES = 100


def is_note(element: etree._Element) -> bool:
    """Tell whether the element is a note or has notes in it."""
    return any(NOTES.intersection(_meanings(part)) for part in islice(element.iter(etree.Element), MAX_LOOK))


def is_page_number(element: etree._Element) -> bool:
    """Tell whether the element says where a page of the printed book begins."""
    return "pagebreak" in _meanings(element)


def _meanings(element: etree._Element) -> list[str]:
    roles = (role.removeprefix("doc-") for role in element.get("role", "").split())
    return [*roles, *element.get(EPUB_TYPE, "").split()]


def take_out(element: etree._Element) -> etree._Element:
    """Take the element out of its document and return it; its ids stay as empty elements."""
    parent, tail = element.getparent(), element.tail
    element.tail = None
    names = [part.get("id") or part.get("name") for part in element.iter(etree.Element)]
    places = [_place(name) for name in islice(filter(None, names), MAX_PLACES)]
    at = parent.index(element)
    parent[at : at + 1] = places
    _append_text(parent, at + len(places), tail or "")
    return element


def _place(name: str) -> etree._Element:
    place = etree.Element("span")
    place.set("id", name)
    return place


def _append_text(parent: etree._Element, at: int, text: str) -> None:
    """Put text before the child at this index."""
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
