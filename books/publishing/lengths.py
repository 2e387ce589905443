"""How long a book is, and how long its sample should be."""

from books.epub import Epub

# In words: a sample ends with the first chapter of this length; title pages and dedications give no taste.
TASTE = 200


def word_count(epub: Epub) -> int:
    """Return how many words the book has; in Chinese and Japanese, characters."""
    return sum(chapter.words for chapter in epub.outline)


def sample_length(epub: Epub) -> int:
    """Return how many chapters it takes to get a taste: of two or more, never all of them."""
    for number, chapter in enumerate(epub.outline[:-1], 1):
        if chapter.words >= TASTE:
            return number
    return 1
