"""Which documents there are to read: what the spine lists, and what else a reader can reach.

Pictures and drawings that only links lead to are read as pages too.
"""

from collections.abc import Iterator, Mapping
from posixpath import splitext

from lxml import etree

from books.epub.describing.contents import listed_paths
from books.epub.opening.archive import Archive
from books.epub.opening.kinds import Kind, kind_of
from books.epub.opening.markup import SVG, XLINK_HREF, local_name
from books.epub.opening.package import Package

# Of a file that the manifest does not have.
ENDINGS = frozenset({".xhtml", ".html", ".htm"})
# The elements that lead to a file or open it in a frame, and those that show one.
LEADING = frozenset({"a", "area", "iframe", "frame", "object", "embed"})
SHOWING = frozenset({"img", "image", "iframe", "object", "embed"})
TAGS = [*(LEADING | SHOWING), *(f"{{{SVG}}}{name}" for name in ("a", "image"))]
# What names the file.
NAMING = ("href", "src", "data", XLINK_HREF)
PICTURES = frozenset({Kind.PICTURE, Kind.DRAWING})


class Reach:
    """The documents of a book, each once: of the spine, of the contents, and those that only links lead to.

    Every document should be in the spine (https://www.w3.org/TR/epub-33/#sec-spine-elem). One that is not
    would be lost to readers, and so is read after it.
    """

    def __init__(self, archive: Archive, package: Package, spine: Mapping[str, str]) -> None:
        self._archive = archive
        self._types = package.media_types()
        self._instead = {item.fallback for item in package.items.values()}
        self._items = package.items
        known = (*spine, *spine.values(), package.navigation(), package.ncx())
        self._passed = {archive.name(path) or path for path in known if path}
        self._waiting = list(dict.fromkeys(spine.values()))
        # Pictures to which links lead, in their order, and those that a page shows already.
        self._linked_pictures: dict[str, None] = {}
        self._shown: set[str] = set()
        for path in listed_paths(archive, package):
            self._add(path)
        self.only_linked: list[str] = []

    def paths(self) -> Iterator[str]:
        """Yield the path of each document; those linked from it only if it is followed in between."""
        position = 0
        while position < len(self._waiting):
            yield self._waiting[position]
            position += 1
            if position == len(self._waiting):
                self._add_pictures()

    def follow(self, path: str, root: etree._Element) -> None:
        """Add the documents to which a document links, and note the pictures that it links to or shows."""
        references: dict[str, set[str]] = {}
        for element in root.iter(*TAGS):
            for reference in filter(_names_a_file, map(element.get, NAMING)):
                references.setdefault(reference.partition("#")[0], set()).add(local_name(element))
        references.pop("", None)
        for reference in sorted(references):
            target = self._archive.find(path, reference)
            if target and references[reference] & SHOWING:
                self._shown.add(target)
            if target and references[reference] & LEADING and self._add(target):
                self.only_linked.append(target)

    def knows(self, path: str) -> bool:
        """Tell whether a file is read as a document or shown as a picture, so that a link may lead to it."""
        return path in self._shown or (path in self._passed and self._kind(path) is not None)

    def out_of_reach(self) -> list[str]:
        """Return the documents of the manifest that are read nowhere and stand in for no other file."""
        return [
            item.path
            for name, item in self._items.items()
            if item.path in self._archive
            and (self._archive.name(item.path) or item.path) not in self._passed
            and name not in self._instead
            and self._kind(item.path) is Kind.DOCUMENT
        ]

    def _add(self, path: str) -> bool:
        if path in self._passed:
            return False
        if (kind := self._kind(path)) in PICTURES:
            self._linked_pictures[path] = None
            return False
        self._passed.add(path)
        if kind is None or not (path in self._types or splitext(path)[1].lower() in ENDINGS):
            return False
        self._waiting.append(path)
        return True

    def _add_pictures(self) -> None:
        found = [path for path in self._linked_pictures if path not in self._shown | self._passed]
        self._passed.update(found)
        self._waiting += found
        self.only_linked += found

    def _kind(self, path: str) -> Kind | None:
        return kind_of(self._archive.head(path), self._types.get(path, ""))


def _names_a_file(reference: str | None) -> bool:
    """Tell whether it is not the file itself, written into an address of megabytes."""
    return reference is not None and not reference[:5].lower().startswith("data:")
