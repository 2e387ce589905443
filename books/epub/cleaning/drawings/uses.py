"""Whether a browser can draw a drawing at all: a few elements that use each other can mean billions."""

import re
from collections.abc import Iterator

from lxml import etree

from books.epub.styling.declarations import MAX_VALUE

LOCAL = re.compile(r"url\(\s*[\"']?#([^)\"']{1,200})[\"']?\s*\)", re.IGNORECASE)
# With each element counted as often as it is used.
MAX_DRAWN = 100_000
# Elements looked at: those inside several others that are used are counted for each.
MAX_LOOKED = 500_000
# Elements that use elements that use others.
MAX_DEPTH = 20


def is_bounded(root: etree._Element) -> bool:
    """Tell whether the drawing stays small when every reference is followed, and none leads to itself."""
    return _Uses(root).count(root, 0) <= MAX_DRAWN


def references(element: etree._Element) -> Iterator[str]:
    """Yield the ids of the elements that this one uses."""
    for name, value in element.items():
        if name == "href" and value.startswith("#"):
            yield value[1:]
        elif "url(" in value[:MAX_VALUE].lower():
            yield from LOCAL.findall(value)


class _Uses:
    """Counts what is drawn, each target of a reference once."""

    def __init__(self, root: etree._Element) -> None:
        self._targets: dict[str, etree._Element] = {}
        for element in root.iter(etree.Element):
            if element.get("id"):
                self._targets.setdefault(element.get("id"), element)
        self._counts: dict[str, int] = {}
        self._looked = 0

    def count(self, element: etree._Element, depth: int) -> int:
        """Return how many elements are drawn for this one; more than MAX_DRAWN if that does not end."""
        if depth > MAX_DEPTH:
            return MAX_DRAWN + 1
        total = 0
        for part in element.iter(etree.Element):
            self._looked += 1
            if self._looked > MAX_LOOKED:
                return MAX_DRAWN + 1
            total += 1 + sum(self._of_target(name, depth) for name in references(part))
            if total > MAX_DRAWN:
                break
        return total

    def _of_target(self, name: str, depth: int) -> int:
        target = self._targets.get(name)
        if target is None:
            return 0
        if name not in self._counts:
            # Until it is known: whoever comes back to it goes in a circle.
            self._counts[name] = MAX_DRAWN + 1
            self._counts[name] = self.count(target, depth + 1)
        return self._counts[name]
