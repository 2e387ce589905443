"""How the answer comes back: pieces of bytes, then JSON that refers to them. Nothing in it is ever run.

The pieces come first, so that each can be written as soon as it is found. The last line says how long the
JSON is.
"""

import json
from collections.abc import Buffer
from datetime import date
from typing import Any, BinaryIO

# In bytes, of the JSON: titles, contents and findings, within the limits that books.epub has for each.
MAX_JSON = 64 * 1024**2
# In bytes, of the last line: a number in digits and a line feed.
LAST_LINE = 20
# The exit code of a process that has run out of memory, even for an answer.
OUT_OF_MEMORY = 3

# How the JSON refers to a piece: where it begins and how long it is.
type Reference = dict[str, list[int]]


class Garbled(Exception):
    """This is no answer, or not a whole one."""


class Writer:
    """Writes one answer."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._written = 0

    def piece(self, data: bytes) -> Reference:
        """Write the bytes; return what is to stand for them in the value."""
        start = self._written
        self._file.write(data)
        self._written += len(data)
        return {"piece": [start, len(data)]}

    def text(self, text: str) -> Reference:
        """Write a text as a piece, in UTF-8."""
        return self.piece(text.encode(errors="replace"))

    def end(self, value: object) -> None:
        """Write the value, which is made of what JSON has, of references, of dates and of bytes."""
        body = json.dumps(value, ensure_ascii=False, default=self._other).encode(errors="replace")
        self._file.write(body + f"{len(body):>{LAST_LINE - 1}}\n".encode())
        self._file.flush()

    def _other(self, part: object) -> object:
        if isinstance(part, date):
            return part.isoformat()
        if isinstance(part, bytes):
            return self.piece(part)
        raise TypeError(type(part).__name__)


def read(answer: Buffer) -> Any:
    """Return the value, its dates as text, its pieces as views of the answer; raises Garbled."""
    whole = memoryview(answer)
    try:
        length = int(bytes(whole[-LAST_LINE:]))
        end = len(whole) - LAST_LINE - length
        if not 0 <= length <= MAX_JSON or end < 0:
            raise Garbled
        pieces = whole[:end]
        return json.loads(bytes(whole[end : end + length]), object_hook=lambda part: _piece(part, pieces))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise Garbled from error


def _piece(part: dict[str, Any], pieces: memoryview) -> object:
    if part.keys() != {"piece"}:
        return part
    start, length = part["piece"]
    if not 0 <= start <= start + length <= len(pieces):
        raise Garbled
    return pieces[start : start + length]
