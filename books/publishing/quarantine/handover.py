"""How the answer comes back: JSON, followed by the bytes to which it refers. Nothing in it is ever run."""

import json
from datetime import date
from typing import Any, BinaryIO

# In bytes, of the JSON: a book's text twice, as HTML and plain, with up to four bytes to a letter.
MAX_JSON = 512 * 1024**2
# In bytes, of the first line, which gives the lengths of the JSON and of each piece.
MAX_LENGTHS = 256 * 1024
# The exit code of a process that has run out of memory, even for an answer.
OUT_OF_MEMORY = 3


class Garbled(Exception):
    """This is no answer, or not a whole one."""


def write(file: BinaryIO, value: object) -> None:
    """Write a value made of what JSON has, of dates and of bytes."""
    pieces: list[bytes] = []

    def other(part: object) -> object:
        if isinstance(part, date):
            return part.isoformat()
        if not isinstance(part, bytes):
            raise TypeError(type(part).__name__)
        pieces.append(part)
        return {"piece": len(pieces) - 1}

    body = json.dumps(value, ensure_ascii=False, default=other).encode(errors="replace")
    file.write(json.dumps([len(body), *map(len, pieces)]).encode() + b"\n")
    for piece in (body, *pieces):
        file.write(piece)
    file.flush()


def read(file: BinaryIO) -> Any:
    """Return the value, its dates as text; raises Garbled."""
    try:
        length, *lengths = json.loads(file.readline(MAX_LENGTHS))
        if length > MAX_JSON:
            raise Garbled
        body = _exactly(file, length)
        pieces = [_exactly(file, each) for each in lengths]
        return json.loads(body, object_hook=lambda part: _piece(part, pieces))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise Garbled from error


def _exactly(file: BinaryIO, length: int) -> bytes:
    data = file.read(length)
    if len(data) != length:
        raise Garbled
    return data


def _piece(part: dict[str, Any], pieces: list[bytes]) -> object:
    return pieces[part["piece"]] if part.keys() == {"piece"} else part
