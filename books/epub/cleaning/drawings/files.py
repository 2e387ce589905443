"""SVG files → trees."""

import re

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.opening.charset import decode
from books.epub.opening.markup import is_drawing, parse_xhtml

# In characters: beyond the drawings of books, which a browser takes seconds to draw.
MAX_DRAWING = 5_000_000
# In bytes: how far into a file its first element is looked for.
MAX_PROLOGUE = 20_000
START = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?svg[\s>/]", re.IGNORECASE)


def is_drawing_file(data: bytes) -> bool:
    """Tell whether the file is SVG, whatever its name says."""
    return bool(START.search(data[:MAX_PROLOGUE].replace(b"\0", b"")))


def parse_drawing(data: bytes) -> etree._Element | None:
    """Return the <svg> of a file; None if there is none, or far too much."""
    text = decode(data)
    if len(text) > MAX_DRAWING:
        return None
    try:
        root = parse_xhtml(text.encode(errors="replace"))
    except UnusableEpub:
        return None
    return next(filter(is_drawing, root.iter(etree.Element)), None)
