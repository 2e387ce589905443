"""The pictures that the text shows, each checked once and handed on at once."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from lxml import etree

from books.epub.book import ILLUSTRATION_TYPES, Illustration, UnusableEpub
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.package import Package
from books.epub.pictures import Picture, UnusablePicture, shown_picture
from books.epub.styling.applying import Styles

from .drawings.copying import Drawing, Symbols, clean_drawing
from .drawings.files import is_drawing_file, parse_drawing

# More than any book's largest plates; browsers take long over pictures beyond it.
MAX_PICTURE_BYTES = 20 * 1024**2
MAX_PICTURE_PIXELS = 50_000_000
# As many as an archive may have files; pictures written into the text itself come on top of those.
MAX_PICTURES = 5_000
# Of pictures inside one drawing, and of all drawings of a book: a picture can be in each of them again.
MAX_EMBEDDED_BYTES = 8 * 1024**2
MAX_DRAWINGS_BYTES = 100 * 1024**2
# A drawing may show a drawing, which may show no other.
MAX_DRAWINGS_DEEP = 2
# Without a type, browsers look at the data.
DATA_ADDRESS = re.compile(r"data:(?:image/[a-z+.-]{1,20})?(?:;[a-z0-9=_-]{1,40})*,", re.IGNORECASE)
BASE64 = re.compile(r";base64,$", re.IGNORECASE)


class Shown(NamedTuple):
    """The name of an illustration, with its width and height."""

    name: str
    width: int
    height: int
    is_transparent: bool
    # Of a drawing: its words, and whether the page may choose its size.
    words: str = ""
    is_free: bool = False
    # What it refers to and cannot show.
    missing: tuple[str, ...] = ()


class Illustrations:
    """Finds pictures by the references of the text and hands on those that it shows, each once."""

    def __init__(self, archive: Archive, package: Package, take: Callable[[Illustration], None]) -> None:
        self._archive = archive
        self._package = package
        self._take = take
        self._styles = Styles(archive, package)
        # By their names in the archive, and by their names on our pages: some books have one under two paths.
        self._found: dict[str, Shown | None] = {}
        self._taken: set[str] = set()
        self._count = self._drawn_bytes = 0

    def find(self, base: str, reference: str, chapter: int) -> Shown | None:
        """Return the picture that the file `base` refers to, or its fallback; None if none is fit to show."""
        if DATA_ADDRESS.match(reference.strip()[:200]):
            return self._inline(base, reference.strip(), chapter)
        found = (self._at(name, chapter) for name in self._names(base, reference))
        return next(filter(None, found), None)

    def draw(self, svg: etree._Element, base: str, symbols: Symbols, chapter: int) -> Shown | None:
        """Return the picture made from a drawing in the text; None if it is not fit to show."""
        self._count_one()
        missing: list[str] = []
        drawing = clean_drawing(svg, self._embedder(base, missing, 1), symbols)
        return self._hand_on_drawing(drawing, missing, chapter)

    def _names(self, base: str, reference: str) -> list[str]:
        """Return the names in the archive of what is referred to and of its fallbacks."""
        target = resolve(base, reference)
        path = target and (self._archive.find(base, reference) or target[0])
        choices = [path, *self._package.fallbacks(path)] if path else []
        return list(filter(None, map(self._archive.name, choices)))

    def _at(self, name: str, chapter: int) -> Shown | None:
        # By its name in the archive: references may write one name in upper and lower case in any mixture.
        if name not in self._found:
            self._found[name] = self._shown(self._archive.read(name), name, chapter)
        return self._found[name]

    def _inline(self, base: str, address: str, chapter: int) -> Shown | None:
        data = data_of(address)
        key = f"data:{sha256(data).hexdigest()}"
        if key not in self._found:
            self._found[key] = self._shown(data, base, chapter)
        return self._found[key]

    def _shown(self, data: bytes, path: str, chapter: int) -> Shown | None:
        self._count_one()
        if is_drawing_file(data):
            missing: list[str] = []
            return self._hand_on_drawing(self._drawing(data, path, missing, 1), missing, chapter)
        checked = _checked(data)
        if checked is None:
            return None
        data, picture = checked
        name = self._hand_on(data, picture.ending, chapter)
        return Shown(name, picture.width, picture.height, picture.is_transparent)

    def _count_one(self) -> None:
        self._count += 1
        if self._count > MAX_PICTURES:
            raise UnusableEpub(f"The book shows more than {MAX_PICTURES:,} pictures.")

    def _drawing(self, data: bytes, path: str, missing: list[str], depth: int) -> Drawing | None:
        svg = parse_drawing(data)
        if svg is None:
            return None
        self._styles.apply(path, svg)
        return clean_drawing(svg, self._embedder(path, missing, depth), {})

    def _hand_on_drawing(self, drawing: Drawing | None, missing: list[str], chapter: int) -> Shown | None:
        if drawing is None or self._drawn_bytes + len(drawing.data) > MAX_DRAWINGS_BYTES:
            return None
        self._drawn_bytes += len(drawing.data)
        width, height, is_free = drawing.size
        name = self._hand_on(drawing.data, ".svg", chapter)
        return Shown(name, int(width), int(height), True, drawing.words, is_free, tuple(missing))

    def _hand_on(self, data: bytes, ending: str, chapter: int) -> str:
        name = f"{sha256(data).hexdigest()[:32]}{ending}"
        if name not in self._taken:
            self._taken.add(name)
            self._take(Illustration(name, data, chapter))
        return name

    def _embedder(self, base: str, missing: list[str], depth: int) -> Callable[[str], str]:
        """Return what finds the pictures inside a drawing in the file `base`, and notes the missing ones."""
        room = MAX_EMBEDDED_BYTES

        def embed(reference: str) -> str:
            nonlocal room
            address = self._embedded(base, reference, missing, depth) if room > 0 else ""
            room -= len(address)
            if not address:
                inline = DATA_ADDRESS.match(reference[:200])
                missing.append("a picture in the text itself" if inline else reference)
            return address

        return embed

    def _embedded(self, base: str, reference: str, missing: list[str], depth: int) -> str:
        self._count_one()
        names = self._names(base, reference)
        if DATA_ADDRESS.match(reference[:200]):
            data, path = data_of(reference), base
        elif names:
            data, path = self._archive.read(names[0]), names[0]
        else:
            return ""
        if is_drawing_file(data):
            inner = self._drawing(data, path, missing, depth + 1) if depth < MAX_DRAWINGS_DEEP else None
            return _address(inner.data, ".svg") if inner else ""
        checked = _checked(data)
        return _address(checked[0], checked[1].ending) if checked else ""


def data_of(address: str) -> bytes:
    """Return what a data: address says; nothing if it is not well-formed."""
    start = DATA_ADDRESS.match(address[:200])
    if not start:
        return b""
    rest = address[start.end() :]
    if not BASE64.search(start[0]):
        return unquote_to_bytes(rest)
    try:
        return b64decode("".join(unquote(rest).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _address(data: bytes, ending: str) -> str:
    return f"data:{ILLUSTRATION_TYPES[ending]};base64,{b64encode(data).decode()}"


def _checked(data: bytes) -> tuple[bytes, Picture] | None:
    try:
        return shown_picture(data, max_bytes=MAX_PICTURE_BYTES, max_pixels=MAX_PICTURE_PIXELS)
    except UnusablePicture:
        return None
