"""The entities that a document defines for its texts, in the internal part of its DOCTYPE.

A definition may stand for a text a thousand times as long, and for other definitions
(https://cwe.mitre.org/data/definitions/776.html). Here everything about them is bounded, and what names a
file or another document is not read at all.
"""

import re
from html import escape, unescape
from itertools import islice

# Those of other DTDs are read over as a whole, with what looks like a definition in their values.
DEFINITION = re.compile(
    r"""<!ENTITY\s+(?:(?P<name>[\w.-]{1,40})|%\s+[\w.-]{1,40})\s+"""
    r"""(?:"(?P<value>[^"]{0,4000})"|'(?P<other>[^']{0,4000})')\s*>"""
)
# In a value, they would make it more than text.
MARKUP = frozenset("<%")
REFERENCE = re.compile(r"&([\w.-]{1,40});")
MAX_DEFINITIONS = 100
# In characters, of one text, and of all that references add to a document.
MAX_TEXT = 1_000
MAX_ADDED = 100_000


def texts_in(doctype: str) -> dict[str, str]:
    """Return the texts that a DOCTYPE defines by their entities' names. A text may use earlier ones."""
    texts: dict[str, str] = {}
    for definition in islice(DEFINITION.finditer(doctype), MAX_DEFINITIONS):
        value = definition["value"] or definition["other"] or ""
        if definition["name"] is None or MARKUP.intersection(value):
            continue
        text = unescape(REFERENCE.sub(lambda found: texts.get(found[1], found[0]), value))
        # Of two definitions, the first counts (https://www.w3.org/TR/xml/#sec-entity-decl). One that uses
        # something that is no text is none either.
        if len(text) <= MAX_TEXT and not REFERENCE.search(text):
            texts.setdefault(definition["name"], escape(text))
    return texts


def with_texts(markup: str, texts: dict[str, str]) -> str:
    """Return the markup with these texts in place of their references, until they add too much."""
    room = MAX_ADDED

    def text_of(reference: re.Match[str]) -> str:
        nonlocal room
        text = texts.get(reference[1])
        if text is None or len(text) > room:
            return reference[0]
        room -= len(text)
        return text

    return REFERENCE.sub(text_of, markup) if texts else markup
