"""The pictures that the text shows, each checked once and handed on at once."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote

from books.epub.book import Illustration, UnusableEpub
from books.epub.opening.archive import Archive, resolve
from books.epub.opening.package import Package
from books.epub.pictures import Picture, UnusablePicture, check_picture

# More than any book's largest plates; browsers take long over pictures beyond it.
MAX_PICTURE_BYTES = 20 * 1024**2
MAX_PICTURE_PIXELS = 50_000_000
# As many as an archive may have files; pictures written into the text itself come on top of those.
MAX_PICTURES = 5_000
DATA_ADDRESS = re.compile(r"data:image/[a-z+.-]{1,20}(?:;[a-z0-9=_-]{1,40})*;base64,", re.IGNORECASE)


class Shown(NamedTuple):
    """The name of an illustration, with its width and height."""

    name: str
    width: int
    height: int


class Illustrations:
    """Finds pictures by the references of the text and hands on those that it shows, each once."""

    def __init__(self, archive: Archive, package: Package, take: Callable[[Illustration], None]) -> None:
        self._archive = archive
        self._package = package
        self._take = take
        # By their names in the archive, and by their names on our pages: some books have one under two paths.
        self._found: dict[str, Shown | None] = {}
        self._taken: set[str] = set()
        self._count = 0

    def find(self, base: str, reference: str, chapter: int) -> Shown | None:
        """Return the picture that the file `base` refers to, or its fallback; None if none is fit to show."""
        inline = DATA_ADDRESS.match(reference.strip()[:200])
        if inline:
            return self._inline(reference.strip()[inline.end() :], chapter)
        target = resolve(base, reference)
        choices = [target[0], *self._package.fallbacks(target[0])] if target else []
        found = (self._at(name, chapter) for name in filter(None, map(self._archive.name, choices)))
        return next(filter(None, found), None)

    def _at(self, name: str, chapter: int) -> Shown | None:
        # By its name in the archive: references may write one name in upper and lower case in any mixture.
        if name not in self._found:
            self._found[name] = self._shown(self._archive.read(name), chapter)
        return self._found[name]

    def _inline(self, encoded: str, chapter: int) -> Shown | None:
        try:
            data = b64decode("".join(unquote(encoded).split()), validate=True)
        except (binascii.Error, ValueError):
            return None
        key = f"data:{sha256(data).hexdigest()}"
        if key not in self._found:
            self._found[key] = self._shown(data, chapter)
        return self._found[key]

    def _shown(self, data: bytes, chapter: int) -> Shown | None:
        shown = _checked(data)
        if shown is None:
            return None
        self._count += 1
        if self._count > MAX_PICTURES:
            raise UnusableEpub(f"The book shows more than {MAX_PICTURES:,} pictures.")
        if shown.name not in self._taken:
            self._taken.add(shown.name)
            self._take(Illustration(shown.name, data, chapter))
        return shown


def _checked(data: bytes) -> Shown | None:
    try:
        picture: Picture = check_picture(data, max_bytes=MAX_PICTURE_BYTES, max_pixels=MAX_PICTURE_PIXELS)
    except UnusablePicture:
        return None
    return Shown(f"{sha256(data).hexdigest()[:32]}{picture.ending}", picture.width, picture.height)
