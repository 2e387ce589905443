"""The shop's accent colour: whether it can be read, and the colours for both themes that are made from it.

Ratios are those of WCAG 2.2, whose level AA wants 4.5 : 1 for text
(https://www.w3.org/TR/WCAG22/#contrast-minimum).
"""

import re
from typing import NamedTuple

LEAST = 4.5
# Beyond LEAST, for the colour that is worked out: the dark theme's own accent has eight.
LEAST_IN_THE_DARK = 6.0

# As in static/css/base.css: what text in the accent is on, and what text on the accent is in.
PAPER, RAISED = "#fcfaf5", "#f3eee3"
DARK_PAPER, DARK_RAISED = "#191714", "#24211c"
ON_ACCENT, DARK_ON_ACCENT = "#fffdf9", "#191714"
WHITE, BLACK = "#ffffff", "#000000"

_COLOUR = re.compile(r"#[0-9a-f]{6}")


class Unreadable(Exception):
    """The colour is too pale for text; `ratio` is its contrast to the paper, or to what is on it."""

    def __init__(self, ratio: float):
        super().__init__(ratio)
        self.ratio = ratio


class Accent(NamedTuple):
    """The colours of one theme: links and buttons, those pointed at, and text on buttons."""

    accent: str
    strong: str
    on_accent: str


def is_colour(text: str) -> bool:
    """Tell whether this is a colour as the shop's settings store it, such as #9c3418."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def in_light(colour: str) -> Accent:
    """Return the light theme's colours, the accent as it was chosen; raises Unreadable."""
    ratio = min(contrast(colour, each) for each in (PAPER, RAISED, ON_ACCENT))
    if ratio < LEAST:
        raise Unreadable(ratio)
    return Accent(colour, _mixed(colour, BLACK, 0.25), ON_ACCENT)


def in_dark(colour: str) -> Accent:
    """Return the dark theme's colours: the same hue, as much lighter as text on a dark page needs."""
    share = 0.0
    while _least_in_the_dark(lighter := _mixed(colour, WHITE, share)) < LEAST_IN_THE_DARK:
        share += 0.05
    return Accent(lighter, _mixed(lighter, WHITE, 0.3), DARK_ON_ACCENT)


def stylesheet(colour: str) -> str:
    """Return the custom properties that replace those of static/css/base.css; raises Unreadable."""
    light, dark = in_light(colour), in_dark(colour)
    pairs = zip(("--accent", "--accent-strong", "--on-accent"), light, dark, strict=True)
    lines = "".join(f"  {name}: light-dark({one}, {other});\n" for name, one, other in pairs)
    return f":root {{\n{lines}}}\n"


def _least_in_the_dark(colour):
    return min(contrast(colour, each) for each in (DARK_PAPER, DARK_RAISED))


def _channels(colour):
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour):
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel):
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mixed(colour, other, share):
    """Return the colour with so much of the other in it."""
    channels = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in channels)
