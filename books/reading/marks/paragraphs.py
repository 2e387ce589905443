"""The paragraphs of a chapter, counted from 1, for readers who cannot select text.

They are counted in the chapter's HTML when they are needed, so nothing about them is stored. A new edition
may count differently; a mark does not depend on it, because it remembers its place and its words.
"""

import re
from html import unescape
from itertools import count
from typing import NamedTuple

from django.utils.safestring import mark_safe

from .quotations import find_words

_NAMES = "p|li|h[2-6]|dt|dd|pre|figcaption|blockquote|div|section|ul|ol|dl|figure|table"
# The start of an element that holds text itself, rather than paragraphs: no other block follows at once.
# In sanitised HTML, a ">" within an attribute is written "&gt;".
_PARAGRAPH = re.compile(
    rf"<(?:p|li|h[2-6]|dt|dd|pre|figcaption|blockquote|div)(?: [^>]*)?>(?!\s*</?(?:{_NAMES})\b)"
)
# The readings beside ruby text are not in the plain text either.
_NOT_WORDS = re.compile(r"<(rt|rp)\b[^>]*>.*?</\1>|<[^>]*>", re.DOTALL)


class Paragraph(NamedTuple):
    """The words of a paragraph on one line, and the share of the chapter's text before it."""

    words: str
    share: float

    def place_in(self, text):
        """Return the share of the chapter's plain text before the paragraph, exact if its words are there."""
        found = find_words(text, self.words, near=self.share)
        return found[0] / len(text) if found else self.share


def with_pilcrows(html):
    """Return the chapter's HTML with a link ¶ in each paragraph, to the page where it can be marked.

    The address is relative to that of the chapter.
    """
    numbers = count(1)
    return mark_safe(  # noqa: S308 (the HTML was sanitised at import)
        _PARAGRAPH.sub(lambda start: f'{start[0]}<a class="pilcrow" href="mark/{next(numbers)}/">¶</a>', html)
    )


def paragraph_at(html, number):
    """Return the paragraph with this number, or None. One without words is a picture."""
    starts = [start.end() for start in _PARAGRAPH.finditer(html)]
    if not 1 <= number <= len(starts):
        return None
    here, end = starts[number - 1], [*starts, len(html)][number]
    length = len(_words(html))
    return Paragraph(_words(html[here:end]), len(_words(html[:here])) / length if length else 0.0)


def _words(html):
    return " ".join(unescape(_NOT_WORDS.sub(" ", html)).split())
