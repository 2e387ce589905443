"""The XML in which a book describes itself (container, package, NCX …) → element trees, whoever wrote it.

Programs put titles and descriptions into it without escaping them, and forget to declare prefixes.
"""

import re
from html import escape

from lxml import etree

from books.epub.book import UnusableEpub

from .markup import parse, readable

BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
BARE_ANGLE = re.compile(r"<(?![A-Za-z_:/!?])|</(?![A-Za-z_:])")
# The elements that hold text: Dublin Core's, with whatever prefix.
VALUE_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>(?:[A-Za-z_][\w.-]*:)?(?:title|creator|contributor|subject|description|publisher|rights))\b"
    r"[^<>]*?(?P<empty>/?)>",
    re.IGNORECASE,
)
DUBLIN_CORE = (
    r"[A-Za-z_][\w.-]*:(?:title|creator|contributor|subject|description|publisher|rights|date|type|format|"
    r"identifier|source|language|relation|coverage)(?![\w.-])"
)
# One of these elements with its text, where the next begins or all of them end before it does.
BEFORE_NEXT = re.compile(
    rf"<(?P<name>{DUBLIN_CORE})[^<>]*(?<!/)>[^<>]*+"
    rf"(?=<(?:{DUBLIN_CORE}|(?:/(?:[A-Za-z_][\w.-]*:)?metadata|(?:[A-Za-z_][\w.-]*:)?meta)(?![\w.-])))"
)
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
UNBOUND = re.compile(r"[A-Za-z_][\w.-]*:")
# Attributes of Dublin Core's elements in EPUB 2.
UNBOUND_ATTRIBUTES = ("opf:role", "opf:file-as", "opf:scheme", "opf:event")


def parse_xml(data: bytes) -> etree._Element:
    """Parse a package, contents or container document; raise UnusableEpub if that fails.

    What is in no namespace because its prefix was never declared has its name without the prefix.
    """
    text = readable(data)
    root = parse(text, recover=False)
    if root is None:
        root = parse(_mended(text), recover=True)
    if root is None:
        raise UnusableEpub("The book's own description of its parts cannot be read.")
    for element in root.iter(etree.Element):
        if UNBOUND.match(element.tag):
            element.tag = element.tag.rpartition(":")[2]
        for name in UNBOUND_ATTRIBUTES:
            if name in element.attrib:
                element.set(name.partition(":")[2], element.attrib.pop(name))
    return root


def _mended(text: str) -> str:
    """Return the text with signs that were meant as such escaped, and values that are no XML as text."""
    first, *sections = text[max(text.find("<"), 0) :].split("<![CDATA[")
    mended = [_escaped(first)]
    for section in sections:
        inside, closed, after = section.partition("]]>")
        mended.append(f"<![CDATA[{inside}{closed}{_escaped(after)}")
    closed = BEFORE_NEXT.sub(lambda found: f"{found[0]}</{found['name']}>", "".join(mended))
    return _with_sound_values(closed)


def _escaped(text: str) -> str:
    return BARE_ANGLE.sub(lambda found: found[0].replace("<", "&lt;"), BARE_AMPERSAND.sub("&amp;", text))


def _with_sound_values(text: str) -> str:
    pieces: list[str] = []
    done, opened = 0, None
    for tag in VALUE_TAG.finditer(text):
        if opened and tag["end"] and tag["name"] == opened["name"]:
            pieces += text[done : opened.end()], _sound(text[opened.end() : tag.start()], opened["name"])
            done, opened = tag.start(), None
        elif not opened and not tag["end"] and not tag["empty"]:
            opened = tag
    return "".join([*pieces, text[done:]])


def _sound(value: str, name: str) -> str:
    """Return what is inside an element as XML: unchanged if it is well-formed, else as text.

    A description's tags stay, as text: it is read as HTML. Of any other value only the words are kept.
    """
    if "<" not in value or parse(f"<value>{value}</value>", recover=False) is not None:
        return value
    if name.endswith("description"):
        return escape(value, quote=False)
    return TAG.sub("", value).replace("<", "&lt;")
