"""An EPUB 2 or 3 file → plain, sanitised data. Knows no database and no request.

`read_epub` in reading.py takes a file through four steps, each of which uses only those before it:

opening      the ZIP file → the package document and the trees of its files
describing   what the book says about itself: metadata, contents, presentation, accessibility
dividing     the documents of the spine → chapters, and where their links lead
cleaning     a chapter's trees → HTML that is safe on our pages, with the pictures that it shows

Chapters and pictures are handed on one by one, so that never all of them are in memory. The result is an
`Epub`. Its `findings` are what readers will not get to see and what does not work;
books/publishing/preflight.py puts them into sentences. Every file comes from a stranger, so the shop runs
all of this in a process with limits: see books/publishing/quarantine/. This file has the values that come of
it; the site's own process needs no more, and so loads no parser.
"""

from .book import (
    AccessibilityFacts,
    Chapter,
    ContentsEntry,
    Epub,
    Finding,
    FindingKind,
    Illustration,
    Metadata,
    Outline,
    Person,
    Presentation,
    PrintedPage,
    UnusableEpub,
)

__all__ = [
    "AccessibilityFacts",
    "Chapter",
    "ContentsEntry",
    "Epub",
    "Finding",
    "FindingKind",
    "Illustration",
    "Metadata",
    "Outline",
    "Person",
    "Presentation",
    "PrintedPage",
    "UnusableEpub",
]
