"""The style sheets of a document: linked, imported and written into it, those for screens only."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import tinycss2
from lxml import etree

from books.epub.opening.archive import Archive, resolve
from books.epub.opening.charset import decode
from books.epub.opening.markup import SVG, XHTML

from .declarations import read_declarations
from .matching import Budget, Matching, OverBudget, Rule
from .properties import Token
from .selectors import Compounds

# In characters, of one sheet and of all of a book: parsing a million takes up to two seconds and 400 MB.
MAX_SHEET = 500_000
MAX_SHEETS = 2_000_000
# Fonts and pictures written into a sheet, which do not count.
DATA = re.compile(r"data:[\w/+;,=.%-]*")
MAX_RULES = 20_000
# Tests of a selector on an element, or about that; a second's worth of half a million.
MAX_WORK = 4_000_000
# A sheet may import sheets that import sheets.
MAX_IMPORTS = 5
# In one document.
MAX_REFERENCES = 200
MAX_QUERY_TOKENS = 100
SHOWN_MEDIA = frozenset({"all", "screen", ""})


class Sheets:
    """Every style sheet of a book, each read once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._compounds = Compounds()
        self._budget = Budget(MAX_WORK)
        self._characters = self._rules = 0
        self._files: dict[str, tuple[Rule, ...]] = {}
        self._texts: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self._matchings: dict[tuple[int, ...], Matching] = {}

    def of_document(self, path: str, root: etree._Element) -> Matching:
        """Return the rules for a document; raises OverBudget."""
        sheets = [sheet for sheet in self._sheets(path, root) if sheet]
        # Sheets are kept, so that their ids stay theirs.
        key = tuple(map(id, sheets))
        if key not in self._matchings:
            rules = [rule for sheet in sheets for rule in sheet]
            self._matchings[key] = Matching(rules, self._compounds, self._budget)
        return self._matchings[key]

    def _sheets(self, path: str, root: etree._Element) -> Iterator[tuple[Rule, ...]]:
        preferred = ""
        for element in islice(root.iter("link", "style", f"{{{SVG}}}style"), MAX_REFERENCES):
            if not _is_for_screens(element.get("media", "")) or not _is_css(element):
                continue
            if element.tag != "link":
                yield self._of_css(path, "".join(element.itertext()), 0)
            elif "stylesheet" in (kinds := element.get("rel", "").lower().split()):
                # Of sheets with titles, the first title is in effect, the others are for readers to choose.
                title = element.get("title", "")
                preferred = preferred or ("" if "alternate" in kinds else title)
                if "alternate" not in kinds and title in {"", preferred}:
                    yield self._of_file(path, element.get("href", ""), 0)

    def _of_file(self, base: str, reference: str, depth: int) -> tuple[Rule, ...]:
        target = resolve(base, reference)
        name = self._archive.name(target[0]) if target else None
        if name is None or target is None or depth > MAX_IMPORTS:
            return ()
        if name not in self._files:
            # Noted before its imports are read, so that circular imports end.
            self._files[name] = ()
            css = DATA.sub("", decode(self._archive.read(name)))
            self._files[name] = self._of_css(target[0], css, depth)
        return self._files[name]

    def _of_css(self, path: str, css: str, depth: int) -> tuple[Rule, ...]:
        folder = path.rpartition("/")[0]
        if (folder, css) not in self._texts:
            self._characters += len(css)
            if len(css) > MAX_SHEET or self._characters > MAX_SHEETS:
                raise OverBudget
            self._texts[folder, css] = ()
            self._texts[folder, css] = tuple(self._rules_of(path, css, depth))
        return self._texts[folder, css]

    def _rules_of(self, path: str, css: str, depth: int) -> Iterator[Rule]:
        namespaces: dict[str | None, str] = {}
        nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
        for node in _flattened(nodes):
            if node.type == "qualified-rule":
                yield from self._rules_in(node, namespaces)
            elif node.lower_at_keyword == "import":
                reference, media = _import(node.prelude)
                if reference and _is_for_screens(media):
                    yield from self._of_file(path, reference, depth + 1)
            elif node.lower_at_keyword == "namespace":
                namespaces |= _namespace(node.prelude)

    def _rules_in(self, node: Token, namespaces: dict[str | None, str]) -> Iterator[Rule]:
        declarations = read_declarations(node.content)
        if declarations.is_empty:
            return
        for chain in self._compounds.read(node.prelude, namespaces):
            self._rules += 1
            if self._rules > MAX_RULES:
                raise OverBudget
            yield Rule(chain, declarations)


def _flattened(nodes: Sequence[Token]) -> Iterator[Token]:
    """Yield rules and at-rules, with those inside @media for screens in its place."""
    for node in nodes:
        if node.type == "qualified-rule":
            yield node
        elif node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            if _is_for_screens(tinycss2.serialize(node.prelude[:MAX_QUERY_TOKENS])):
                inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from (rule for rule in inside if rule.type == "qualified-rule")
        elif node.type == "at-rule":
            yield node


def _is_css(element: etree._Element) -> bool:
    kind: str = element.get("type", "").split(";")[0].strip().lower()
    return kind in {"", "text/css"}


@lru_cache(maxsize=200)
def _is_for_screens(media: str) -> bool:
    """Tell whether one of the queries is met by any screen, whatever its size and colours."""
    return any(_is_met(query.lower().split()) for query in media[:1000].split(","))


def _is_met(words: list[str]) -> bool:
    if words[:1] == ["only"]:
        words = words[1:]
    if words[:1] == ["not"]:
        return len(words) == 2 and words[1] not in SHOWN_MEDIA
    return not words or (len(words) == 1 and words[0] in SHOWN_MEDIA)


def _import(prelude: Sequence[Token]) -> tuple[str, str]:
    """Return the reference and the media of an @import."""
    tokens = [token for token in prelude[:MAX_QUERY_TOKENS] if token.type not in {"whitespace", "comment"}]
    if not tokens:
        return "", ""
    first, rest = tokens[0], tokens[1:]
    if first.type in {"string", "url"}:
        reference = first.value
    elif first.type == "function" and first.lower_name == "url":
        reference = "".join(token.value for token in first.arguments if token.type == "string")
    else:
        return "", ""
    return reference, " ".join(map(tinycss2.serialize, ([token] for token in rest)))


def _namespace(prelude: Sequence[Token]) -> dict[str | None, str]:
    """Return the prefix that an @namespace declares, None if it is the default."""
    prefix: Any = next((token.value for token in prelude if token.type == "ident"), None)
    url = next((token.value for token in prelude if token.type in {"string", "url"}), None)
    # The elements of our trees that are XHTML's are in no namespace.
    return {} if url is None else {prefix: "" if url == XHTML else url}
