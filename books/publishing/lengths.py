"""How long a book is, and how long its sample should be."""

from collections.abc import Sequence
from itertools import accumulate, takewhile

from books.epub import Epub
from books.models import Book

# In words: a sample ends with the first chapter of this length; title pages and dedications give no taste.
TASTE = 200
# The share of the text that no sample gives away. Without it, a colophon would be all that is left to buy.
OUTSIDE = 0.1
# In a new text, the chapters that were the sample may be so many times their former share, or this share.
GROWTH, LITTLE = 1.5, 0.2


def word_count(epub: Epub) -> int:
    """Return how many words the book has; in Chinese and Japanese, characters."""
    return sum(chapter.words for chapter in epub.outline)


def lengths_of(book: Book) -> list[int]:
    """Return the lengths of the book's chapters in characters, in their order."""
    return list(book.chapters.order_by("number").values_list("length", flat=True))


def sample_length(epub: Epub) -> int:
    """Return how many chapters it takes to get a taste, within the largest sample."""
    most = largest_sample([chapter.length for chapter in epub.outline])
    for number, chapter in enumerate(epub.outline[:most], 1):
        if chapter.words >= TASTE:
            return number
    return min(1, most)


def kept_sample(chapters: int, before: Sequence[int], now: Sequence[int]) -> int:
    """Return how many chapters the sample keeps in a new text, given the lengths of the old and new ones.

    Chapters divided otherwise may be much longer: as many as before, or as few as are about its former share.
    A book that had no text yet keeps what was chosen for it.
    """
    if not before:
        return chapters
    most = max(share_of_text(chapters, before) * GROWTH, LITTLE) * sum(now)
    return sum(inside <= most for inside in accumulate(now[:chapters]))


def share_of_text(chapters: int, lengths: Sequence[int]) -> float:
    """Return which part of the text, from 0 to 1, the first chapters of these lengths are."""
    return sum(lengths[:chapters]) / max(sum(lengths), 1)


def largest_sample(lengths: Sequence[int]) -> int:
    """Return how many chapters of these lengths, in characters, a sample can have at most.

    It is never the whole book: at least a chapter stays outside, and at least OUTSIDE of the text.
    """
    most = sum(lengths) * (1 - OUTSIDE)
    inside = accumulate(lengths[:-1])
    return sum(1 for _ in takewhile(lambda length: length <= most, inside))
