"""The documents that a book has by its own account, read from its package and contents without a tree."""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from html import unescape
from posixpath import basename

from books.epub.opening.archive import Archive
from books.epub.opening.names import resolve

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LOOKS_LIKE_TEXT = re.compile(r"<(?:\w+:)?(?:html|body|dtbook|head|p|div|h[1-6])\b", re.IGNORECASE)
# In bytes: what comes before a document's first element is seldom a tenth of this.
MAX_PROLOGUE = 20_000

type Attributes = dict[str, str]


@dataclass(frozen=True)
class Parts:
    """The paths of a book's documents."""

    # In the order of the spine, then those that only the contents list.
    documents: tuple[str, ...]
    # For each place in the spine that is no document, the paths of what it and its fallbacks are.
    unreadable: tuple[tuple[str, ...], ...]
    # What the contents list and the spine does not; what they list and the file does not have.
    unlisted: tuple[str, ...]
    absent: tuple[str, ...]


def read_parts(
    archive: Archive, decode: Callable[[bytes], str], package_path: str, read: Container[str]
) -> Parts:
    """Return which documents a book says that it has; `read` are those that were read."""
    return _Reading(archive, decode, package_path, read).parts()


class _Reading:
    """A package document and what it says."""

    def __init__(
        self, archive: Archive, decode: Callable[[bytes], str], path: str, read: Container[str]
    ) -> None:
        self._archive = archive
        self._decode = decode
        self._read = read
        self._package = self._text(path)
        self._items = {item.get("id", "").strip(): item for item in _elements(self._package, "item")}
        self._paths = {name: self._path(path, item.get("href", "")) for name, item in self._items.items()}

    def parts(self) -> Parts:
        spine: dict[str, None] = {}
        places: set[str] = set()
        unreadable = []
        for reference in _elements(self._package, "itemref"):
            chain = list(self._chain(reference.get("idref", "").strip()))
            places.update(self._paths[name] for name in chain)
            document, is_shown = self._document(chain)
            if document:
                spine[document] = None
            elif chain and not is_shown:
                unreadable.append(tuple(self._paths[name] for name in chain))
        listed = dict.fromkeys(path for path in self._listed() if path not in places)
        unlisted = [path for path in listed if path in self._archive and self._is_document(path)]
        # Contents made apart from the book may leave out the documents' folders.
        names = set(map(basename, places))
        absent = [path for path in listed if path not in self._archive and basename(path) not in names]
        return Parts((*spine, *unlisted), tuple(unreadable), tuple(unlisted), tuple(absent))

    def _chain(self, name: str) -> Iterator[str]:
        passed: set[str] = set()
        while name in self._items and name not in passed:
            passed.add(name)
            yield name
            name = self._items[name].get("fallback", "").strip()

    def _document(self, chain: list[str]) -> tuple[str | None, bool]:
        """Return the document of the chain that is read, or else the first, and whether anything is shown."""
        there = [name for name in chain if self._paths[name] in self._archive]
        for name in sorted(there, key=lambda name: self._paths[name] not in self._read):
            if self._items[name].get("media-type", "").strip().lower().startswith("image/"):
                return None, True
            if self._paths[name] in self._read or self._is_document(self._paths[name]):
                return self._paths[name], True
        return None, False

    def _listed(self) -> Iterator[str]:
        """Yield the documents that the contents list."""
        navigation = [
            name for name, item in self._items.items() if "nav" in item.get("properties", "").split()
        ]
        ncx = [spine.get("toc", "") for spine in _elements(self._package, "spine")]
        links = [(name, "a", "href") for name in navigation] + [(name, "content", "src") for name in ncx]
        for name, element, attribute in links:
            path = self._paths.get(name, "")
            if path in self._archive:
                targets = (
                    self._path(path, link.get(attribute, "")) for link in _elements(self._text(path), element)
                )
                yield from (target for target in targets if target and target != path)

    def _is_document(self, path: str) -> bool:
        return bool(LOOKS_LIKE_TEXT.search(self._decode(self._archive.read(path)[:MAX_PROLOGUE])))

    def _path(self, base: str, reference: str) -> str:
        target = resolve(base, reference) if reference.strip() else None
        return (self._archive.find(base, reference) or target[0]) if target else ""

    def _text(self, path: str) -> str:
        # Only up to the last end of a comment: otherwise each that never ends would be looked through again.
        head, end, rest = self._decode(self._archive.read(path)).rpartition("-->")
        return COMMENT.sub("", head + end) + rest


def _elements(markup: str, name: str) -> Iterator[Attributes]:
    """Yield the attributes of each element of this name, whatever its prefix."""
    for tag in re.finditer(
        rf"""<(?:[\w.-]+:)?{name}(?=[\s/>])((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""", markup
    ):
        yield {
            attribute[1]: unescape(attribute[2] if attribute[2] is not None else attribute[3])
            for attribute in ATTRIBUTE.finditer(tag[1])
        }
