"""HTML → plain text, for search, descriptions and titles."""

import re
from html import unescape

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from users.names import visible

BLOCKS = frozenset(
    "address article aside blockquote br caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul".split()
)
# The readings beside ruby text repeat its words.
SKIPPED = frozenset({"rt", "rp", "script", "style", "template"})
WHITE_SPACE = re.compile(r"\s+")
LINES = re.compile(r" ?\n[ \n]*")
EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def one_line(text: str) -> str:
    """Return the text without invisible characters, each run of white space as one space."""
    return " ".join(visible(text).split())


def html_to_text(html: str) -> str:
    """Return paragraphs with an empty line between them, as text without tags has them already."""
    if TAG.search(html):
        paragraphs = element_to_text(fragment_fromstring(html, create_parent="div")).split("\n")
    else:
        paragraphs = [one_line(unescape(paragraph)) for paragraph in EMPTY_LINE.split(html)]
    return "\n\n".join(filter(None, paragraphs))


def element_to_text(element: etree._Element | HtmlElement) -> str:
    """Return the element's text, each block on a line."""
    parts: list[str] = []
    skipping = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        inside, tag = event == "start", node.tag
        if tag in SKIPPED:
            skipping += 1 if inside else -1
        if tag in BLOCKS:
            parts.append("\n")
        text = node.text if inside else node.tail if node is not element else None
        if text and not skipping:
            parts.append(WHITE_SPACE.sub(" ", text))
    return LINES.sub("\n", "".join(parts)).strip()
