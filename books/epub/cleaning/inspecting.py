"""Finds what readers will not get to see and what does not work, before the text is rewritten."""

import re
from collections.abc import Iterator

from lxml import etree

from books.epub.book import MAX_DETAIL, Finding, FindingKind
from books.epub.dividing.links import Targets
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.markup import head_elements, local_name
from books.epub.opening.package import picture_source

from .illustrations import DATA_ADDRESS
from .picturing import is_picture
from .surroundings import Surroundings

EVENT_HANDLER = re.compile("on[a-z]+", re.IGNORECASE)
REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
KEPT_SCHEMES = ("http:", "https:", "mailto:")
# Attributes that make a browser fetch something.
FETCHED = ("src", "data", "poster", "background", "{http://www.w3.org/1999/xlink}href")
FORMS = frozenset({"form", "input", "button", "select", "textarea"})
MEDIA = frozenset({"audio", "video", "iframe", "embed", "frame"})

type KindAndDetail = tuple[FindingKind, str]


def inspect(body: etree._Element, surroundings: Surroundings, archive: Archive) -> Iterator[Finding]:
    """Yield what is found in a part of a chapter."""
    for element in body.iter(etree.Element):
        for kind, detail in _in_element(element, surroundings, archive):
            yield Finding(kind, surroundings.number, detail.strip()[:MAX_DETAIL])


def inspect_head(root: etree._Element) -> Iterator[Finding]:
    """Yield what is found in a document's head: scripts, and style sheets on other servers."""
    for element in head_elements(root):
        if element.tag == "script":
            yield Finding(FindingKind.SCRIPT, 0, element.get("src", "")[:MAX_DETAIL])
        elif "stylesheet" in element.get("rel", "") and REMOTE.match(element.get("href", "")):
            yield Finding(FindingKind.REMOTE_RESOURCE, 0, element.get("href", "")[:MAX_DETAIL])


def _in_element(
    element: etree._Element, surroundings: Surroundings, archive: Archive
) -> Iterator[KindAndDetail]:
    name = local_name(element).lower()
    yield from _scripts(element, name)
    remote = [value for key, value in element.items() if key in FETCHED and REMOTE.match(value)]
    if name != "a":
        yield from ((FindingKind.REMOTE_RESOURCE, value) for value in remote)
    if name in FORMS:
        yield FindingKind.FORM, name
    elif name in MEDIA and not is_picture(element, surroundings):
        yield FindingKind.SOUND_OR_FILM, element.get("src", name)
    elif name == "a":
        yield from _in_link(element.get("href", ""), surroundings, archive)
    elif name == "img":
        yield from _in_picture(element, surroundings, is_remote=bool(remote))


def _scripts(element: etree._Element, name: str) -> Iterator[KindAndDetail]:
    if name == "script":
        yield FindingKind.SCRIPT, element.get("src", "")
    yield from ((FindingKind.SCRIPT, key) for key in element.attrib if EVENT_HANDLER.fullmatch(key))


def _in_picture(
    img: etree._Element, surroundings: Surroundings, *, is_remote: bool
) -> Iterator[KindAndDetail]:
    source = picture_source(img)
    detail = "a picture in the text itself" if DATA_ADDRESS.match(source[:200]) else source
    shown = None if is_remote else surroundings.find(source)
    if img.get("alt") is None and not (shown and shown.words):
        yield FindingKind.NO_ALTERNATIVE_TEXT, detail
    if not shown and not is_remote:
        yield FindingKind.UNUSABLE_PICTURE, detail


def _in_link(href: str, surroundings: Surroundings, archive: Archive) -> Iterator[KindAndDetail]:
    if not href.strip():
        return
    scheme = SCHEME.match(href)
    if scheme:
        if scheme[0].strip().lower() not in KEPT_SCHEMES:
            yield FindingKind.REMOVED_LINK, href
        return
    target = _place(surroundings, href, archive)
    if target is None:
        yield FindingKind.REMOVED_LINK, href
    elif _is_missing(target, surroundings.targets, archive):
        yield FindingKind.BROKEN_LINK, href
    elif (target[0], "") not in surroundings.targets.places and not surroundings.targets.knows(target[0]):
        yield FindingKind.REMOVED_LINK, href


def _place(surroundings: Surroundings, href: str, archive: Archive) -> tuple[str, str] | None:
    """Return the path and fragment of a link; None if it leaves the book, as an address of a website does."""
    target = resolve(surroundings.path, href)
    if target is None or (target[0], "") in surroundings.targets.places:
        return target
    path = archive.find(surroundings.path, href)
    return None if href.strip().startswith("/") and not path else (path or target[0], target[1])


def _is_missing(target: tuple[str, str], targets: Targets, archive: Archive) -> bool:
    """Tell whether the place is missing; in documents that are no chapters, places are not looked for."""
    path, fragment = target
    if (path, "") not in targets.places:
        return path not in archive
    return path in archive and target not in targets.places and not fragment.startswith("epubcfi(")
