"""What an element looks like: our pages' own style, changed by what the rules and its attributes declare.

https://www.w3.org/TR/css-cascade-4/#cascading
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from .declarations import Declarations, of_attribute
from .matching import Rule
from .properties import INHERIT, INHERITED, INITIAL, INITIALS, OWN

type Style = dict[str, Any]

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# The style of our own pages, in static/css/, where it differs from that of a paragraph.
BY_TAGS: dict[str, Style] = {
    "i em cite dfn var": {"italic": True},
    "b strong dt": {"bold": True},
    "h1 h2 h3 h4": {"bold": False},
    "h5 h6": {"bold": False, "italic": True},
    "code kbd samp tt": {"monospace": True},
    "pre listing xmp plaintext": {"monospace": True, "space": "pre"},
    "u ins": {"lines": frozenset({"underline"})},
    "s del strike": {"lines": frozenset({"line-through"})},
    "figcaption": {"align": "center"},
    "td caption": {"align": "start"},
    "th": {"align": "start", "bold": True},
    "sup": {"script": "super"},
    "sub": {"script": "sub"},
    "ul": {"marker": "disc"},
    "ol": {"marker": "1"},
}
OF_OUR_PAGES = {tag: style for tags, style in BY_TAGS.items() for tag in tags.split()}
ALIGNMENTS = frozenset({"left", "right", "center"})
# In characters; of a longer style attribute, nothing is read.
MAX_STYLE = 4_000


def initial_style() -> Style:
    """Return the style around the root element."""
    return dict(INITIALS)


def untouched(tag: str, parent: Mapping[str, Any]) -> Style:
    """Return what an element looks like on our pages inside this parent, if nothing is declared."""
    inherited = {name: parent[name] for name in INHERITED}
    return inherited | OWN | OF_OUR_PAGES.get(tag, {})


def computed(element: etree._Element, plain: Style, parent: Style, declared: Style) -> Style:
    """Return the style of an element that would be `plain` without what is declared."""
    style = dict(plain)
    for name, value in declared.items():
        if value == INITIAL:
            style[name] = INITIALS[name]
        elif value != INHERIT:
            style[name] = value
        elif name in INHERITED:
            style[name] = parent[name]
    if element.tag in HEADINGS:
        # Their weight and size say what they are, and ours do that.
        style |= {name: plain[name] for name in ("bold", "size")}
    return style


def declared_for(element: etree._Element, rules: Sequence[Rule]) -> tuple[Style, str]:
    """Return what attributes and rules declare, the strongest last; and the same for a drawing, as CSS."""
    own = of_attribute(element.get("style", "")) if len(element.get("style", "")) <= MAX_STYLE else NONE
    declarations = [*(rule.declarations for rule in rules), own]
    return _hints(element) | together(declarations), _for_drawing(declarations)


def together(declarations: Sequence[Declarations]) -> Style:
    """Return what several declarations say, the strongest last."""
    found: Style = {}
    for each in declarations:
        found |= each.normal
    for each in declarations:
        found |= each.important
    return found


NONE = Declarations({}, {}, {})


def _hints(element: etree._Element) -> Style:
    """Return what older attributes say, which any rule outweighs."""
    hints: Style = {"display": "none"} if element.get("hidden") is not None else {}
    align = "center" if element.tag == "center" else element.get("align", "").strip().lower()
    return hints | ({"align": align} if align in ALIGNMENTS else {})


def _for_drawing(declarations: Iterable[Declarations]) -> str:
    found: dict[str, str] = {}
    for each in declarations:
        found |= each.drawing
    return ";".join(f"{name}:{value}" for name, value in found.items())
