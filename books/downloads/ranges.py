"""The part of a file that a request asks for (RFC 9110, section 14): so interrupted downloads are resumed."""

import re
from collections.abc import Mapping
from typing import BinaryIO

ONE_RANGE = re.compile(r"bytes\s*=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """The part begins beyond the end of the file."""


def asked_range(headers: Mapping[str, str], size: int, etag: str) -> range | None:
    """Return which bytes a request asks for, None for all of them.

    Several parts at once, and a header that makes no sense, are answered with the whole file, as the standard
    allows; so is a part of a file that has changed since. Raises Unsatisfiable.
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
    """Reads these bytes of a file; closing it closes the file."""

    def __init__(self, file: BinaryIO, part: range) -> None:
        file.seek(part.start)
        self._file = file
        self._left = len(part)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
