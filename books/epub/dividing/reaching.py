"""Which documents there are to read: what the spine lists, and what else a reader can reach."""

from collections.abc import Iterator, Mapping
from posixpath import splitext

from lxml import etree

from books.epub.describing.contents import listed_paths
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.kinds import DOCUMENT_TYPES
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
        self._package = package
        self._types = package.media_types()
        self._passed = {*spine, *spine.values(), package.navigation(), package.ncx()}
        self._waiting = list(dict.fromkeys(spine.values()))
        for path in listed_paths(archive, package):
            self._add(path)
        self._references: set[str] = set()
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
            target = resolve(path, reference)
            if target and self._add(target[0]):
                self.only_linked.append(target[0])

    def _add(self, path: str) -> bool:
        if path in self._passed:
            return False
        self._passed.add(path)
        if not self._is_document(path):
            return False
        self._waiting.append(path)
        return True

    def _is_document(self, path: str) -> bool:
        kind = self._types.get(path)
        is_document = kind in DOCUMENT_TYPES if kind else splitext(path)[1].lower() in ENDINGS
        return is_document and path in self._archive
