"""The package document: what the book says about itself, which files it has, and in which order.

https://www.w3.org/TR/epub-33/#sec-package-doc and, for EPUB 2, https://idpf.org/epub/20/spec/OPF_2.0_latest.htm
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.plain_text import one_line

from .archive import Archive, resolve
from .markup import XLINK_HREF, local_name, parse_xhtml, parse_xml

CONTAINER = "META-INF/container.xml"
PACKAGE_TYPE = "application/oebps-package+xml"
DOCUMENT_TYPES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}
PICTURE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
DRAWING_TYPE = "image/svg+xml"
# A fallback may have a fallback; no book has a longer chain.
MAX_FALLBACKS = 10


@dataclass(frozen=True)
class Item:
    """One file of the manifest, with its path in the archive."""

    path: str
    media_type: str
    properties: frozenset[str]
    fallback: str


@dataclass(frozen=True)
class Package:
    """A parsed package document."""

    root: etree._Element
    path: str
    items: dict[str, Item]

    def documents(self, archive: Archive) -> dict[str, str]:
        """Return the spine in order: for each path in it, the path to read.

        The two differ where a file is missing or of an unknown kind, so that its fallback is read. Raises
        UnusableEpub if there is nothing to read.
        """
        documents: dict[str, str] = {}
        for reference in self.root.iterfind("{*}spine/{*}itemref"):
            chain = self._chain(reference.get("idref", ""))
            if not chain:
                raise UnusableEpub("The book lists a chapter that is not among its files.")
            if read := _readable(chain, archive):
                documents.setdefault(chain[0].path, read)
        if not documents:
            raise UnusableEpub("The book has no chapters.")
        return documents

    def fallbacks(self, path: str) -> Iterator[str]:
        """Yield the paths of this file's fallbacks, the first choice first."""
        yield from (item.path for item in self._chain(self._ids.get(path, ""))[1:])

    def navigation(self) -> str | None:
        """Return the path of EPUB 3's navigation document."""
        return next((item.path for item in self.items.values() if "nav" in item.properties), None)

    def ncx(self) -> str | None:
        """Return the path of EPUB 2's table of contents."""
        spine = self.root.find("{*}spine")
        named = self.items.get(spine.get("toc", "")) if spine is not None else None
        if named:
            return named.path
        kinds = (item.path for item in self.items.values() if item.media_type == "application/x-dtbncx+xml")
        return next(kinds, None)

    def metas(self, name: str) -> list[str]:
        """Return the values of EPUB 3's <meta property> or EPUB 2's <meta name>, without refinements."""
        metas = self.root.iterfind("{*}metadata//{*}meta")
        values = (
            "".join(meta.itertext()) if meta.get("property") == name else meta.get("content", "")
            for meta in metas
            if name in (meta.get("property"), meta.get("name")) and not meta.get("refines")
        )
        return [value for value in map(one_line, values) if value]

    def meta(self, name: str) -> str:
        """Return the first of these values, or nothing."""
        return next(iter(self.metas(name)), "")

    def media_types(self) -> dict[str, str]:
        """Return the media type of each file of the manifest by its path."""
        return {item.path: item.media_type for item in self.items.values()}

    def cover(self, archive: Archive) -> str | None:
        """Return the path of the cover picture: as EPUB 3 marks it, as EPUB 2 does, or on its cover page."""
        for item_id, item in self.items.items():
            if "cover-image" in item.properties:
                return _picture(self._chain(item_id), archive) or item.path
        for meta in self.root.iterfind("{*}metadata//{*}meta[@name='cover']"):
            named = self.items.get(meta.get("content", ""))
            if named and named.media_type in PICTURE_TYPES:
                return named.path
        return self._picture_of_cover_page(archive)

    def _picture_of_cover_page(self, archive: Archive) -> str | None:
        page = self.root.find("{*}guide/{*}reference[@type='cover']")
        target = resolve(self.path, page.get("href", "")) if page is not None else None
        if not target or target[0] not in archive:
            return None
        for element in parse_xhtml(archive.read(target[0])).iter("img", "{*}image"):
            picture = resolve(target[0], picture_source(element))
            if picture and picture[0] in archive:
                return picture[0]
        return None

    def _chain(self, item_id: str) -> list[Item]:
        """Return the item, its fallback, and so on, each only once even if they form a circle."""
        chain: list[Item] = []
        while len(chain) <= MAX_FALLBACKS:
            item = self.items.get(item_id.strip())
            if item is None or item in chain:
                break
            chain.append(item)
            item_id = item.fallback
        return chain

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {item.path: item_id for item_id, item in self.items.items()}


def _readable(chain: list[Item], archive: Archive) -> str | None:
    """Return the first document or picture of the chain that exists, or else the first drawing.

    If none exists, return the first that could be read, so that the refusal can name it.
    """
    known = [item for item in chain if item.media_type in DOCUMENT_TYPES | PICTURE_TYPES]
    known += [item for item in chain if item.media_type == DRAWING_TYPE]
    there = [item for item in known if item.path in archive]
    return next((item.path for item in there + known), None)


def _picture(chain: list[Item], archive: Archive) -> str | None:
    there = (item.path for item in chain if item.media_type in PICTURE_TYPES and item.path in archive)
    return next(there, None)


def read_package(archive: Archive) -> Package:
    """Find and read the package document; raise UnusableEpub if there is none to read."""
    if CONTAINER not in archive:
        raise UnusableEpub(f"The file is not an EPUB: it has no {CONTAINER}.")
    container = parse_xml(archive.read(CONTAINER))
    rootfiles = [file for file in container.iter("{*}rootfile") if file.get("full-path")]
    rootfiles.sort(key=lambda file: file.get("media-type") != PACKAGE_TYPE)
    if not rootfiles:
        raise UnusableEpub("The file is not an EPUB: its container names no package document.")
    path = rootfiles[0].get("full-path")
    root = parse_xml(archive.read(path))
    if local_name(root) != "package":
        raise UnusableEpub("The file is not an EPUB: its package document is something else.")
    return Package(root, path, _manifest(root, path))


def picture_source(element: etree._Element) -> str:
    """Return the reference of an <img>, or of an <image> in SVG."""
    return element.get("src") or element.get(XLINK_HREF) or element.get("href") or ""


def _manifest(root: etree._Element, package_path: str) -> dict[str, Item]:
    items = {}
    for element in root.iterfind("{*}manifest/{*}item"):
        target = resolve(package_path, element.get("href", ""))
        if target:
            items[element.get("id", "").strip()] = Item(
                path=target[0],
                media_type=element.get("media-type", "").strip().lower(),
                properties=frozenset(element.get("properties", "").split()),
                fallback=element.get("fallback", ""),
            )
    return items
