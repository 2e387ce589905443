"""What a chapter is shown with: the book around it, and what leads on from it."""

from itertools import accumulate

from books.models import Bundle, PrintedPages

from .afterwards import what_follows
from .pace import usual_pace


def shown_with(chapter, opens_all):
    """Return the chapter and what leads on from it, for whoever may read every chapter or only the sample."""
    book, number = chapter.book, chapter.number
    outline = list(book.chapters.only("number", "title", "length", "book_id"))
    numbered = {entry.number: entry for entry in outline}
    # The last chapter that this reader may read.
    open_to = len(outline) if opens_all else book.sample_chapters
    sample_ends = open_to <= number < len(outline)
    return {
        "book": book,
        "chapter": chapter,
        "chapter_count": len(outline),
        "previous": numbered.get(number - 1),
        "next": numbered.get(number + 1),
        "open_to": open_to,
        "sample_ends": sample_ends,
        "bundles": list(Bundle.objects.with_book(book)) if sample_ends else [],
        "printed_pages": _printed_pages(book, number),
        **_lengths(book, outline, number),
        **(what_follows(book) if number == len(outline) else {}),
    }


def _printed_pages(book, number):
    if not book.printed_page_count:
        return []
    return [page for pages in PrintedPages.objects.filter(book=book) for page in pages.within(number)]


def _lengths(book, outline, number):
    """Return how long the book is, and where its chapters begin and end as shares of that."""
    whole = sum(chapter.length for chapter in outline)
    ends = accumulate(chapter.length for chapter in outline)
    spans = {
        chapter.number: {"start": (end - chapter.length) / whole, "end": end / whole}
        for chapter, end in zip(outline, ends, strict=True)
    }
    return {
        "span": spans[number],
        "contents": [entry | spans.get(entry["chapter"], {}) for entry in book.contents],
        "book_length": whole,
        "usual_pace": usual_pace(whole, book.word_count),
    }
