"""The properties of CSS that matter to our pages, each with its few values.

https://www.w3.org/TR/epub-33/#sec-css allows the whole of CSS; what is not read here has no effect.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

import tinycss2

# A tinycss2 token; the library does not type them.
type Token = Any
type Value = Any

INHERIT = "inherit"
INITIAL = "initial"
# What a property is on our pages where nothing is declared; those of the text pass to the elements inside.
INHERITED: dict[str, Value] = {
    "italic": False,
    "bold": False,
    "small_caps": False,
    "transform": "none",
    "monospace": False,
    "align": "start",
    "indent": 0.0,
    "space": "normal",
    "marker": "",
    "visible": True,
}
OWN: dict[str, Value] = {
    "display": "",
    "lines": frozenset(),
    "script": "",
    "size": 1.0,
    "before": 0.0,
    "after": 0.0,
    "margin_left": 0.0,
    "margin_right": 0.0,
    "padding_left": 0.0,
    "padding_right": 0.0,
    "breaks": False,
    "floats": False,
    "content": (),
    "counts": False,
}
INITIALS = INHERITED | OWN

# In em: what browsers and devices take for the other units, with a line of 33 em for the percent of it.
EMS = {
    "em": 1, "rem": 1, "ex": 0.5, "ch": 0.5, "ic": 1, "lh": 1.5, "px": 1 / 16, "pt": 1 / 12, "pc": 1, "in": 6,
    "cm": 2.36, "mm": 0.236, "q": 0.059, "vw": 0.33, "vh": 0.33, "vmin": 0.33, "vmax": 0.33,
}  # fmt: skip
PERCENT_OF_LINE = 0.33
# A size in these is as large as it says whatever the text around it is, so it tells nothing about emphasis.
ABSOLUTE = frozenset({"px", "pt", "pc", "in", "cm", "mm", "q", "rem"})
SIZES = {"larger": 1.2, "smaller": 0.83, "xx-small": 0.6, "x-small": 0.75, "small": 0.85, "medium": 1.0,
         "large": 1.2, "x-large": 1.5, "xx-large": 2.0, "xxx-large": 3.0}  # fmt: skip
MONOSPACE = re.compile(r"monospace|mono\b|courier|consolas|menlo|typewriter", re.IGNORECASE)
BOLD_FROM = 600
# In characters, of a list of typefaces.
MAX_FAMILIES = 1_000


def meanings_of(name: str, values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    """Yield what a declaration says of each property that matters here."""
    if not values or name not in READERS:
        return
    properties, read = READERS[name]
    word = _word(values[0])
    if len(values) == 1 and word in {"inherit", "initial", "unset", "revert"}:
        yield from ((each, _keyword(each, word)) for each in properties)
    else:
        yield from read(values)


def _keyword(name: str, word: str) -> str:
    inherits = word == "inherit" or (word == "unset" and name in INHERITED)
    return INHERIT if inherits else INITIAL


def _word(token: Token) -> str:
    return token.lower_value if token.type == "ident" else ""


def _words(values: Iterable[Token]) -> list[str]:
    return [word for word in map(_word, values) if word]


def length(token: Token) -> float | None:
    """Return a length in em."""
    if token.type == "number":
        return 0.0 if not token.value else None
    if token.type == "percentage":
        return token.value * PERCENT_OF_LINE
    if token.type == "dimension" and token.lower_unit in EMS:
        return token.value * EMS[token.lower_unit]
    return None


def _choice(name: str, choices: dict[str, Value]) -> "Reader":
    def read(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
        yield from ((name, choices[word]) for word in _words(values) if word in choices)

    return (name,), read


def _of_length(name: str) -> "Reader":
    def read(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
        found = length(values[0])
        if found is not None:
            yield name, found

    return (name,), read


def _of_sides(kind: str, names: dict[int, str]) -> "Reader":
    """Read "margin: 1em 2em": one to four lengths, of top, right, bottom and left."""

    def read(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
        given = [length(token) or 0.0 for token in values[:4]]
        sides = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}[len(given)]
        yield from ((name, given[sides[side]]) for side, name in names.items())

    return tuple(names.values()), read


def _weight(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    first = values[0]
    if first.type == "number":
        yield "bold", first.value >= BOLD_FROM
    elif _word(first) in WEIGHTS:
        yield "bold", WEIGHTS[_word(first)]


def _size(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    first = values[0]
    if _word(first) in SIZES:
        yield "size", SIZES[_word(first)]
    elif first.type == "percentage":
        yield "size", first.value / 100
    elif first.type == "dimension" and first.lower_unit in EMS:
        # Of an absolute size only a very large one, as of a drop capital, says something.
        size = first.value * EMS[first.lower_unit]
        yield "size", size if first.lower_unit not in ABSOLUTE or size >= SIZES["xx-large"] else 1.0


def _family(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    yield "monospace", bool(MONOSPACE.search(tinycss2.serialize(values)[:MAX_FAMILIES]))


def _lines(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    words = _words(values)
    if words:
        yield "lines", frozenset({"underline", "line-through"}.intersection(words))


def _font(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    """Read the shorthand, which sets what it does not name to normal."""
    words = _words(values)
    numbers = [token.value for token in values if token.type == "number"]
    yield "italic", bool({"italic", "oblique"}.intersection(words))
    yield "bold", "bold" in words or "bolder" in words or any(n >= BOLD_FROM for n in numbers)
    yield "small_caps", "small-caps" in words
    yield from _family(values)
    for token in values:
        yield from _size([token])


def _script(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    height = length(values[0])
    if height is not None:
        yield "script", "super" if height > 0 else "sub" if height < 0 else ""
    else:
        yield "script", SCRIPTS.get(_word(values[0]), "")


def _content(values: Sequence[Token]) -> Iterator[tuple[str, Value]]:
    """Read what is written before or after an element; nothing of it if it is more than a text.

    After a slash, it is said once more for those who do not see it.
    """
    shown = list(takewhile(lambda token: token != "/", values))
    texts = [token.value if token.type == "string" else QUOTATION_MARKS.get(_word(token)) for token in shown]
    yield "content", () if None in texts else ("".join(filter(None, texts)),)
    yield "counts", any(token.type == "function" and token.lower_name in COUNTERS for token in shown)


type Reader = tuple[tuple[str, ...], Callable[[Sequence[Token]], Iterator[tuple[str, Value]]]]
WEIGHTS = {"bold": True, "bolder": True, "normal": False, "lighter": False}
SCRIPTS = {"super": "super", "sub": "sub", "text-top": "super", "text-bottom": "sub"}
BREAKS = dict.fromkeys("always page left right recto verso".split(), True)
CAPS = {"small-caps": True, "all-small-caps": True, "petite-caps": True, "normal": False, "none": False}
MARKERS = {
    "none": "none", "disc": "disc", "circle": "disc", "square": "disc", "decimal": "1",
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A",
    "lower-roman": "i", "upper-roman": "I",
}  # fmt: skip
COUNTERS = frozenset({"counter", "counters"})
QUOTATION_MARKS = {"open-quote": "“", "close-quote": "”", "no-open-quote": "", "no-close-quote": ""}
READERS: dict[str, Reader] = {
    "font": (("italic", "bold", "small_caps", "monospace", "size"), _font),
    "font-style": _choice("italic", {"italic": True, "oblique": True, "normal": False}),
    "font-weight": (("bold",), _weight),
    "font-variant": _choice("small_caps", CAPS),
    "font-variant-caps": _choice("small_caps", CAPS),
    "font-family": (("monospace",), _family),
    "font-size": (("size",), _size),
    "text-transform": _choice(
        "transform", {word: word for word in ("none", "uppercase", "lowercase", "capitalize")}
    ),
    "text-decoration": (("lines",), _lines),
    "text-decoration-line": (("lines",), _lines),
    "vertical-align": (("script",), _script),
    "text-align": _choice(
        "align",
        {word: word for word in ("start", "end", "left", "right", "center")} | {"justify": "start"},
    ),
    "text-indent": _of_length("indent"),
    "white-space": _choice(
        "space",
        {"normal": "normal", "nowrap": "normal", "pre": "pre", "pre-wrap": "pre", "break-spaces": "pre",
         "pre-line": "lines"},
    ),
    "list-style": _choice("marker", MARKERS),
    "list-style-type": _choice("marker", MARKERS),
    "visibility": _choice("visible", {"visible": True, "hidden": False, "collapse": False}),
    "display": _choice(
        "display",
        {"none": "none", "block": "block", "inline": "inline", "list-item": "block", "inline-block": "inline",
         "table": "block", "table-row": "block", "table-cell": "block", "flex": "block", "grid": "block"},
    ),
    "float": _choice("floats", {"left": True, "right": True, "none": False}),
    "margin": _of_sides("margin", {0: "before", 1: "margin_right", 2: "after", 3: "margin_left"}),
    "margin-top": _of_length("before"),
    "margin-bottom": _of_length("after"),
    "margin-left": _of_length("margin_left"),
    "margin-right": _of_length("margin_right"),
    "padding": _of_sides("padding", {1: "padding_right", 3: "padding_left"}),
    "padding-left": _of_length("padding_left"),
    "padding-right": _of_length("padding_right"),
    "content": (("content", "counts"), _content),
    "page-break-before": _choice("breaks", BREAKS | {"auto": False}),
    "break-before": _choice("breaks", BREAKS | {"auto": False}),
}  # fmt: skip
