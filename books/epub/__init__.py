"""An EPUB 2 or 3 file → plain, sanitised data. Knows no database and no request."""

from .book import (
    AccessibilityFacts,
    Chapter,
    ContentsEntry,
    Epub,
    Illustration,
    Metadata,
    Oddity,
    Presentation,
    Remark,
    UnusableEpub,
)
from .reading import read_epub

__all__ = [
    "AccessibilityFacts",
    "Chapter",
    "ContentsEntry",
    "Epub",
    "Illustration",
    "Metadata",
    "Oddity",
    "Presentation",
    "Remark",
    "UnusableEpub",
    "read_epub",
]
