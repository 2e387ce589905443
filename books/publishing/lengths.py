"""How long a book is, and how long its sample should be."""

import re

from books.epub import Epub

# In words: a sample ends with the first chapter of this length; title pages and dedications give no taste.
TASTE = 200
# Chinese and Japanese have no spaces between words; each character counts as one.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’-][^\W_]+)*")


def word_count(epub: Epub) -> int:
    """Return how many words the book has; in Chinese and Japanese, characters."""
    return sum(_word_count(chapter.plain_text) for chapter in epub.chapters)


def sample_length(epub: Epub) -> int:
    """Return how many chapters it takes to get a taste: of two or more, never all of them."""
    for number, chapter in enumerate(epub.chapters[:-1], 1):
        if _word_count(chapter.plain_text) >= TASTE:
            return number
    return 1


def _word_count(text: str) -> int:
    return sum(1 for _ in WORD.finditer(text))
