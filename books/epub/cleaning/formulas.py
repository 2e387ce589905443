"""Formulas: MathML that browsers show is kept, and the rest is replaced by its words."""

from lxml import etree

from books.epub.opening.markup import MATHML, local_name, outermost

from .leaving_out import NOTATION, LeavingOut

MATH_TAGS = frozenset(
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
    "mmultiscripts mprescripts none mtable mtr mtd mstyle mpadded mphantom merror".split()
)
MATH_ATTRIBUTES = {
    "math": {"display", "alttext", "displaystyle"},
    "mi": {"mathvariant"},
    "mo": {
        "stretchy",
        "fence",
        "separator",
        "largeop",
        "movablelimits",
        "symmetric",
        "lspace",
        "rspace",
        "form",
    },
    "mstyle": {"displaystyle", "scriptlevel"},
    "mfrac": {"linethickness"},
    "mspace": {"width", "height", "depth"},
    "mpadded": {"width", "height", "depth", "lspace", "voffset"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "mtd": {"columnspan", "rowspan"},
}
# Elements with something to see; content MathML (apply, ci, cn, …) has none of them.
SHOWN = frozenset({"mi", "mn", "mo", "ms", "mtext"})
ANNOTATIONS = frozenset({"annotation", "annotation-xml"})


def is_formula(element: etree._Element) -> bool:
    """Tell whether the element is a whole formula."""
    return local_name(element) == "math" and element.tag in {"math", f"{{{MATHML}}}math"}


def rewrite_formula(math: etree._Element, left_out: LeavingOut, chapter: int) -> None:
    """Reduce a formula to what browsers show, without annotations in other notations."""
    for part in outermost(math, lambda part: local_name(part) in ANNOTATIONS):
        left_out.element(part, chapter, NOTATION)
        # lxml removes what follows an element with it.
        if (part.tail or "").strip():
            part.addnext(_operator(part.tail))
        part.getparent().remove(part)
    parts = list(math.iter(etree.Element))
    if not any(local_name(part) in SHOWN for part in parts):
        words = math.get("alttext") or " ".join("".join(math.itertext()).split())
        left_out.element(math, chapter, NOTATION, words)
        _replace_by_words(math, words)
        return
    for part in parts:
        part.tag = local_name(part)
        if part.tag == "semantics":
            part.tag = "mrow"
        elif part.tag == "mfenced":
            _rewrite_fence(part)


def _replace_by_words(math: etree._Element, words: str) -> None:
    for part in list(math):
        math.remove(part)
    math.tag, math.text = "span", words


def _rewrite_fence(fence: etree._Element) -> None:
    """Write out the brackets and commas: browsers no longer know <mfenced>."""
    separators = "".join(fence.attrib.pop("separators", ",").split())
    opening, closing = fence.attrib.pop("open", "("), fence.attrib.pop("close", ")")
    arguments = list(fence)
    for index, argument in enumerate(arguments[:-1]):
        if separators:
            argument.addnext(_operator(separators[min(index, len(separators) - 1)]))
    fence.insert(0, _operator(opening))
    fence.append(_operator(closing))
    fence.tag = "mrow"


def _operator(text: str) -> etree._Element:
    operator = etree.Element("mo")
    operator.text = text
    return operator
