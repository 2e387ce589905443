"""Pictures that stand for a letter or two of the words beside them: initials, and characters no font has.

The letters become text that nobody sees, so that the word is one word for the search, for screen readers, and
for whoever copies it.
"""

from itertools import islice

from lxml import etree

from books.epub.plain_text import BLOCKS
from books.epub.styling.looks import LOOKS, PICTURED

# In characters: a letter or a digraph, with the quotation marks around it.
MAX_LENGTH = 4
MAX_LETTERS = 2
# How many passages inside an element beside the picture are read.
MAX_LOOK = 100


def write_letters(img: etree._Element) -> None:
    """Write the letters that the picture stands for before it, if its alternative text is such letters."""
    letters = img.get("alt", "").strip()
    if is_lettering(img, letters):
        written = etree.Element("span", {LOOKS: PICTURED})
        written.text = letters
        img.addprevious(written)
        img.set("alt", "")


def is_lettering(picture: etree._Element, words: str) -> bool:
    """Tell whether a picture's words are letters of the word beside it, or the first of its passage."""
    if not 0 < len(words) <= MAX_LENGTH or not 0 < sum(map(str.isalnum, words)) <= MAX_LETTERS:
        return False
    before, after = _before(picture), _after(picture)
    return before[-1:].isalnum() or after[:1].isalnum() or (not before.strip() and bool(after.strip()))


def _after(element: etree._Element) -> str:
    """Return the text that follows in the same passage."""
    while element.tag not in BLOCKS and (parent := element.getparent()) is not None:
        following = element.getnext()
        if element.tail or following is not None:
            return element.tail or _inside(following)
        element = parent
    return ""


def _before(element: etree._Element) -> str:
    """Return the text that comes before in the same passage."""
    while element.tag not in BLOCKS and (parent := element.getparent()) is not None:
        previous = element.getprevious()
        text = parent.text if previous is None else previous.tail
        if text or previous is not None:
            return text or _inside(previous)
        element = parent
    return ""


def _inside(element: etree._Element) -> str:
    return "" if element.tag in BLOCKS else "".join(islice(element.itertext(), MAX_LOOK))
