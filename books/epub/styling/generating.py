"""What a style sheet writes before or after elements, such as "Note: " or the stars between two scenes.

https://www.w3.org/TR/css-content-3/. Only texts are written. Numbers that a style sheet counts are not, but
where they are those of a list, the list keeps its own.
"""

import re
from collections.abc import Sequence

from lxml import etree

from .cascade import together
from .looks import GENERATED, LOOKS, UNMARKED
from .matching import Rule

# Elements with nothing in them, or with something else in their place; browsers set the marks of a <q>.
WITHOUT = frozenset(
    "area audio br canvas col embed hr iframe img image input object q select svg textarea video wbr".split()
)
# In characters, of one text.
MAX_TEXT = 200
# Signs that only a font of the book's own draws, and what is no sign at all.
UNSHOWN = re.compile(r"[\x00-\x08\x0e-\x1f\ue000-\uf8ff\U000f0000-\U0010ffff]")


def generated_by(rules: Sequence[Rule], pseudo: str) -> str:
    """Return the text that these rules write before or after an element, or nothing."""
    declared = together([rule.declarations for rule in rules if rule.chain.pseudo == pseudo])
    content = declared.get("content", ())
    if (
        not isinstance(content, tuple)
        or declared.get("display") == "none"
        or declared.get("visible") is False
    ):
        return ""
    text = UNSHOWN.sub("", "".join(content))
    return text if text.strip() and len(text) <= MAX_TEXT else ""


def counts_items(tag: str, rules: Sequence[Rule]) -> bool:
    """Tell whether these rules write numbers before the items of a list, in place of the list's own."""
    if tag != "li":
        return False
    return (
        together([rule.declarations for rule in rules if rule.chain.pseudo == "before"]).get("counts") is True
    )


def counts_in_text(tag: str, rules: Sequence[Rule]) -> bool:
    """Tell whether these rules write numbers that are left out: those before the items of a list are not."""
    if tag in WITHOUT:
        return False
    for pseudo in ("before", "after"):
        declared = together([rule.declarations for rule in rules if rule.chain.pseudo == pseudo])
        is_shown = declared.get("display") != "none" and declared.get("visible") is not False
        if declared.get("counts") is True and is_shown and (tag, pseudo) != ("li", "before"):
            return True
    return False


def number_items(items: etree._Element) -> None:
    """Give a list its own numbers again."""
    kept = [look for look in items.attrib.pop(LOOKS, "").split() if look != UNMARKED]
    if kept:
        items.set(LOOKS, " ".join(kept))


def write(element: etree._Element, before: str, after: str) -> None:
    """Write these texts at the beginning and the end of an element, as elements with a look of their own."""
    if before:
        written = _written(before)
        written.tail, element.text = element.text, None
        element.insert(0, written)
    if after:
        element.append(_written(after))


def _written(text: str) -> etree._Element:
    written = etree.Element("span", {LOOKS: GENERATED})
    written.text = text
    return written
