"""A document's styles → the looks of its elements, without what it hides, and with drop capitals joined."""

from typing import NamedTuple

from cssselect2 import ElementWrapper
from lxml import etree

from books.epub.opening.archive import Archive
from books.epub.opening.markup import MATHML, is_drawing
from books.epub.opening.package import Package

from .cascade import Style, computed, declared_for, initial_style, untouched
from .generating import WITHOUT, counts_in_text, counts_items, generated_by, number_items, write
from .hiding import is_note, take_out
from .initials import join_initials
from .looks import INITIAL_FROM, LOOKS, NUMBERINGS, is_initial, looks_of
from .matching import NOTHING, Around, Matching, OverBudget, States
from .properties import Value
from .selectors import FIRST_LETTER
from .sheets import Sheets

# Of the text they say nothing more once its looks are known, and in some books they take half of the memory.
STYLES = ("class", "style", "align")
RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks ku ps sd syr ug ur yi".split())
# In elements with a style of their own: more than any book has, each takes a twentieth of a millisecond.
MAX_KINDS = 50_000
# In characters, of all that a book's style sheets write into its texts.
MAX_GENERATED = 500_000
ROOTS = frozenset({"html", "body"})
# Elements with nothing to show.
SKIPPED = frozenset({"head", "script", "style", "math", f"{{{MATHML}}}math"})


class Kind(NamedTuple):
    """What all elements are that have the same rules, attributes and kinds of elements around them."""

    number: int
    # What their children, the elements inside, the next one and all later ones must know of their states.
    parent: States
    above: States
    before: States
    earlier: States
    style: Style
    # What the page shows to those inside: the style, but for what no class says.
    shown: Style
    looks: str = ""
    # The looks of a drop capital, which its paragraph has instead.
    is_initial: bool = False
    is_hidden: bool = False
    marker: str = ""
    drawing: str = ""
    # What is written at its beginning and its end.
    text_before: str = ""
    text_after: str = ""
    # Whether it is an item of a list that has its number from a style sheet.
    is_counted: bool = False
    # Whether a style sheet writes a number before or after it that is left out.
    lacks_number: bool = False

    @property
    def is_written_to(self) -> bool:
        """Whether a style sheet writes something before or after it, shown or not."""
        return bool(self.text_before or self.text_after or self.lacks_number)


class Styles:
    """Gives the documents of a book their looks."""

    def __init__(self, archive: Archive, package: Package) -> None:
        self._sheets = Sheets(archive)
        self._navigation = package.navigation()
        self._language = package.language
        # By their rules and direction: the documents of a book mostly have the same.
        self._walks: dict[tuple[Matching, bool], _Walk] = {}
        self._generated = 0
        self.is_over_budget = False
        # What is hidden, with the path of its document.
        self.hidden: list[tuple[str, etree._Element]] = []
        # The paths of documents in which numbers are left out that style sheets count.
        self.lacking_numbers: list[str] = []

    def apply(self, path: str, root: etree._Element) -> None:
        """Replace the styles of a document by looks, and take out what they hide.

        The root and the body keep theirs, which say whether the page is set in columns.
        """
        etree.strip_attributes(root, LOOKS)
        try:
            key = self._sheets.of_document(path, root), self._is_rtl(root)
            walk = self._walks.get(key) or self._walks.setdefault(key, _Walk(*key))
            hidden, generated = walk.through(root, hides=path != self._navigation)
            if any(kind.lacks_number for _, kind in generated):
                self.lacking_numbers.append(path)
            for element, kind in generated:
                self._write(element, kind)
            for element in hidden:
                self.hidden.append((path, take_out(element)))
        except OverBudget:
            self.is_over_budget = True
        body = root.find(".//body")
        for part in root if body is None else body:
            etree.strip_attributes(part, *STYLES)

    def _write(self, element: etree._Element, kind: Kind) -> None:
        self._generated += len(kind.text_before) + len(kind.text_after)
        if self._generated > MAX_GENERATED:
            raise OverBudget
        write(element, kind.text_before, kind.text_after)

    def _is_rtl(self, root: etree._Element) -> bool:
        body = root.find(".//body")
        pages = [page for page in (body, root) if page is not None]
        direction = next((page.get("dir").lower() for page in pages if page.get("dir")), "")
        language = next((page.get("lang") for page in pages if page.get("lang")), self._language)
        return direction == "rtl" or (not direction and language.lower()[:3].split("-")[0] in RIGHT_TO_LEFT)


class _Frame:
    """An element on the way to the present one, and what came before in it."""

    __slots__ = ("before", "earlier", "in_drawing", "kind", "last", "wrapper")

    def __init__(self, kind: Kind, wrapper: ElementWrapper | None, *, in_drawing: bool) -> None:
        self.kind = kind
        self.wrapper = wrapper
        self.in_drawing = in_drawing
        self.before = self.earlier = NOTHING
        self.last: ElementWrapper | None = None


class _Walk:
    """Goes through documents that use the same style sheets."""

    def __init__(self, matching: Matching, rtl: bool) -> None:
        self._matching = matching
        self._rtl = rtl
        self._kinds: dict[tuple[object, ...], Kind] = {}
        style = initial_style()
        self._outside = Kind(
            number=-1,
            parent=NOTHING,
            above=NOTHING,
            before=NOTHING,
            earlier=NOTHING,
            style=style,
            shown=style,
        )

    def through(
        self, root: etree._Element, *, hides: bool
    ) -> tuple[list[etree._Element], list[tuple[etree._Element, Kind]]]:
        """Set the looks of all elements; return those that are hidden, and those with generated texts."""
        hidden, initials, generated, counted = [], [], [], set()
        frames = [_Frame(self._outside, None, in_drawing=False)]
        walk = etree.iterwalk(root, events=("start", "end"), tag="*")
        for event, element in walk:
            if event == "end":
                frames.pop()
                continue
            frame = self._frame(element, frames[-1])
            frames.append(frame)
            kind = frame.kind
            if element.tag in SKIPPED:
                walk.skip_subtree()
            elif frame.in_drawing:
                # The looks of a drawing are the CSS that it keeps.
                _set(element, LOOKS, kind.drawing)
            elif kind.is_hidden and hides and not is_note(element):
                hidden.append(element)
                walk.skip_subtree()
            else:
                _set(element, LOOKS, kind.looks)
                _set(element, "type", kind.marker)
                if kind.is_initial:
                    initials.append(element)
                if kind.is_written_to and element.tag not in WITHOUT:
                    generated.append((element, kind))
                if kind.is_counted:
                    counted.add(element.getparent())
        join_initials(initials)
        for items in counted:
            number_items(items)
        return hidden, generated

    def _frame(self, element: etree._Element, outer: _Frame) -> _Frame:
        wrapper = None
        if self._matching.is_positional:
            index = outer.last.index + 1 if outer.last is not None else 0
            wrapper = outer.last = ElementWrapper(
                element, outer.wrapper, index, outer.last, in_html_document=False
            )
        kind = self._kind(element, outer, self._matching.compounds_of(element, wrapper))
        outer.before = kind.before
        outer.earlier |= kind.earlier
        return _Frame(kind, wrapper, in_drawing=outer.in_drawing or is_drawing(element))

    def _kind(self, element: etree._Element, outer: _Frame, compounds: States) -> Kind:
        get = element.get
        attributes = (get("style"), get("align"), get("hidden"))
        key = (outer.kind.number, element.tag, compounds, outer.before, outer.earlier, *attributes)
        found = self._kinds.get(key)
        if found is None:
            if len(self._kinds) >= MAX_KINDS:
                raise OverBudget
            found = self._kinds[key] = self._made(element, outer, compounds)
        return found

    def _made(self, element: etree._Element, outer: _Frame, compounds: States) -> Kind:
        matching, parent, tag = self._matching, outer.kind, element.tag
        around = Around(parent.parent, parent.above, outer.before, outer.earlier)
        states = matching.states_of(compounds, around)
        rules = matching.rules_of(states)
        declared, drawing = declared_for(element, [rule for rule in rules if not rule.chain.pseudo])
        style = computed(element, untouched(tag, parent.style), parent.style, declared)
        plain = untouched(tag, parent.shown)
        looks = list(looks_of(tag, style, plain, rtl=self._rtl)) if tag != "html" else []
        if any(_is_large(rule.declarations.normal) for rule in rules if rule.chain.pseudo == FIRST_LETTER):
            looks.append("drop-cap")
        return Kind(
            number=len(self._kinds),
            parent=matching.seen_by(">", states),
            above=parent.above | matching.seen_by(" ", states),
            before=matching.seen_by("+", states),
            earlier=matching.seen_by("~", states),
            style=style | {"visible": True},
            shown=initial_style() if tag == "html" else style,
            looks=" ".join(looks),
            is_initial=is_initial(style),
            is_hidden=tag not in ROOTS and (style["display"] == "none" or not style["visible"]),
            marker=style["marker"]
            if tag == "ol" and style["marker"] in NUMBERINGS - {plain["marker"]}
            else "",
            drawing=drawing,
            text_before=generated_by(rules, "before"),
            text_after=generated_by(rules, "after"),
            is_counted=counts_items(tag, rules),
            lacks_number=counts_in_text(tag, rules),
        )


def _set(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)


def _is_large(declared: dict[str, Value]) -> bool:
    return bool(declared.get("floats")) or declared.get("size", 1.0) >= INITIAL_FROM
