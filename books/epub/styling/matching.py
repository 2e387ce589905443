"""Which rules apply to an element, worked out once for all elements that have the same around them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from cssselect2 import ElementWrapper
from lxml import etree

from .declarations import Declarations
from .selectors import Chain, Compounds

type States = frozenset[int]
NOTHING: States = frozenset()
# Looked at in each element.
MAX_ATTRIBUTES = 100
# How many elements are counted in the time of one test.
COUNTED_AT_ONCE = 50
COMBINATORS = (">", " ", "+", "~")


class Around(NamedTuple):
    """The states of an element's parent, its ancestors, the element before it, and all before it."""

    parent: States = NOTHING
    above: States = NOTHING
    before: States = NOTHING
    earlier: States = NOTHING


class Rule(NamedTuple):
    """A selector with its declarations."""

    chain: Chain
    declarations: Declarations


class OverBudget(Exception):
    """The style sheets take more work than those of any book."""


class Budget:
    """How much work the style sheets of one book may be: tests of a selector on an element, or about that."""

    def __init__(self, work: int) -> None:
        self._left = work

    def spend(self, work: int) -> None:
        """Raises OverBudget if it is spent."""
        self._left -= work
        if self._left < 0:
            raise OverBudget


class Matching:
    """The rules of the sheets that a document uses.

    A state is a selector up to one of its steps: those of "ul > li p" are "ul", "ul > li" and all of it.
    Which states an element is in follows from those of its parent, the elements around it and itself, so each
    is tested once for an element, and only once for all elements that have the same of all these.
    """

    def __init__(self, rules: Sequence[Rule], compounds: Compounds, budget: Budget) -> None:
        self._compounds = compounds
        self._budget = budget
        # For each compound: state, the state before it, and how they are combined.
        self._steps: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        self._rules: dict[int, list[int]] = defaultdict(list)
        self.rules = rules
        states: dict[tuple[int, str, int], int] = {}
        for number, rule in enumerate(rules):
            budget.spend(len(rule.chain.steps))
            state = -1
            for combinator, compound in rule.chain.steps:
                step = (state, combinator, compound)
                if step not in states:
                    states[step] = len(states)
                    self._steps[compound].append((states[step], state, combinator))
                state = states[step]
            self._rules[state].append(number)
        self._anchored: dict[str, list[int]] = defaultdict(list)
        for compound in self._steps:
            self._anchored[compounds[compound].anchor].append(compound)
        # For each way to combine, the states that matter to other elements.
        self._needed: dict[str, set[int]] = defaultdict(set)
        for before, combinator, _ in states:
            self._needed[combinator].add(before)
        used = frozenset[str]().union(*(compounds[compound].attributes for compound in self._steps))
        self._attributes = tuple(sorted(used))
        if len(self._attributes) > MAX_ATTRIBUTES:
            raise OverBudget
        self.is_positional = any(compounds[compound].is_positional for compound in self._steps)
        self._candidates: dict[tuple[str | None, ...], tuple[States, tuple[int, ...]]] = {}

    def compounds_of(self, element: etree._Element, wrapper: ElementWrapper | None) -> States:
        """Return the compounds that the element fits; `wrapper` is needed only if `is_positional`."""
        get = element.get
        key = (element.tag, get("class"), get("id"), *map(get, self._attributes))
        if key not in self._candidates:
            self._candidates[key] = self._find(element)
        found, to_test = self._candidates[key]
        if not to_test or wrapper is None:
            return found
        counted = sum(self._compounds[number].counts for number in to_test)
        self._budget.spend(len(to_test) + counted * len(wrapper.etree_siblings) // COUNTED_AT_ONCE)
        return found.union(number for number in to_test if self._compounds[number].test(wrapper))

    def _find(self, element: etree._Element) -> tuple[States, tuple[int, ...]]:
        alone = ElementWrapper(element, None, 0, None, in_html_document=False)
        anchors = ["", alone.local_name, *(f".{name}" for name in alone.classes)]
        anchors += [f"#{alone.id}"] if alone.id is not None else []
        candidates = [number for anchor in anchors for number in self._anchored.get(anchor, ())]
        self._budget.spend(10 + len(candidates))
        positional = [number for number in candidates if self._compounds[number].is_positional]
        others = set(candidates).difference(positional)
        return frozenset(n for n in others if self._compounds[n].test(alone)), tuple(positional)

    def states_of(self, compounds: States, around: Around) -> States:
        """Return the states of an element that fits these compounds."""
        steps = [step for compound in compounds for step in self._steps[compound]]
        self._budget.spend(10 + len(steps))
        known = dict(zip(COMBINATORS, around, strict=True))
        return frozenset(
            state for state, previous, combinator in steps if not combinator or previous in known[combinator]
        )

    def rules_of(self, states: States) -> list[Rule]:
        """Return the rules that apply in these states, the weakest first."""
        numbers = [number for state in states for number in self._rules.get(state, ())]
        self._budget.spend(len(numbers))
        return [self.rules[n] for n in sorted(numbers, key=lambda n: (self.rules[n].chain.specificity, n))]

    def seen_by(self, combinator: str, states: States) -> States:
        """Return what of an element's states matters to those with which it is combined so."""
        return states & self._needed[combinator] if self._needed.get(combinator) else NOTHING
