"""What a rule or a style attribute declares, for the text and for drawings."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import tinycss2

from .properties import Token, Value, meanings_of

# In characters, of one declaration; only a font or picture written into the sheet is longer.
MAX_VALUE = 2_000
# The properties that a drawing keeps (https://www.w3.org/TR/SVG2/propidx.html), without filters.
OF_DRAWINGS = frozenset(
    "alignment-baseline baseline-shift clip-path clip-rule color color-interpolation direction "
    "display dominant-baseline fill fill-opacity fill-rule font-family font-size font-stretch font- "
    "style font-variant font-weight letter-spacing marker-end marker-mid marker-start mask mix-blend- "
    "mode opacity overflow paint-order shape-rendering stop-color stop-opacity stroke stroke- "
    "dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity "
    "stroke-width text-anchor text-decoration text-rendering transform unicode-bidi vector-effect "
    "visibility word-spacing writing-mode".split()
)
# Words, numbers, colours, transformations, and references to the same drawing; nothing that fetches.
SAFE_VALUE = re.compile(
    r"""(?:[\w\s.,#%+\-"']|\b(?!url|image|src)[a-z0-9-]+\(|\)|url\(["']?#[\w.:-]+["']?\))*""", re.IGNORECASE
)


class Declarations(NamedTuple):
    """What one rule says: normal and important values by property, and the same of drawings in CSS."""

    normal: dict[str, Value]
    important: dict[str, Value]
    drawing: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing in it matters here."""
        return not (self.normal or self.important or self.drawing)


def read_declarations(content: str | Iterable[Token]) -> Declarations:
    """Return what a rule's content, or a style attribute, says."""
    found = Declarations({}, {}, {})
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            values = [token for token in node.value if token.type not in {"whitespace", "comment"}]
            name = node.lower_name.removeprefix("-epub-").removeprefix("-webkit-")
            (found.important if node.important else found.normal).update(meanings_of(name, values))
            _read_for_drawings(name, node, found.drawing)
    return found


@lru_cache(maxsize=2_000)
def of_attribute(style: str) -> Declarations:
    """Return what a style attribute says; most books repeat a few."""
    return read_declarations(style)


def _read_for_drawings(name: str, node: Token, found: dict[str, str]) -> None:
    if name in OF_DRAWINGS:
        value = safe_value(tinycss2.serialize(node.value))
        if value:
            found[name] = value


def safe_value(value: str) -> str:
    """Return the value of a property in a drawing, or nothing if it could fetch something."""
    value = value.strip()
    return value if len(value) <= MAX_VALUE and SAFE_VALUE.fullmatch(value) else ""
