"""A part of a file, as a request asks for it (RFC 9110, section 14): how broken downloads go on."""

import re
from collections.abc import Mapping
from typing import BinaryIO

ONE_RANGE = re.compile(r"bytes\s*=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """The part begins behind the end of the file."""


def asked_range(headers: Mapping[str, str], size: int, etag: str) -> range | None:
    """Return which bytes a request asks for, None for all of them.

    Several parts at once, and what cannot be understood, are answered with the whole, as the standard allows;
    so is a part of what has become another file meanwhile. Raises Unsatisfiable.
    """
    found = ONE_RANGE.fullmatch(headers.get("Range", "").strip())
    if found is None or headers.get("If-Range", etag) != etag:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        part = range(max(0, size - int(suffix)), size)
    elif last and int(last) < int(first):
        return None
    else:
        part = range(int(first), min(int(last or size), size - 1) + 1)
    if not part:
        raise Unsatisfiable
    return part


class Part:
    """Reads these bytes of a file, which it closes with itself."""

    def __init__(self, file: BinaryIO, part: range) -> None:
        file.seek(part.start)
        self._file = file
        self._left = len(part)

    def read(self, size: int) -> bytes:
        """Return up to so many bytes, none at the end."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
