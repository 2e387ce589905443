"""SVG files → trees, with the entities that drawing programs define in them, and no others."""

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
# As Illustrator writes them, for namespaces; what has other entities in it could grow without end.
ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]{1,40})\s+(?:"([^"<&%]{0,300})"|'([^'<&%]{0,300})')\s*>""")
MAX_ENTITIES = 50


def is_drawing_file(data: bytes) -> bool:
    """Tell whether the file is SVG, whatever its name says."""
    return bool(START.search(data[:MAX_PROLOGUE].replace(b"\0", b"")))


def parse_drawing(data: bytes) -> etree._Element | None:
    """Return the <svg> of a file; None if there is none, or far too much."""
    text = decode(data)
    entities = ENTITY.findall(text[:MAX_PROLOGUE])[:MAX_ENTITIES]
    for name, value, other in entities:
        text = text.replace(f"&{name};", value or other)
        if len(text) > MAX_DRAWING:
            return None
    if len(text) > MAX_DRAWING:
        return None
    try:
        root = parse_xhtml(text.encode(errors="replace"))
    except UnusableEpub:
        return None
    return next(filter(is_drawing, root.iter(etree.Element)), None)
