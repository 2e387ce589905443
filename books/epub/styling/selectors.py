"""Selectors → steps that are tested from the outside in, so that none takes more time than its length.

Each compound selector, such as "p.first", is read and compiled by cssselect2. How compounds are combined is
tested in matching.py: cssselect2 would try every combination of ancestors, and "div div div div p" has many.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cssselect2 import SelectorError
from cssselect2.compiler import CompiledSelector
from cssselect2.parser import (
    AttributeSelector,
    CombinedSelector,
    FunctionalPseudoClassSelector,
    MatchesAnySelector,
    NegationSelector,
    PseudoClassSelector,
    RelationalSelector,
    Selector,
    SpecificityAdjustmentSelector,
    parse,
)

from .properties import Token

# More than any selector in a book has: tokens, brackets in each other.
MAX_TOKENS = 80
MAX_NESTING = 3
# Compiling one takes a tenth of a millisecond.
MAX_COMPOUNDS = 10_000
GROUPS = (MatchesAnySelector, NegationSelector, SpecificityAdjustmentSelector)
# What a selector may mean of an element instead of all of it.
FIRST_LETTER = "first-letter"
PSEUDO_ELEMENTS = frozenset({FIRST_LETTER, "before", "after"})

type Test = Callable[[Any], bool]


class Unsupported(SelectorError):
    """No reading system that books are made for knows such a selector."""


class Compound(NamedTuple):
    """What one element must be like."""

    test: Test
    # An id, class or element name that it must have, as "#name", ".name" or "name"; empty if none.
    anchor: str
    # The attributes that it looks at, beside id and class.
    attributes: frozenset[str]
    # Whether it also looks at the elements around, or inside.
    is_positional: bool
    # Whether that is to count them, as ":nth-of-type()" does.
    counts: bool


class Step(NamedTuple):
    """A compound selector by its number, and what combines it with the step before: empty for the first."""

    combinator: str
    compound: int


class Chain(NamedTuple):
    """A whole selector."""

    steps: tuple[Step, ...]
    specificity: tuple[int, int, int]
    # Of PSEUDO_ELEMENTS, or empty.
    pseudo: str


class Compounds:
    """The compound selectors of a book, each compiled once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._all: list[Compound] = []

    def __getitem__(self, number: int) -> Compound:
        return self._all[number]

    def read(self, prelude: Sequence[Token], namespaces: Mapping[str | None, str]) -> list[Chain]:
        """Return the selectors of a rule; none of them if one is wrong, as CSS demands.

        https://www.w3.org/TR/selectors-4/#forgiving-selector
        """
        chains: list[Chain] = []
        try:
            for tokens in _split(prelude):
                if _is_simple(tokens):
                    chains += self._chains(next(iter(parse(tokens, dict(namespaces)))))
        except (SelectorError, NotImplementedError, RecursionError, StopIteration):
            return []
        return chains

    def _chains(self, selector: Selector) -> Iterator[Chain]:
        pseudo = selector.pseudo_element or ""
        if not pseudo or pseudo in PSEUDO_ELEMENTS:
            yield Chain(tuple(self._steps(selector.parsed_tree)), selector.specificity, pseudo)

    def _steps(self, tree: Any) -> Iterator[Step]:
        parts = [("", tree)]
        while isinstance(parts[-1][1], CombinedSelector):
            combined = parts.pop()[1]
            parts += [(combined.combinator, combined.right), ("", combined.left)]
        for combinator, compound in reversed(parts):
            yield Step(combinator, self._number(compound))

    def _number(self, compound: Any) -> int:
        key = repr(compound)
        if key not in self._numbers:
            if len(self._all) >= MAX_COMPOUNDS:
                raise Unsupported(key)
            self._all.append(_compiled(compound))
            self._numbers[key] = len(self._all) - 1
        return self._numbers[key]


def _compiled(compound: Any) -> Compound:
    compiled = CompiledSelector(Selector(compound))
    parts = list(_parts(compound))
    return Compound(
        test=compiled.test,
        anchor=_anchor(compiled),
        attributes=frozenset(_attributes(parts)),
        is_positional=any(map(_is_positional, parts)),
        counts=any("of-type" in part.name for part in parts if _is_positional(part)),
    )


def _anchor(compiled: CompiledSelector) -> str:
    if compiled.id is not None:
        return f"#{compiled.id}"
    if compiled.class_name is not None:
        return f".{compiled.class_name}"
    return compiled.local_name or ""


def _parts(compound: Any) -> Iterator[Any]:
    """Yield the simple selectors, with those inside :not(), :is() and :where()."""
    for part in compound.simple_selectors:
        yield part
        if isinstance(part, RelationalSelector):
            raise Unsupported(part)
        for inner in part.selector_list if isinstance(part, GROUPS) else ():
            if isinstance(inner.parsed_tree, CombinedSelector):
                raise Unsupported(part)
            yield from _parts(inner.parsed_tree)


def _attributes(parts: Sequence[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, AttributeSelector):
            space = f"{{{part.namespace}}}" if part.namespace else ""
            yield f"{space}{part.name}"


def _is_positional(part: Any) -> bool:
    return isinstance(part, (PseudoClassSelector, FunctionalPseudoClassSelector))


def _split(prelude: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the selectors of a list, still as tokens."""
    tokens: list[Token] = []
    for token in prelude:
        if token == ",":
            yield tokens
            tokens = []
        else:
            tokens.append(token)
    yield tokens


def _is_simple(tokens: Sequence[Token]) -> bool:
    """Tell whether a selector is short; in `cssselect2`, time grows faster than length."""
    count, level = 0, list(tokens)
    for _ in range(MAX_NESTING + 1):
        count += len(level)
        if count > MAX_TOKENS:
            return False
        level = [inner for token in level for inner in _inside(token)]
    return not level


def _inside(token: Token) -> Sequence[Token]:
    return getattr(token, "arguments", None) or getattr(token, "content", None) or ()
