"""Markup that is not well-formed → markup in which no parser hides or drops words.

A browser forgives almost everything, and where it cannot know what was meant it swallows text: a comment, an
attribute or a tag that is never closed takes what follows with it. Here the words win.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from lxml import etree

from books.epub.plain_text import BLOCKS

# libxml2 builds no tree deeper than 256 and drops what is further in; the pages around a text add a few.
MAX_DEPTH = 200
# How deeply emphasis and the like may still be nested in a block at that depth.
MAX_IN_BLOCK = 20
WRAPPERS = BLOCKS - frozenset("p h1 h2 h3 h4 h5 h6 pre br hr".split())
# Of an element or attribute, without a prefix.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")

# Elements whose content readers do not see: one that never ends would hide the rest of the document.
HIDING = frozenset(
    "audio canvas iframe noembed noframes noscript object plaintext script select style template textarea "
    "title video xmp".split()
)
# They end the document, for a parser, while more of it follows; or show other documents in its place.
FRAMES = frozenset({"frame", "frameset", "noframes"})
ENDS = frozenset({"body", "html"})
# They have no content in HTML, so that writing them as HTML would drop what XML allows in them.
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Their content is not markup: only their own end tag ends them.
RAW = frozenset({"script", "style"})
ATTRIBUTE = r"""[^\s<>/="'][^\s<>/=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>][^\s<>]*+))?+"""
MARKUP = re.compile(
    rf"<(?:(?P<comment>!--(?:-?>)?)|(?P<cdata>!\[CDATA\[)|(?P<other>[!?][^<>]*+>)"
    rf"|(?P<tag>/?(?P<name>[A-Za-z][^\s<>/]*+)(?:[\s/]++|{ATTRIBUTE})*+>))?+"
)
# A value in which a tag ends and another begins: the quotation mark at its start was never closed.
SWALLOWED_TAG = re.compile(r"""=\s*(?:"[^"<>]*+>[^"<]*+<[/A-Za-z]|'[^'<>]*+>[^'<]*+<[/A-Za-z])""")
# A value that ends where that of another element's attribute begins: not even its tag was closed.
UNFINISHED_TAG = re.compile(r"""=\s*(?:"[^"<>]*+(<[A-Za-z][^"<>]*=\s*")|'[^'<>]*+(<[A-Za-z][^'<>]*=\s*'))""")


def mend(text: str) -> str:
    """Return the markup with nothing in it that would take the words after it along."""
    return "".join(_Mending(text).pieces())


class _Mending:
    """One pass through a text. Where the next end of something is, is looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends: dict[str, int] = {}

    def pieces(self) -> Iterator[str]:
        """Yield the text between the markup as it is, and the markup mended."""
        while found := MARKUP.search(self._text, self._at):
            yield self._text[self._at : found.start()]
            self._at = found.end()
            yield self._mended(found)
        yield self._text[self._at :]

    def _mended(self, found: re.Match[str]) -> str:
        kind = found.lastgroup if found.lastgroup != "name" else "tag"
        if kind == "cdata":
            return escape(self._until("]]>"))
        # "<!-->" is a whole comment for a browser.
        if found[0] == "<!--":
            self._until("-->")
        return self._tag(found) if kind == "tag" else "" if kind else "&lt;"

    def _tag(self, found: re.Match[str]) -> str:
        tag, name = found[0], found["name"].lower()
        if swallowed := SWALLOWED_TAG.search(tag):
            return self._closed(found, swallowed.start() + 1)
        if unfinished := UNFINISHED_TAG.search(tag):
            end = unfinished.start(unfinished.lastindex or 0)
            self._at = found.start() + end
            return f"<{name}>"
        is_end = tag.startswith("</")
        if name in FRAMES or (is_end and name in ENDS):
            return " "
        return tag if is_end or name not in HIDING else self._hiding(tag, name)

    def _closed(self, found: re.Match[str], value: int) -> str:
        """Close the quotation mark that begins at `value` where the tag seems to end, and go on there."""
        end = found[0].index(">", value)
        self._at = found.start() + end + 1
        return f"{found[0][:end]}{found[0][value:].lstrip()[0]}>"

    def _hiding(self, tag: str, name: str) -> str:
        if tag.endswith("/>"):
            return f"{tag[:-2]}></{name}>"
        if self._find(f"</{name}") is None:
            return ""
        return tag + self._until(f"</{name}", keep=True) if name in RAW else tag

    def _find(self, end: str) -> int | None:
        if self._ends.get(end, -1) < self._at:
            found = re.compile(re.escape(end), re.IGNORECASE).search(self._text, self._at)
            self._ends[end] = found.start() if found else len(self._text)
        return self._ends[end] if self._ends[end] < len(self._text) else None

    def _until(self, end: str, *, keep: bool = False) -> str:
        """Return the text up to `end`, or nothing if it never comes, and go on after it (if kept, before)."""
        found = self._find(end)
        if found is None:
            return ""
        text = self._text[self._at : found]
        self._at = found if keep else found + len(end)
        return text


def free(element: etree._Element) -> None:
    """Move what is in an element that has no content in HTML behind it."""
    if element.text or len(element):
        behind = etree.Element("span")
        behind.text, element.text = element.text, None
        behind.extend(list(element))
        behind.tail, element.tail = element.tail, None
        element.addnext(behind)


def only_body(root: etree._Element) -> etree._Element:
    """Return the document's body; if there is text beside it, or no body or several, the whole document."""
    bodies = list(root.iter("body"))
    if len(bodies) == 1 and bodies[0].getparent() is root and not _has_more(root):
        return bodies[0]
    for body in bodies:
        body.tag = "div"
    return root


def _has_more(root: etree._Element) -> bool:
    texts = [root.text, *(child.tail for child in root)]
    others = [child for child in root.iterchildren(etree.Element) if child.tag not in {"head", "body"}]
    return bool(others) or any(text and text.strip() for text in texts)


class Flattened:
    """Builds a tree hardly deeper than MAX_DEPTH: blocks nested more deeply stand side by side there.

    It is a target for lxml's parsers, which have no limit themselves as long as they build no tree.
    """

    def __init__(self, prefixed: Mapping[str, str]) -> None:
        """Begin; `prefixed` are the attributes whose prefix means something, with their full names."""
        self._prefixed = prefixed
        self._builder = etree.TreeBuilder()
        self._depth = 0
        # The elements that are open in the tree, each with its depth in the markup.
        self._open: list[tuple[str, int]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element, or one beside the last if it would be too deep."""
        self._depth += 1
        excess = len(self._open) + 1 - MAX_DEPTH
        if excess > (0 if tag in WRAPPERS else MAX_IN_BLOCK):
            for _ in range(excess):
                self._builder.end(self._open.pop()[0])
        name = tag.rpartition(":")[2]
        name = name if NAME.fullmatch(name) else "span"
        self._open.append((name, self._depth))
        self._builder.start(name, dict(self._named(attributes)))

    def end(self, tag: str) -> None:
        """End an element, unless it had to end before."""
        if self._open[-1][1] == self._depth:
            self._builder.end(self._open.pop()[0])
        self._depth -= 1

    def _named(self, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the attributes whose names a tree can have."""
        for name, value in attributes.items():
            if name in self._prefixed or NAME.fullmatch(name):
                yield self._prefixed.get(name, name), value

    def data(self, text: str) -> None:
        """Add text."""
        self._builder.data(text)

    def close(self) -> etree._Element:
        """Return the root."""
        return self._builder.close()
