"""How long a book is, and how long its sample should be."""

from collections.abc import Sequence
from itertools import accumulate, takewhile

from books.epub import Epub

# In words: a sample ends with the first chapter of this length; title pages and dedications give no taste.
TASTE = 200
# The share of the text that no sample gives away. Without it, a colophon would be all that is left to buy.
OUTSIDE = 0.1


def word_count(epub: Epub) -> int:
    """Return how many words the book has; in Chinese and Japanese, characters."""
    return sum(chapter.words for chapter in epub.outline)


def sample_length(epub: Epub) -> int:
    """Return how many chapters it takes to get a taste, within the largest sample."""
    most = largest_sample([chapter.length for chapter in epub.outline])
    for number, chapter in enumerate(epub.outline[:most], 1):
        if chapter.words >= TASTE:
            return number
    return min(1, most)


def largest_sample(lengths: Sequence[int]) -> int:
    """Return how many chapters of these lengths, in characters, a sample can have at most.

    It is never the whole book: at least a chapter stays outside, and at least OUTSIDE of the text.
    """
    most = sum(lengths) * (1 - OUTSIDE)
    inside = accumulate(lengths[:-1])
    return sum(1 for _ in takewhile(lambda length: length <= most, inside))
