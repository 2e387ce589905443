"""The pictures that the text asks for, each checked once."""

import binascii
import re
from base64 import b64decode
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote

from books.pictures import Picture, UnusablePicture, check_picture

from .archive import Archive, resolve
from .book import Illustration
from .package import Package

MAX_BYTES = 20 * 1024**2
MAX_PIXELS = 50_000_000
DATA_ADDRESS = re.compile(r"data:image/[a-z+.-]{1,20}(?:;[a-z0-9=_-]{1,40})*;base64,", re.IGNORECASE)


class Shown(NamedTuple):
    """An illustration with its width and height."""

    illustration: Illustration
    width: int
    height: int


class Illustrations:
    """Finds pictures by the references of the text and keeps what the text shows."""

    def __init__(self, archive: Archive, package: Package) -> None:
        self._archive = archive
        self._package = package
        self._found: dict[str, Shown | None] = {}

    def find(self, base: str, reference: str, chapter: int) -> Shown | None:
        """Return the picture that the file `base` refers to, or its fallback; None if neither is fit to show."""
        inline = DATA_ADDRESS.match(reference.strip()[:200])
        if inline:
            return self._inline(reference.strip()[inline.end() :], chapter)
        target = resolve(base, reference)
        path = target[0] if target else ""
        if path not in self._found:
            choices = [path, *self._package.fallbacks(path)] if path else []
            shown = (_shown(self._archive.read(it), chapter) for it in choices if it in self._archive)
            self._found[path] = next(filter(None, shown), None)
        return self._found[path]

    def all(self) -> tuple[Illustration, ...]:
        """Return what the text shows; the same picture under two paths is one."""
        illustrations: dict[str, Illustration] = {}
        for shown in filter(None, self._found.values()):
            illustrations.setdefault(shown.illustration.name, shown.illustration)
        return tuple(illustrations.values())

    def _inline(self, encoded: str, chapter: int) -> Shown | None:
        try:
            data = b64decode("".join(unquote(encoded).split()), validate=True)
        except (binascii.Error, ValueError):
            return None
        key = f"data:{sha256(data).hexdigest()}"
        if key not in self._found:
            self._found[key] = _shown(data, chapter)
        return self._found[key]


def _shown(data: bytes, chapter: int) -> Shown | None:
    try:
        picture: Picture = check_picture(data, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS)
    except UnusablePicture:
        return None
    name = f"{sha256(data).hexdigest()[:32]}{picture.ending}"
    return Shown(Illustration(name, data, chapter), picture.width, picture.height)
