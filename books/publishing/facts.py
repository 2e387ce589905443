"""What a file says about its book → the book's own facts: title, authors, series, subjects …"""

from decimal import Decimal

from books.epub import Epub, Metadata
from books.models import Author, Authorship, Book, Series, Subject
from users.names import visible

from .lengths import word_count

MAX_SUBJECTS = 20


def describe(book: Book, epub: Epub, *, fallback_title: str) -> None:
    """Set the book's fields to what its file says; nothing is saved but a new series."""
    metadata = epub.metadata
    book.title = (metadata.title or fallback_title)[:200]
    book.subtitle = metadata.subtitle[:200]
    book.description = metadata.description or book.description
    book.language = metadata.language
    book.published = metadata.published
    book.isbn = metadata.isbn or book.isbn
    book.contents = [
        {"title": entry.title, "chapter": entry.chapter, "fragment": entry.fragment, "depth": entry.depth}
        for entry in epub.contents
    ]
    book.layout = epub.presentation.layout
    book.writing_mode = epub.presentation.writing_mode
    book.page_progression = epub.presentation.page_progression
    book.accessibility = epub.accessibility
    book.word_count = word_count(epub)
    if series := visible(metadata.series)[:200]:
        book.series, _ = Series.objects.get_or_create(title=series)
        book.series_position = Decimal(metadata.series_position) if metadata.series_position else None


def credit(book: Book, metadata: Metadata) -> None:
    """Give the book, which is saved already, the authors and subjects that its file names."""
    names = dict.fromkeys(name[:200] for name in metadata.authors)
    authors = [Author.objects.get_or_create(name=name)[0] for name in names]
    book.authorships.all().delete()
    Authorship.objects.bulk_create(
        Authorship(book=book, author=author, position=position) for position, author in enumerate(authors)
    )
    subjects = dict.fromkeys(name[:100] for name in metadata.subjects[:MAX_SUBJECTS])
    book.subjects.set([Subject.objects.get_or_create(name=name)[0] for name in subjects])
