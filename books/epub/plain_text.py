"""HTML → plain text, for search, descriptions and titles."""

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from users.names import visible

BLOCKS = frozenset(
    "address article aside blockquote br caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul".split()
)
# The class of what a style sheet sets on a line of its own; see books/epub/styling/looks.py.
OWN_LINE = "own-line"
# The readings beside ruby text repeat its words.
SKIPPED = frozenset({"rt", "rp", "script", "style", "template"})
# White space other than one space: replacing every space of a book by itself would take seconds.
WHITE_SPACE = re.compile(r"[^\S ]\s*| \s+")
LINES = re.compile(r"\n[ \n]+")
EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
# Chinese and Japanese have no spaces between words; each character counts as one.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
WORD = re.compile(rf"{UNSPACED.pattern}|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’-][^\W_]+)*")
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


def count_words(text: str) -> int:
    """Return how many words the text has; in Chinese and Japanese, characters."""
    if UNSPACED.search(text):
        return len(WORD.findall(text))
    # Most passages between spaces are one word, and to see that takes less time than to look for its end.
    return sum(1 if passage.isalnum() else len(WORD.findall(passage)) for passage in text.split())


def element_to_text(element: etree._Element | HtmlElement) -> str:
    """Return the element's text, each block on a line."""
    return LINES.sub("\n", "".join(_passages(element)).replace(" \n", "\n")).strip()


def has_text(element: etree._Element) -> bool:
    """Tell whether element_to_text would find any; looks no further than the first words."""
    return any(passage.strip() for passage in _passages(element))


def _passages(element: etree._Element | HtmlElement) -> Iterator[str]:
    skipping = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        inside, tag = event == "start", node.tag
        if tag in SKIPPED:
            skipping += 1 if inside else -1
        if tag in BLOCKS or (tag == "span" and OWN_LINE in node.get("class", "").split()):
            yield "\n"
        text = node.text if inside else node.tail if node is not element else None
        if text and not skipping:
            # Of white space, only a space is printable.
            yield text if text.isprintable() and "  " not in text else WHITE_SPACE.sub(" ", text)
