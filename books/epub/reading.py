"""From the file to the whole book: the one way through the other modules."""

from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from lxml import etree
from lxml.html import fragment_fromstring

from books.pictures import Picture, UnusablePicture, check_picture

from .archive import Archive, resolve
from .book import Chapter, ContentsEntry, Epub, Illustration, UnusableEpub
from .contents import read_contents
from .markup import parse_xhtml
from .metadata import read_metadata
from .package import Package, picture_source, read_package
from .plain_text import element_to_text, one_line
from .sanitising import Surroundings, sanitise

MAX_ILLUSTRATION_BYTES = 20 * 1024**2
MAX_ILLUSTRATION_PIXELS = 50_000_000
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def read_epub(file: Path | BinaryIO) -> Epub:
    """Read a book whole; raise UnusableEpub with the reason if it cannot be one of this shop's."""
    with Archive(file) as archive:
        package = read_package(archive)
        cover_path = package.cover(archive)
        documents = _documents(archive, package, cover_path)
        numbers = {path: number for number, path in enumerate(documents, 1)}
        contents = read_contents(archive, package, numbers)
        pictures = _Pictures(archive)
        chapters = tuple(
            _chapter(root, Surroundings(path, numbers[path], numbers, pictures.get), contents)
            for path, root in documents.items()
        )
        return Epub(
            metadata=read_metadata(package.root),
            cover=archive.read(cover_path) if cover_path and cover_path in archive else None,
            chapters=chapters,
            contents=contents if _leads_through(contents, chapters) else _contents_of_titles(chapters),
            illustrations=tuple(pictures.shown()),
        )


class _Pictures:
    """The pictures that the text asks for, each checked once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._found: dict[str, tuple[Illustration, Picture] | None] = {}

    def get(self, path: str, chapter: int) -> tuple[Illustration, int, int] | None:
        """Return the illustration at the path with its width and height, None if it is not fit to show."""
        if path not in self._found:
            self._found[path] = self._read(path, chapter) if path in self._archive else None
        found = self._found[path]
        return (found[0], found[1].width, found[1].height) if found else None

    def shown(self) -> list[Illustration]:
        """Return what the text shows; the same picture under two paths is one."""
        illustrations: dict[str, Illustration] = {}
        for illustration, _ in filter(None, self._found.values()):
            illustrations.setdefault(illustration.name, illustration)
        return list(illustrations.values())

    def _read(self, path: str, chapter: int) -> tuple[Illustration, Picture] | None:
        data = self._archive.read(path)
        try:
            picture = check_picture(
                data, max_bytes=MAX_ILLUSTRATION_BYTES, max_pixels=MAX_ILLUSTRATION_PIXELS
            )
        except UnusablePicture:
            return None
        name = f"{sha256(data).hexdigest()[:32]}{picture.ending}"
        return Illustration(name, data, chapter), picture


def _documents(archive: Archive, package: Package, cover_path: str | None) -> dict[str, etree._Element]:
    """Parse the spine's documents, without those that are no chapters to read.

    These are the navigation, which every page of ours has anyway, empty pages and the cover page.
    """
    roots = {path: parse_xhtml(archive.read(path)) for path in package.documents()}
    navigation = package.navigation()
    chapters = {
        path: root
        for path, root in roots.items()
        if path != navigation and _has_something_to_read(root, path, cover_path)
    }
    if not chapters:
        raise UnusableEpub("The book has no text.")
    return chapters


def _has_something_to_read(root: etree._Element, path: str, cover_path: str | None) -> bool:
    body = root.find(".//body")
    body = root if body is None else body
    pictures = {resolve(path, picture_source(element)) for element in body.iter("img", "{*}image")}
    return bool(element_to_text(body)) or bool(pictures - {None, (cover_path, "")})


def _chapter(
    root: etree._Element, surroundings: Surroundings, contents: tuple[ContentsEntry, ...]
) -> Chapter:
    html = sanitise(root, surroundings)
    tree = fragment_fromstring(html, create_parent="div")
    listed = next((entry.title for entry in contents if entry.chapter == surroundings.number), "")
    # The highest heading, not the first: above it may stand a "Navigation" of a lower level.
    headings = (one_line(element_to_text(heading)) for level in HEADINGS for heading in tree.iter(level))
    title = listed or next(filter(None, headings), "") or f"Chapter {surroundings.number}"
    return Chapter(title, html, element_to_text(tree))


def _leads_through(contents: tuple[ContentsEntry, ...], chapters: tuple[Chapter, ...]) -> bool:
    """Tell whether the book's own contents are of use: some list the title page alone."""
    return len({entry.chapter for entry in contents}) > 1 or (len(chapters) == 1 and bool(contents))


def _contents_of_titles(chapters: tuple[Chapter, ...]) -> tuple[ContentsEntry, ...]:
    return tuple(ContentsEntry(chapter.title, number, "", 0) for number, chapter in enumerate(chapters, 1))
