"""An EPUB 2 or 3 file → plain, sanitised data. Knows no database and no request."""

from .book import Chapter, ContentsEntry, Epub, Illustration, Metadata, UnusableEpub
from .reading import read_epub

__all__ = [
    "Chapter",
    "ContentsEntry",
    "Epub",
    "Illustration",
    "Metadata",
    "UnusableEpub",
    "read_epub",
]
