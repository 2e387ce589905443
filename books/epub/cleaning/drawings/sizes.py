"""How large a drawing is: as it says itself, or as the part of the plane that it shows.

https://www.w3.org/TR/SVG2/coords.html#SizingSVGInCSS
"""

import re
from typing import NamedTuple

from lxml import etree

from books.epub.pictures import MAX_SIDE

# In pixels of CSS.
UNITS = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "in": 96,
    "cm": 37.8,
    "mm": 3.78,
    "q": 0.945,
    "em": 16,
    "rem": 16,
    "ex": 8,
}
LENGTH = re.compile(r"\s*([0-9]{0,9}\.?[0-9]{1,9}(?:e-?[0-9])?)\s*([a-z]{0,3})\s*", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:e[-+]?[0-9]{1,2})?", re.IGNORECASE)
MAX_VIEW_BOX = 200
# In pixels: what a picture without any size has in browsers.
DEFAULT_WIDTH, DEFAULT_HEIGHT = 300, 150


class Size(NamedTuple):
    """In pixels of CSS."""

    width: float
    height: float
    # Whether the drawing leaves it to the page how large it is, and only says its proportions.
    is_free: bool


def size_of(svg: etree._Element) -> Size:
    """Return a drawing's width and height, at least one pixel each and no more than pictures may have."""
    width, height = _length(svg.get("width", "")), _length(svg.get("height", ""))
    shown = _view_box(svg.get("viewBox", ""))
    if shown:
        across, down = shown
        if width and not height:
            height = width * down / across
        elif height and not width:
            width = height * across / down
        elif not width:
            scale = max(1, DEFAULT_WIDTH / max(across, down))
            return Size(_within(across * scale), _within(down * scale), is_free=True)
    return Size(_within(width or DEFAULT_WIDTH), _within(height or DEFAULT_HEIGHT), is_free=False)


def _length(text: str) -> float:
    found = LENGTH.fullmatch(text)
    return float(found[1]) * UNITS.get(found[2].lower(), 0) if found else 0.0


def _view_box(text: str) -> tuple[float, float] | None:
    """Return the width and height that the drawing shows of its plane."""
    numbers = [float(number) for number in NUMBER.findall(text[:MAX_VIEW_BOX])]
    return (numbers[2], numbers[3]) if len(numbers) == 4 and min(numbers[2:]) > 0 else None


def _within(side: float) -> int:
    return round(min(max(side, 1), MAX_SIDE))
