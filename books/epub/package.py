"""The package document: what the book says of itself, which files it is made of, and in which order.

https://www.w3.org/TR/epub-33/#sec-package-doc and, for EPUB 2, https://idpf.org/epub/20/spec/OPF_2.0_latest.htm
"""

from dataclasses import dataclass

from lxml import etree

from .archive import Archive, resolve
from .book import UnusableEpub
from .markup import XLINK_HREF, local_name, parse_xhtml, parse_xml
from .plain_text import one_line

CONTAINER = "META-INF/container.xml"
PACKAGE_TYPE = "application/oebps-package+xml"
DOCUMENT_TYPES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}
PICTURE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
DRAWING_TYPE = "image/svg+xml"
# A fallback may have a fallback; a circle of them must end.
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
    """A package document that has been read."""

    root: etree._Element
    path: str
    items: dict[str, Item]

    def documents(self) -> list[str]:
        """Return the paths of the spine's documents in order; raise UnusableEpub if there are none."""
        references = self.root.iterfind("{*}spine/{*}itemref")
        paths = [self._document(reference.get("idref", "")) for reference in references]
        documents = list(dict.fromkeys(path for path in paths if path))
        if not documents:
            raise UnusableEpub("The book has no chapters.")
        return documents

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
        for item in self.items.values():
            if "cover-image" in item.properties:
                return item.path
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

    def _document(self, item_id: str) -> str | None:
        for _ in range(MAX_FALLBACKS):
            item = self.items.get(item_id.strip())
            if item is None:
                raise UnusableEpub("The book lists a chapter that is not among its files.")
            if item.media_type in DOCUMENT_TYPES | PICTURE_TYPES:
                return item.path
            if not item.fallback:
                return item.path if item.media_type == DRAWING_TYPE else None
            item_id = item.fallback
        return None


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
