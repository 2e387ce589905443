"""Drop capitals: the paragraph gets the look, so that its first word is one word again."""

from collections.abc import Sequence

from lxml import etree

from .looks import BLOCKS, LOOKS

# In characters: a letter or a digraph, with the quotation marks or dash before it.
MAX_LENGTH = 4
MAX_MARKS = 2
PICTURES = ("img", "svg", "{*}svg", "object")
# A name for elements that are about to be dissolved.
DISSOLVED = "dissolved"
LARGE = ("large", "larger")


def join_initials(elements: Sequence[etree._Element]) -> None:
    """Turn floating letters into the looks of the paragraphs that they begin."""
    for element in elements:
        if is_letter(element):
            _join(element)


def is_letter(element: etree._Element) -> bool:
    """Tell whether the element has a letter or two, and no picture."""
    text = "".join(element.itertext()).strip()
    return 0 < len(text) <= MAX_LENGTH and any(map(str.isalnum, text)) and not any(element.iter(*PICTURES))


def _join(letter: etree._Element) -> None:
    for part in letter.iter(etree.Element):
        _remove_looks(part, *LARGE, "own-line")
    if letter.tag in BLOCKS:
        paragraph = letter.getnext()
        if paragraph is None or paragraph.tag not in BLOCKS or (letter.tail or "").strip():
            return
        _move_into(letter, paragraph)
    else:
        paragraph = _paragraph_begun_by(letter)
        if paragraph is None:
            return
    paragraph.set(LOOKS, f"{paragraph.get(LOOKS, '')} drop-cap".strip())
    if not any(letter.get(name) for name in ("id", "lang", LOOKS)):
        letter.tag = DISSOLVED
        etree.strip_tags(paragraph, DISSOLVED)


def _remove_looks(element: etree._Element, *unwanted: str) -> None:
    kept = [look for look in element.attrib.pop(LOOKS, "").split() if look not in unwanted]
    if kept:
        element.set(LOOKS, " ".join(kept))


def _move_into(letter: etree._Element, paragraph: etree._Element) -> None:
    """Put a letter that stands before the paragraph at its beginning."""
    letter.tag = "span"
    text = "".join(letter.itertext()).strip()
    for part in list(letter):
        letter.remove(part)
    letter.text = text
    paragraph.insert(0, letter)
    letter.tail, paragraph.text = (paragraph.text or "").lstrip(), None


def _is_something(element: etree._Element) -> bool:
    """Tell whether an element before the letter is more than a place that links lead to."""
    words = "".join((*element.itertext(), element.tail or ""))
    return _is_word(words) or len(element) > 0 or element.tag in PICTURES


def _is_word(text: str) -> bool:
    """Tell whether it is more than a quotation mark or dash, which CSS counts to the first letter too."""
    return len(text.strip()) > MAX_MARKS or any(map(str.isalnum, text))


def _paragraph_begun_by(letter: etree._Element) -> etree._Element | None:
    """Return the block of which the letter is the first thing."""
    element = letter
    while (parent := element.getparent()) is not None:
        if _is_word(parent.text or "") or any(map(_is_something, element.itersiblings(preceding=True))):
            return None
        if parent.tag in BLOCKS:
            return parent
        element = parent
    return None
