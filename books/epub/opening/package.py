"""The package document: what the book says about itself, which files it has, and in which order.

https://www.w3.org/TR/epub-33/#sec-package-doc and, for EPUB 2, https://idpf.org/epub/20/spec/OPF_2.0_latest.htm
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.plain_text import one_line

from .archive import Archive
from .descriptions import parse_xml
from .kinds import Kind, kind_by_type, kind_of, plain_type
from .markup import XLINK_HREF, local_name
from .names import CONTAINER, resolve

PACKAGE_TYPE = "application/oebps-package+xml"
PACKAGE_ENDING = ".opf"
NCX_TYPE = "application/x-dtbncx+xml"
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
            named = reference.get("idref", "").strip()
            if not named:
                continue
            # Some name the file itself.
            chain = self.chain(named) or list(filter(None, [self.item(named, archive)]))
            if not chain:
                raise UnusableEpub(
                    f"The book lists a chapter that is not among its files: {one_line(named)}."
                )
            if read := _readable(chain, archive):
                documents.setdefault(chain[0].path, read)
        if not documents:
            raise UnusableEpub("The book has no chapters.")
        return documents

    def fallbacks(self, path: str) -> Iterator[str]:
        """Yield the paths of this file's fallbacks, the first choice first."""
        yield from (item.path for item in self.chain(self._ids.get(path, ""))[1:])

    def navigation(self) -> str | None:
        """Return the path of EPUB 3's navigation document."""
        return next((item.path for item in self.items.values() if "nav" in item.properties), None)

    def ncx(self) -> str | None:
        """Return the path of EPUB 2's table of contents."""
        spine = self.root.find("{*}spine")
        named = self.items.get(spine.get("toc", "")) if spine is not None else None
        if named:
            return named.path
        items = self.items.values()
        of_type = [item.path for item in items if item.media_type == NCX_TYPE]
        of_name = [item.path for item in items if item.path.lower().endswith(".ncx")]
        return next(iter(of_type + of_name), None)

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

    def ids_used_twice(self) -> list[str]:
        """Return the ids that several files of the manifest have; the same file twice does no harm."""
        items = self.root.iterfind("{*}manifest//{*}item")
        files = {(item.get("id", "").strip(), item.get("href", "").strip()) for item in items}
        ids = Counter(named for named, _ in files if named)
        return sorted(named for named, count in ids.items() if count > 1)

    @property
    def language(self) -> str:
        """Return the language that the book names first, as it is written there."""
        named = self.root.find("{*}metadata//{*}language")
        return one_line(named.text or "") if named is not None else ""

    def item(self, named: str, archive: Archive) -> Item | None:
        """Return the file of the manifest with this id, or else with this reference."""
        by_id = self.items.get(named.strip())
        path = None if by_id or not named.strip() else archive.find(self.path, named)
        return by_id or (self.items.get(self._ids[path]) if path in self._ids else None)

    def chain(self, item_id: str) -> list[Item]:
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
    """Return the first document or picture of the chain that exists, else a drawing or other text.

    If none exists, return the first that could be read, so that the refusal can name it.
    """
    there = [(kind, item.path) for item in chain if item.path in archive and (kind := _kind(item, archive))]
    there.sort(key=lambda found: max(found[0].value, Kind.PICTURE.value))
    missing = [item.path for item in chain if item.path not in archive and kind_by_type(item.media_type)]
    return next((path for path in (*(path for _, path in there), *missing)), None)


def _kind(item: Item, archive: Archive) -> Kind | None:
    return kind_of(archive.head(item.path), item.media_type)


def read_package(archive: Archive) -> Package:
    """Find and read the package document; raise UnusableEpub if there is none to read."""
    for path in _packages(archive):
        root = parse_xml(archive.read(path))
        if local_name(root).lower() == "package":
            _bring_up(root)
            path = archive.name(path) or path
            return Package(root, path, _manifest(root, path, archive))
    raise UnusableEpub("The file is not an EPUB: its package document is something else.")


def _bring_up(root: etree._Element) -> None:
    """Move to the top what is in another part, because that part's end tag is missing."""
    for name in ("manifest", "spine", "guide"):
        part = root.find(f".//{{*}}{name}")
        if part is not None and root.find(f"{{*}}{name}") is None:
            root.append(part)


def _packages(archive: Archive) -> list[str]:
    """Return the paths of the package documents that the container names, the likeliest first.

    A book without a container has one if only one of its files has the name of a package document.
    """
    if CONTAINER not in archive:
        found = [path for path in archive if path.lower().endswith(PACKAGE_ENDING) and not _is_rubbish(path)]
        if len(found) == 1:
            return found
        raise UnusableEpub(f"The file is not an EPUB: it has no {CONTAINER}.")
    container = parse_xml(archive.read(CONTAINER))
    rootfiles = [file for file in container.iter("{*}rootfile") if file.get("full-path", "").strip()]
    if not rootfiles:
        raise UnusableEpub("The file is not an EPUB: its container names no package document.")
    rootfiles.sort(key=lambda file: plain_type(file.get("media-type", "")) != PACKAGE_TYPE)
    paths = [file.get("full-path", "").strip() for file in rootfiles]
    return [path for path in paths if path in archive] or paths


def _is_rubbish(path: str) -> bool:
    parts = path.lower().split("/")
    return "__macosx" in parts or parts[-1].startswith(".")


def picture_source(element: etree._Element) -> str:
    """Return the reference of an <img>, or of an <image> in SVG."""
    of_sizes = element.get("srcset", "").split()
    return element.get("src") or element.get(XLINK_HREF) or element.get("href") or "".join(of_sizes[:1])


def _manifest(root: etree._Element, package_path: str, archive: Archive) -> dict[str, Item]:
    """Return the files by their ids; a file without a sound id by its reference."""
    items = {}
    for element in root.iterfind("{*}manifest//{*}item"):
        href = element.get("href", "").strip()
        path = archive.find(package_path, href) if href else None
        if path is None and href and (target := resolve(package_path, href)):
            path = target[0]
        if path:
            named = element.get("id", "").strip()
            # Of two files with one id, the first has it.
            items[href if not named or named in items else named] = Item(
                path=path,
                media_type=plain_type(element.get("media-type", "")),
                properties=frozenset(element.get("properties", "").split()),
                fallback=element.get("fallback", ""),
            )
    return items
