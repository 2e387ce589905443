"""An EPUB 2 or 3 file → plain, sanitised data. Knows no database and no request.

reading.py leads a file through the steps, each of which uses only those before it:

opening      the ZIP file → the package document and the trees of its files
describing   what the book says about itself: metadata, contents, presentation, accessibility
dividing     the documents of the spine → chapters, and where their links lead
cleaning     a chapter's trees → HTML that is safe on our pages, with the pictures that it shows
"""

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
