"""Which picture is the cover: books say it in many ways, several of which no standard knows."""

import re
from collections.abc import Iterator
from itertools import chain
from posixpath import basename

from lxml import etree

from books.epub.plain_text import element_to_text, has_text

from .archive import Archive
from .kinds import DOCUMENT_TYPES, is_drawing, is_picture
from .markup import EPUB_TYPE, document_body, parse_xhtml
from .names import resolve
from .package import Item, Package, picture_source

# Types of references in EPUB 2's guide, the first choice first.
GUIDE_TYPES = (
    "cover",
    "other.ms-coverimage-standard",
    "other.ms-coverimage",
    "coverimagestandard",
    "thumbimagestandard",
)
# What programs call a cover that they do not mark.
NAMES = frozenset(
    {"cover", "coverimage", "coverimg", "coverpic", "coverjpg", "coverpng", "frontcover", "imgcover"}
)
# Between the words of a name, as in "9783161484100_cover1".
BETWEEN_WORDS = re.compile(r"[\W\d_]+")
NO_COVER = frozenset({"back", "inside"})
PICTURE_ELEMENTS = ("img", "{*}image", "image", "object")


def cover_path(package: Package, archive: Archive) -> str | None:
    """Return the path of the cover picture: as the book names it, or else where it is always found.

    It is that of a drawing only if there is no picture.
    """
    for item_id, item in package.items.items():
        if "cover-image" in item.properties:
            pictures = (
                picture for each in package.chain(item_id) for picture in _picture_at(each.path, archive)
            )
            return next(pictures, item.path)
    ways = (_in_metadata, _in_guide, _in_landmarks, _by_name, _on_first_page, _drawn)
    return next((path for way in ways for path in way(package, archive)), None)


def is_drawn(path: str, archive: Archive) -> bool:
    """Tell whether the cover is a drawing and no picture."""
    return path in archive and is_drawing(archive.head(path))


def _in_metadata(package: Package, archive: Archive) -> Iterator[str]:
    """EPUB 2's <meta name="cover">, which names an id; many write a reference instead."""
    for item in _items_in_metadata(package, archive):
        yield from _picture_at(item.path, archive)


def _items_in_metadata(package: Package, archive: Archive) -> Iterator[Item]:
    for meta in package.root.iterfind("{*}metadata//{*}meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in {"cover", "cover-image"}:
            item = package.item(meta.get("content") or meta.text or "", archive)
            yield from [item] if item else ()


def _in_guide(package: Package, archive: Archive) -> Iterator[str]:
    references = list(package.root.iterfind("{*}guide/{*}reference"))
    for kind in GUIDE_TYPES:
        for reference in references:
            if reference.get("type", "").strip().lower() == kind:
                path = archive.find(package.path, reference.get("href", "").partition("#")[0])
                yield from _picture_at(path, archive) if path else ()
    for reference in references:
        if _plain(reference.get("title", "")) in NAMES:
            path = archive.find(package.path, reference.get("href", "").partition("#")[0])
            yield from _picture_at(path, archive) if path else ()


def _in_landmarks(package: Package, archive: Archive) -> Iterator[str]:
    navigation = package.navigation()
    if navigation and navigation in archive:
        for link in parse_xhtml(archive.read(navigation)).iter("a"):
            target = resolve(navigation, link.get("href", ""))
            if "cover" in link.get(EPUB_TYPE, "").split() and target:
                yield from _picture_at(target[0], archive)


def _by_name(package: Package, archive: Archive) -> Iterator[str]:
    for of_item in (lambda item_id, path: item_id, lambda item_id, path: _stem(path)):
        for item_id, item in package.items.items():
            if _plain(of_item(item_id, item.path)) in NAMES and _is_picture(item.path, archive):
                yield item.path
    for item_id, item in package.items.items():
        if {_plain(item_id), _plain(_stem(item.path))} & NAMES and item.media_type in DOCUMENT_TYPES:
            yield from _picture_at(item.path, archive)
    for item in package.items.values():
        words = set(BETWEEN_WORDS.split(_stem(item.path).lower()))
        if "cover" in words and not words & NO_COVER and _is_picture(item.path, archive):
            yield item.path


def _on_first_page(package: Package, archive: Archive) -> Iterator[str]:
    reference = package.root.find("{*}spine/{*}itemref")
    item = package.items.get(reference.get("idref", "").strip()) if reference is not None else None
    if item and item.path in archive and not _is_picture(item.path, archive):
        body = document_body(parse_xhtml(archive.read(item.path)))
        pictures = _pictures(body, item.path, archive)
        if len(pictures) == 1 and _is_cover_page(body):
            yield from pictures


def _drawn(package: Package, archive: Archive) -> Iterator[str]:
    named = (
        item for item_id, item in package.items.items() if {_plain(item_id), _plain(_stem(item.path))} & NAMES
    )
    for item in chain(_items_in_metadata(package, archive), named):
        if is_drawn(item.path, archive):
            yield item.path


def _is_cover_page(body: etree._Element) -> bool:
    """Tell whether a page says that it is the cover's, or says nothing else."""
    if any("cover" in element.get(EPUB_TYPE, "").split() for element in body.iter(etree.Element)):
        return True
    return not has_text(body) or _plain(element_to_text(body)) in NAMES


def _picture_at(path: str, archive: Archive) -> Iterator[str]:
    """Yield the picture at this path, or the first on the page there."""
    if _is_picture(path, archive):
        yield path
    elif path in archive:
        yield from _pictures(parse_xhtml(archive.read(path)), path, archive)[:1]


def _pictures(root: etree._Element, path: str, archive: Archive) -> list[str]:
    sources = (element.get("data") or picture_source(element) for element in root.iter(*PICTURE_ELEMENTS))
    found = (archive.find(path, source) for source in sources if source)
    return list(dict.fromkeys(picture for picture in found if picture and _is_picture(picture, archive)))


def _is_picture(path: str, archive: Archive) -> bool:
    return path in archive and is_picture(archive.head(path))


def _stem(path: str) -> str:
    return basename(path).rpartition(".")[0]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
