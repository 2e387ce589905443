"""Points in a book's text, with the words by which they are found again in a new edition."""

import re
from typing import NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.http import urlencode

# In characters: about two lines before a place and three from it on, in which a corrected word does no harm.
BEFORE, EXCERPT = 100, 200
# In characters: what a cut at a word's end may cost.
LONGEST_WORD = 40
# Scripts without spaces between words: each character counts as one. For use in a regular expression.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
BEGUN = re.compile(f"[^\\s{UNSPACED}]*\\Z")


class Words(NamedTuple):
    """The words on both sides of a place; white space is folded."""

    before: str
    excerpt: str


def words_at(text: str, fraction: float) -> Words:
    """Return the words at that share of a chapter's plain text, from the beginning of a word."""
    start = beginning_of_word(text, offset_at(text, fraction))
    # A line's end is one character, so that folding hardly shortens them.
    before, after = text[max(start - BEFORE, 0) : start], text[start : start + EXCERPT]
    if start + EXCERPT < len(text):
        after = after[: _end_of_word(after)]
    return Words(_folded(before), _folded(after))


def offset_at(text: str, fraction: float) -> int:
    """Return how many characters of the text are before that share of it."""
    # A fraction made from an offset may be a little too small to lead back to it.
    return min(int(len(text) * fraction + 1e-6), len(text))


def beginning_of_word(text: str, offset: int) -> int:
    """Return where the word at this offset begins."""
    begun = BEGUN.search(text[max(offset - LONGEST_WORD, 0) : offset])
    return offset - len(begun[0]) if begun and len(begun[0]) < LONGEST_WORD else offset


def _end_of_word(text: str) -> int:
    begun = BEGUN.search(text)
    return begun.start() if begun and len(begun[0]) < LONGEST_WORD else len(text)


def _folded(text: str) -> str:
    return " ".join(text.split())


class Place(models.Model):
    """A point in a book's text.

    Every model based on it has a `book`, and books.publishing.editions takes its rows along to each new
    edition. So a row may be saved without its words: they are taken from the text before it is replaced.
    """

    # A number instead of a foreign key: a new edition may have fewer chapters.
    chapter = models.PositiveIntegerField()
    # The share of the chapter's characters before it: the same on every screen and in every type size.
    fraction = models.FloatField(default=0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    chapter_title = models.CharField(max_length=300, blank=True, db_default="", default="")
    # The last words before it, and the first ones at it.
    before = models.CharField(max_length=BEFORE, blank=True, db_default="", default="")
    excerpt = models.CharField(max_length=EXCERPT, blank=True, db_default="", default="")
    # Whether these words are not in the present edition. Then it leads to the nearest place that is.
    is_lost = models.BooleanField(default=False, db_default=False)

    class Meta:
        abstract = True

    def get_absolute_url(self):
        address = reverse("book_read", args=[self.book_id, self.chapter])
        # A script scrolls to the exact line; without it the fragment leads to the start of the text.
        return f"{address}?{urlencode({'at': round(self.fraction, 4)})}#place" if self.fraction else address

    def take_words(self, title, text):
        """Fill in the words at this place, from its chapter's title and plain text; saves nothing."""
        self.chapter_title = title[:300]
        self.before, self.excerpt = words_at(text, self.fraction)
        self.is_lost = False
