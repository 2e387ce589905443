"""Which documents there are to read: what the spine lists, and what else a reader can reach."""

from collections.abc import Iterator, Mapping
from posixpath import splitext

from lxml import etree

from books.epub.describing.contents import listed_paths
from books.epub.opening.archive import Archive
from books.epub.opening.kinds import Kind, kind_of
from books.epub.opening.package import Package

# Of a file that the manifest does not have.
ENDINGS = frozenset({".xhtml", ".html", ".htm"})


class Reach:
    """The documents of a book, each once: of the spine, of the contents, and those that only links lead to.

    Every document should be in the spine (https://www.w3.org/TR/epub-33/#sec-spine-elem). One that is not
    would be lost to readers, and so is read after it.
    """

    def __init__(self, archive: Archive, package: Package, spine: Mapping[str, str]) -> None:
        self._archive = archive
        self._types = package.media_types()
        known = (*spine, *spine.values(), package.navigation(), package.ncx())
        self._passed = {archive.name(path) or path for path in known if path}
        self._waiting = list(dict.fromkeys(spine.values()))
        for path in listed_paths(archive, package):
            self._add(path)
        self.only_linked: list[str] = []

    def paths(self) -> Iterator[str]:
        """Yield the path of each document; those linked from it only if it is followed in between."""
        position = 0
        while position < len(self._waiting):
            yield self._waiting[position]
            position += 1

    def follow(self, path: str, root: etree._Element) -> None:
        """Add the documents to which a document links."""
        references = {link.get("href", "").partition("#")[0] for link in root.iter("a")}
        for reference in sorted(references - {""}):
            target = self._archive.find(path, reference)
            if target and self._add(target):
                self.only_linked.append(target)

    def _add(self, path: str) -> bool:
        if path in self._passed:
            return False
        self._passed.add(path)
        if not self._is_document(path):
            return False
        self._waiting.append(path)
        return True

    def _is_document(self, path: str) -> bool:
        kind = kind_of(self._archive.head(path), self._types.get(path, ""))
        return kind is Kind.DOCUMENT and (path in self._types or splitext(path)[1].lower() in ENDINGS)
