"""Markup → the letters and digits that a reader would see, read without a tree and without lxml.

A parser that builds a tree decides what belongs to what, and text may be lost over it. Here there is no such
decision: whatever is not a tag, a comment, a script or a style counts. Where markup is broken this reads too
much rather than too little, so that a comparison errs on the side of saying so.
"""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

# Values may contain "<" or ">", but a tag that ends inside one followed by another is a lost quotation mark.
_VALUES = r""""(?:[^"<]*+|[^"<>]*+<[^"]*+)"|'(?:[^'<]*+|[^'<>]*+<[^']*+)'"""
_REST = rf"(?:[^<>\"']++|{_VALUES})*+>"
# The conditions are those that Word writes. The last alternative is a tag that ends nowhere, with a value
# that does not either.
TAG = re.compile(
    rf"<[/!?]?[A-Za-z]{_REST}|<[/!?]?[A-Za-z][^<>]*+>|<!\[(?:if|else|endif)\b[^<>]*+>"
    rf"|<[A-Za-z][^<>]*=\s*(?:\"[^\"<>]*+|'[^'<>]*+)(?=<)"
)
PICTURE = re.compile(rf"<img\b{_REST}", re.IGNORECASE)
ALTERNATIVE_TEXT = re.compile(r"""\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
# What hides text from readers, with what ends it.
HIDDEN = re.compile(r"<(?:(!--(?!-?>))|(!\[CDATA\[)|(\?)|(script|style|title)\b[^<>]*>)", re.IGNORECASE)
ENDS = {1: "-->", 2: "]]>", 3: "?>"}
HEAD_ENDS = re.compile(r"<body\b|</head\s*>|<svg\b", re.IGNORECASE)
DOCTYPE_START = re.compile("<!DOCTYPE", re.IGNORECASE)
DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*+(?:\[(.*?)\]\s*)?>", re.IGNORECASE | re.DOTALL)
# Only texts, short ones, and not too many, so that nothing made to explode expands here.
ENTITY = re.compile(r"""<!ENTITY\s+(%\s+)?([\w.-]{1,40})\s+(?:"([^"]{1,4000})"|'([^']{1,4000})')\s*>""")
FILE_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]{1,40})\s+(?:SYSTEM|PUBLIC)\s")
MAX_ENTITIES = 100
MAX_ENTITY = 1_000
MAX_EXPANDED = 100_000
# As books/epub/styling/generating.py and the sanitiser write it.
WRITTEN_BY_STYLES = re.compile(r'<span class="generated">[^<>]*</span>')
WORD = re.compile(r"\w+")


def letters(text: str) -> str:
    """Return the letters and digits of a text."""
    # Most words are nothing else, and to see that takes less time than to look at each letter by itself.
    return "".join([word if word.isalnum() else "".join(filter(str.isalnum, word)) for word in text.split()])


def letters_of_markup(markup: str) -> str:
    """Return the letters and digits that a reader of the document would see, alternative texts included."""
    return letters(text_of_markup(markup))


def text_of_markup(markup: str) -> str:
    """Return what a reader would see, without what is around it; words run together where tags were."""
    return unescape("".join(_texts(markup, "")))


def letters_of_page(html: str) -> str:
    """Return the letters and digits on a page of ours that the book's documents say.

    What its style sheets write into it is not among them.
    """
    return letters_of_markup(WRITTEN_BY_STYLES.sub("", html))


def words_at(markup: str, start: int, count: int) -> str:
    """Return `count` words of the document from its letter number `start` on."""
    passed, found = 0, []
    for word in WORD.finditer(unescape("".join(_texts(markup, " ")))):
        passed += len(letters(word[0]))
        if passed > start:
            found.append(word[0])
        if len(found) >= count:
            break
    return " ".join(found)


def entities_of_files(markup: str) -> list[str]:
    """Return the references to entities that the document defines as other files, which nothing reads."""
    start = DOCTYPE_START.search(markup)
    doctype = start and DOCTYPE.match(markup, start.start())
    if not doctype:
        return []
    names = (f"&{name};" for name in islice(FILE_ENTITY.findall(doctype[1] or ""), MAX_ENTITIES))
    return [name for name in dict.fromkeys(names) if markup.find(name, doctype.end()) >= 0]


def _texts(markup: str, between: str) -> Iterator[str]:
    for text in _shown(_with_entities(markup)):
        yield TAG.sub(between, PICTURE.sub(lambda picture: f" {_alternative_text(picture[0])} ", text))


def _with_entities(markup: str) -> str:
    """Return the document without its DOCTYPE, and with the texts that this defines for entities."""
    start = DOCTYPE_START.search(markup)
    doctype = start and DOCTYPE.match(markup, start.start())
    if not doctype:
        return markup
    markup = markup[: doctype.start()] + markup[doctype.end() :]
    texts = _texts_of_entities(doctype[1] or "")
    count = MAX_EXPANDED // max(map(len, texts.values()), default=1)
    return _expanded(markup, texts, count)


def _texts_of_entities(definitions: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for entity in islice(ENTITY.finditer(definitions), MAX_ENTITIES):
        # Those with a percent sign are for the DTD itself.
        text = "" if entity[1] else _expanded(entity[3] or entity[4], texts, MAX_ENTITIES)
        if 0 < len(text) <= MAX_ENTITY and "%" not in text:
            texts.setdefault(f"&{entity[2]};", text)
    return texts


def _expanded(text: str, texts: dict[str, str], count: int) -> str:
    names = re.compile("|".join(map(re.escape, texts)))
    return names.sub(lambda name: texts[name[0]], text, count=count) if texts else text


def _alternative_text(picture: str) -> str:
    found = ALTERNATIVE_TEXT.search(picture)
    return "".join(filter(None, found.groups())) if found else ""


def _shown(markup: str) -> Iterator[str]:
    """Yield the stretches of the document that are no comment, instruction, script, style or its title."""
    ends, at = _Ends(markup), 0
    head = HEAD_ENDS.search(markup)
    head_end = head.start() if head else len(markup)
    while found := HIDDEN.search(markup, at):
        yield markup[at : found.start()]
        name = (found[4] or "").lower()
        if name == "title" and found.start() > head_end:
            at = found.end()
            continue
        end = f"</{name}" if name else ENDS[found.lastindex or 0]
        stop = None if found[0].endswith("/>") else ends.after(end, found.end())
        if found[2] and stop is not None:
            yield markup[found.end() : stop].replace("&", "&amp;").replace("<", "&lt;")
        at = found.end() if stop is None else stop + len(end)
        if name and stop is not None:
            at = stop
    yield markup[at:]


class _Ends:
    """Where the next end of a comment and the like is: looked for once, however often it is asked for."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._found: dict[str, int] = {}

    def after(self, end: str, start: int) -> int | None:
        if self._found.get(end, -1) < start:
            found = re.compile(re.escape(end), re.IGNORECASE).search(self._markup, start)
            self._found[end] = found.start() if found else len(self._markup)
        return self._found[end] if self._found[end] < len(self._markup) else None
