"""What of a text will not reach its readers, or does not work: found before it is rewritten."""

import re
from collections.abc import Iterator

from lxml import etree

from books.epub.book import Oddity, Remark
from books.epub.dividing.links import Targets
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.markup import head_elements, is_drawing, local_name, outermost
from books.epub.opening.package import picture_source

from .illustrations import DATA_ADDRESS, Illustrations
from .rewriting import Surroundings

MAX_DETAIL = 100
EVENT_HANDLER = re.compile("on[a-z]+", re.IGNORECASE)
REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
KEPT_SCHEMES = ("http:", "https:", "mailto:")
# Attributes that make a browser fetch something.
FETCHED = ("src", "data", "poster", "background", "{http://www.w3.org/1999/xlink}href")
FORMS = frozenset({"form", "input", "button", "select", "textarea"})
MEDIA = frozenset({"audio", "video", "iframe", "embed"})


def inspect(body: etree._Element, surroundings: Surroundings, archive: Archive) -> Iterator[Remark]:
    """Yield the oddities of a part of a chapter."""
    for drawing in outermost(body, is_drawing):
        if sum(local_name(part) == "image" for part in drawing.iter(etree.Element)) != 1:
            yield Remark(Oddity.DRAWING, surroundings.number, drawing.get("id", "")[:MAX_DETAIL])
    for element in body.iter(etree.Element):
        for oddity, detail in _of_element(element, surroundings, archive):
            yield Remark(oddity, surroundings.number, detail.strip()[:MAX_DETAIL])


def inspect_head(root: etree._Element) -> Iterator[Remark]:
    """Yield the oddities of a document outside its body: scripts, and style sheets from elsewhere."""
    for element in head_elements(root):
        if element.tag == "script":
            yield Remark(Oddity.SCRIPT, 0, element.get("src", "")[:MAX_DETAIL])
        elif "stylesheet" in element.get("rel", "") and REMOTE.match(element.get("href", "")):
            yield Remark(Oddity.REMOTE_RESOURCE, 0, element.get("href", "")[:MAX_DETAIL])


def _of_element(
    element: etree._Element, surroundings: Surroundings, archive: Archive
) -> Iterator[tuple[Oddity, str]]:
    name = local_name(element).lower()
    if name == "script":
        yield Oddity.SCRIPT, element.get("src", "")
    keys = element.keys()
    yield from ((Oddity.SCRIPT, key) for key in keys if EVENT_HANDLER.fullmatch(key))
    remote = [element.get(key) for key in keys if key in FETCHED and REMOTE.match(element.get(key))]
    yield from ((Oddity.REMOTE_RESOURCE, value) for value in remote if name != "a")
    if name in FORMS:
        yield Oddity.FORM, name
    elif name in MEDIA:
        yield Oddity.SOUND_OR_FILM, element.get("src", name)
    elif name == "a":
        yield from _of_link(element.get("href", ""), surroundings, archive)
    elif name == "img":
        yield from _of_picture(element, surroundings.illustrations, surroundings, is_remote=bool(remote))


def _of_picture(
    img: etree._Element, illustrations: Illustrations, surroundings: Surroundings, *, is_remote: bool
) -> Iterator[tuple[Oddity, str]]:
    source = picture_source(img)
    detail = "a picture in the text itself" if DATA_ADDRESS.match(source[:200]) else source
    if img.get("alt") is None:
        yield Oddity.NO_ALTERNATIVE_TEXT, detail
    if not is_remote and not illustrations.find(surroundings.path, source, surroundings.number):
        yield Oddity.UNUSABLE_PICTURE, detail


def _of_link(href: str, surroundings: Surroundings, archive: Archive) -> Iterator[tuple[Oddity, str]]:
    if not href.strip():
        return
    scheme = SCHEME.match(href)
    if scheme:
        if scheme[0].strip().lower() not in KEPT_SCHEMES:
            yield Oddity.REMOVED_LINK, href
        return
    target = resolve(surroundings.path, href)
    if target is None:
        yield Oddity.REMOVED_LINK, href
    elif _is_missing(target, surroundings.targets, archive):
        yield Oddity.BROKEN_LINK, href


def _is_missing(target: tuple[str, str], targets: Targets, archive: Archive) -> bool:
    """Tell whether the place is missing; documents that are no chapters have no places to miss."""
    path, fragment = target
    if (path, "") not in targets.places:
        return path not in archive
    return path in archive and target not in targets.places and not fragment.startswith("epubcfi(")
