"""Strangers' XML and XHTML → element trees, without entities, network or DTDs, in any encoding."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from html.entities import html5

from lxml import etree
from lxml.html import document_fromstring

from books.epub.book import UnusableEpub

from .charset import decode
from .dtbook import is_dtbook, to_xhtml
from .entities import texts_in, with_texts
from .mending import VOID, Flattened, free, mend, only_body

XHTML = "http://www.w3.org/1999/xhtml"
SVG = "http://www.w3.org/2000/svg"
MATHML = "http://www.w3.org/1998/Math/MathML"
OPS = "http://www.idpf.org/2007/ops"
XLINK = "http://www.w3.org/1999/xlink"
EPUB_TYPE = f"{{{OPS}}}type"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
XLINK_HREF = f"{{{XLINK}}}href"
# HTML has no namespaces: there, a prefix is part of the name.
PREFIXED = {"epub:type": EPUB_TYPE, "xml:lang": XML_LANG, "xlink:href": XLINK_HREF}

# Elements that are removed together with their content.
TAGS_WITHOUT_CONTENT = frozenset(
    "script style title template iframe embed audio video canvas textarea select".split()
)

MAX_CHARACTERS = 10_000_000
# An element in a book has a handful. Handling them takes time that grows with the square of their number.
MAX_ATTRIBUTES = 200

XML_DECLARATION = re.compile(r"^[\s\ufeff]*(?:<\?xml\s[^>]*\?>[\s\ufeff]*)*")
DOCTYPE_START = re.compile(r"<!DOCTYPE", re.IGNORECASE)
DOCTYPE_REST = re.compile(r"[^>\[]*(\[.*?\]\s*)?>", re.DOTALL)
NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
NUMBERED_CHARACTER = re.compile(r"&#(?:[xX]0*(?P<hex>[0-9A-Fa-f]+)|0*(?P<decimal>[0-9]+));?")
XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
# Of a page's root, such as {http://www.w3.org/TR/REC-html40}html.
NAMESPACE = re.compile(r"(\{[^}]*\})html$", re.IGNORECASE)
ELEMENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Style sheets are written as comments for browsers of 1996; in XML they would be comments.
OLD_STYLE = re.compile(r"(<style\b[^<>]*>\s*+)<!--([^<]*+)(?=</style)", re.IGNORECASE)
EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def parse_fragment(html: str) -> etree._Element:
    """Parse sanitised HTML; return a <div> with it."""
    return _parse_html(f"<div>{html}</div>").find("body/div")


def parse_xhtml(data: bytes, language: str = "") -> etree._Element:
    """Parse a chapter: as XML if it is well-formed, else the way browsers read HTML.

    The language of the book helps to tell in which encoding it is written.

    Returns the root; its XHTML elements are in no namespace, their names in lower case. Raises UnusableEpub.
    """
    text = OLD_STYLE.sub(r"\1\2", readable(data, language))
    root = parse(text, recover=False)
    if root is None:
        root = _parse_html(mend(text))
    if is_dtbook(root):
        to_xhtml(root, EPUB_TYPE)
    own = NAMESPACE.match(root.tag)
    for element in root.iter(etree.Element):
        # Old and misspelt namespaces of a page mean XHTML's.
        if own and element.tag.startswith(own[1]):
            element.tag = f"{{{XHTML}}}{element.tag[own.end(1) :]}"
        _normalise(element)
    return root


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def head_elements(root: etree._Element) -> Iterator[etree._Element]:
    """Yield what is in a document's head."""
    head = root.find(".//head")
    if head is not None:
        yield from head.iterdescendants(etree.Element)


def is_drawing(element: etree._Element) -> bool:
    """Tell whether the element is a drawing, with or without SVG's namespace."""
    tag = element.tag
    return tag == "svg" or tag.endswith("}svg")


def outermost(root: etree._Element, is_wanted: Callable[[etree._Element], bool]) -> list[etree._Element]:
    """Return the elements of a kind that are inside no other of that kind, in order."""
    found, walk = [], etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if is_wanted(element):
            found.append(element)
            walk.skip_subtree()
    return found


def _normalise(element: etree._Element) -> None:
    tag = element.tag
    if (normalised := _normalised(tag)) != tag:
        element.tag = normalised
    if normalised in VOID:
        free(element)
    names = element.keys()
    if len(names) > MAX_ATTRIBUTES:
        raise UnusableEpub(f"An element of the book has more than {MAX_ATTRIBUTES} attributes.")
    for prefixed, full in PREFIXED.items() if names else ():
        if prefixed in names:
            element.set(full, element.attrib.pop(prefixed))


# A book has a few dozen names of elements, each a thousand times.
@lru_cache(maxsize=1_000)
def _normalised(tag: str) -> str:
    # HTML has no namespaces: there, a prefix is part of the name.
    name = tag.rpartition("}")[2].rpartition(":")[2]
    if not ELEMENT_NAME.fullmatch(name):
        return "span"
    return name.lower() if not tag.startswith("{") or tag.startswith(f"{{{XHTML}}}") else tag


def parse(text: str, *, recover: bool) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        _check_memory(parser)
        return None


def _parse_html(text: str) -> etree._Element:
    # Not lxml.html's own parser: it looks up a Python class for each element, and takes three times as long.
    parser = _html_parser()
    try:
        root = document_fromstring(text.encode(), parser=parser)
    except etree.ParserError:
        # The text is only white space and comments.
        root = document_fromstring("<p></p>", parser=parser)
    _check_memory(parser)
    if _noted(parser, etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        root = etree.fromstring(text.encode(), _html_parser(target=Flattened(PREFIXED)))
    return root


def _html_parser(target: Flattened | None = None) -> etree.HTMLParser:
    return etree.HTMLParser(
        target=target, encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )


def _check_memory(parser: etree.XMLParser | etree.HTMLParser) -> None:
    """Raise MemoryError if lxml ran out of memory, which it may only note in its log."""
    if _noted(parser, etree.ErrorTypes.ERR_NO_MEMORY):
        raise MemoryError


def _noted(parser: etree.XMLParser | etree.HTMLParser, kind: int) -> bool:
    return bool(len(parser.error_log.filter_types(kind)))


def readable(data: bytes, language: str = "") -> str:
    """Decode, and remove what would make a parser look elsewhere: declarations and named entities.

    Without a DOCTYPE nothing can define an entity. HTML's entities become their characters, and those that
    the document defines itself their texts; any other is shown as it is written.
    """
    text = CONTROL_CHARACTERS.sub("", decode(data, language))
    if len(text) > MAX_CHARACTERS:
        raise UnusableEpub(
            f"A document of the book is longer than {MAX_CHARACTERS // 10**6} million characters."
        )
    text = _without_doctype(XML_DECLARATION.sub("", text, count=1))
    return NUMBERED_CHARACTER.sub(_possible, NAMED_ENTITY.sub(_character, text))


def _without_doctype(text: str) -> str:
    # Two patterns, the second tried at one place only: no hostile text makes the search slow.
    start = DOCTYPE_START.search(text)
    rest = start and DOCTYPE_REST.match(text, start.end())
    if not start or not rest:
        return text
    return with_texts(text[: start.start()] + text[rest.end() :], texts_in(rest[1] or ""))


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if name in XML_ENTITIES:
        return entity[0]
    return escape(html5.get(f"{name};", entity[0]))


def _possible(reference: re.Match[str]) -> str:
    """Return the reference if XML has such a character (https://www.w3.org/TR/xml/#charsets)."""
    digits, base = (reference["hex"], 16) if reference["hex"] else (reference["decimal"], 10)
    # The last character of Unicode has seven digits; more would make int() slow.
    number = int(digits, base) if len(digits) <= 7 else -1
    printable = 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
    return reference[0] if printable or number in {0x9, 0xA, 0xD} else ""


def document_body(root: etree._Element) -> etree._Element:
    """Return a document's body with the language and direction that it would inherit from the root."""
    body = only_body(root)
    for attribute in ("lang", XML_LANG, "dir"):
        if root.get(attribute) and not body.get(attribute):
            body.set(attribute, root.get(attribute))
    return body


def page_of_text(text: str) -> etree._Element:
    """Return a page with the paragraphs of a plain text, which empty lines separate."""
    html, body = etree.Element("html"), etree.Element("body")
    html.append(body)
    for paragraph in EMPTY_LINE.split(CONTROL_CHARACTERS.sub("", text)):
        etree.SubElement(body, "p").text = paragraph
    return html
