"""A book's chapters on their way into the database, a few at a time: all of them could fill the memory."""

from collections.abc import Iterable, Iterator, Sequence

from books.epub import Chapter as EpubChapter
from books.models import Book, Chapter

from .editions.comparing import Pair, Print, Text, pair_up, print_of
from .editions.reanchoring import take_places_along

# Chapters that are in memory at once: this many, or with this many characters of HTML.
AT_ONCE = 100
MAX_BATCH = 1_000_000


def replace_chapters(book: Book, chapters: Sequence[EpubChapter]) -> list[Pair]:
    """Put these chapters in place of those that the book has, and take what readers keep of it along.

    Return what became of each chapter. Call it in a transaction.
    """
    prints = prints_of(chapters)
    pairs = pairs_with(book, prints)
    take_places_along(book, pairs, prints, chapters)
    store_chapters(book, chapters)
    return pairs


def store_chapters(book: Book, chapters: Sequence[EpubChapter]) -> None:
    """Put these chapters in place of those that the book has."""
    for rows in _batches(_rows(book, chapters)):
        # Rows are updated, not replaced, so that whatever points to a chapter still does.
        Chapter.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["book", "number"],
            update_fields=["title", "html", "plain_text"],
        )
    book.chapters.filter(number__gt=len(chapters)).delete()


def _rows(book: Book, chapters: Sequence[EpubChapter]) -> Iterator[Chapter]:
    for number, chapter in enumerate(chapters, 1):
        texts = {"html": chapter.html, "plain_text": chapter.plain_text}
        yield Chapter(book=book, number=number, title=_title(chapter), **texts)


def _batches(rows: Iterable[Chapter]) -> Iterator[list[Chapter]]:
    """Yield the rows in lists that are not long: their texts pass through the memory several times over."""
    batch: list[Chapter] = []
    length = 0
    for row in rows:
        batch.append(row)
        length += len(row.html)
        if len(batch) == AT_ONCE or length > MAX_BATCH:
            yield batch
            batch, length = [], 0
    yield batch


def prints_of(chapters: Iterable[EpubChapter]) -> list[Print]:
    """Return what these chapters are recognised by."""
    return [print_of((_title(chapter), chapter.plain_text)) for chapter in chapters]


def pairs_with(book: Book, prints: Sequence[Print]) -> list[Pair]:
    """Return what becomes of the chapters that the book has, if chapters with these prints replace them."""
    stored: Iterable[Text] = book.chapters.values_list("title", "plain_text").iterator(chunk_size=AT_ONCE)
    return pair_up(list(map(print_of, stored)), prints)


def _title(chapter: EpubChapter) -> str:
    return chapter.title[:300]
