"""An EPUB file → rows and files of the shop, all or none."""

import re
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import PurePath
from typing import BinaryIO, TypedDict, Unpack

from django.db import IntegrityError, transaction

from books import search
from books.epub import Chapter as EpubChapter
from books.epub import Epub, Metadata, UnusableEpub
from books.models import Author, Authorship, Book, Chapter, Illustration, Series, Subject
from books.models.catalogue import private_storage
from books.publishing.quarantine.examined import Examined
from books.publishing.quarantine.examining import examine_epub
from users.names import visible

from .covers import store_cover
from .editions import Changes, compare
from .files import Write, remove_on_commit, taken_back_on_failure
from .lengths import sample_length, word_count

MAX_BYTES = 200 * 1024**2
TOO_LARGE = f"The file is larger than {MAX_BYTES // 1024**2} MB."
MAX_SUBJECTS = 20

# An identifier of one book alone contains a number or an address; that of many books is just "unknown".
TELLING_IDENTIFIER = re.compile(r"(?=.*[0-9:/]).{8,}", re.DOTALL)


@dataclass(frozen=True)
class Imported:
    """What became of a file: the book, whether it is new, and what had to be left out."""

    book: Book
    created: bool
    chapters: int
    notes: tuple[str, ...]
    # None in a new book.
    changes: Changes


class NewBook(TypedDict, total=False):
    """What is decided about a book that is new to the shop."""

    # In minor units; None if the book is not sold on its own.
    price: int | None
    # If it is left out, as many as lengths.sample_length suggests.
    sample_chapters: int
    published: bool


def import_epub(file: BinaryIO, **choices: Unpack[NewBook]) -> Imported:
    """Examine the file and put the book on the shelf, as import_examined does; raises UnusableEpub."""
    data = read_bytes(file)
    filename = PurePath(str(getattr(file, "name", ""))).name
    return import_examined(examine_epub(data), data, filename, **choices)


def import_examined(examined: Examined, data: bytes, filename: str, **choices: Unpack[NewBook]) -> Imported:
    """Put the book on the shelf, or its new text into the book that is there already.

    `data` is the file that was examined; a book without a title is called after `filename`. A book is
    recognised by its identifier, its ISBN or, if it has neither, its file. It then keeps its id, price,
    sample, reviews and bundles, and its cover, description and series unless the file brings new ones; the
    choices are for a new book. Raises UnusableEpub, and nothing is left behind.
    """
    epub = examined.epub
    try:
        with taken_back_on_failure() as write, transaction.atomic():
            book, created = _find_or_make(epub, data, choices)
            _describe(book, epub, fallback_title=visible(PurePath(filename).stem) or "Untitled")
            if examined.cover:
                store_cover(book, examined.cover, write)
            _store_file(book, data, write)
            book.save()
            changes = Changes() if created else changes_in(book, epub)
            _credit(book, epub.metadata)
            _store_chapters(book, epub)
            _store_illustrations(book, epub, write)
            search.index(book)
    except IntegrityError as error:
        raise UnusableEpub("Another book in the shop has this ISBN or identifier.") from error
    notes = (f"Imported without its cover. {examined.cover_fault}",) if examined.cover_fault else ()
    return Imported(book, created, len(epub.chapters), notes, changes)


def read_bytes(file: BinaryIO) -> bytes:
    """Return what is in the file; raises UnusableEpub, before all of it is in memory, if that is too much."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnusableEpub(TOO_LARGE)
    return data


def imported_before(data: bytes) -> Book | None:
    """Return the book whose text came from this very file."""
    return Book.objects.filter(epub__endswith=f"/{file_name(data)}").first()


def identifier_of(metadata: Metadata, data: bytes) -> str:
    """Return the identifier by which the book is recognised: its own, or one made from the file."""
    identifier = metadata.identifier[:255]
    if TELLING_IDENTIFIER.fullmatch(identifier):
        return identifier
    return f"sha256:{sha256(data).hexdigest()}"


def known_book(identifier: str, isbn: str) -> Book | None:
    """Return the book that is on the shelf under this identifier or ISBN, locked until the transaction ends.

    Call it in a transaction.
    """
    books = Book.objects.select_for_update()
    book = books.filter(identifier=identifier).first()
    if book is None and isbn:
        book = books.filter(isbn=isbn).first()
    return book


def changes_in(book: Book, epub: Epub) -> Changes:
    """Return what a new text changes in the text that the book has now."""
    return compare(_texts(book), _new_texts(epub))


def _find_or_make(epub: Epub, data: bytes, choices: NewBook) -> tuple[Book, bool]:
    """Return the book that is on the shelf, or a new unsaved one, and whether it is new."""
    identifier = identifier_of(epub.metadata, data)
    known = known_book(identifier, epub.metadata.isbn)
    book = known or _new_book(epub, **choices)
    book.identifier = identifier
    return book, known is None


def _new_book(
    epub: Epub, *, price: int | None = None, sample_chapters: int | None = None, published: bool = True
) -> Book:
    book = Book(price=price, is_published=published)
    book.sample_chapters = sample_length(epub) if sample_chapters is None else sample_chapters
    if not published:
        book.first_published_at = None
    return book


def _describe(book: Book, epub: Epub, *, fallback_title: str) -> None:
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


def _credit(book: Book, metadata: Metadata) -> None:
    names = dict.fromkeys(name[:200] for name in metadata.authors)
    authors = [Author.objects.get_or_create(name=name)[0] for name in names]
    book.authorships.all().delete()
    Authorship.objects.bulk_create(
        Authorship(book=book, author=author, position=position) for position, author in enumerate(authors)
    )
    subjects = dict.fromkeys(name[:100] for name in metadata.subjects[:MAX_SUBJECTS])
    book.subjects.set([Subject.objects.get_or_create(name=name)[0] for name in subjects])


def _store_file(book: Book, data: bytes, write: Write) -> None:
    old = {book.epub.name} if book.epub else set()
    name = f"epubs/{book.pk}/{file_name(data)}"
    write(private_storage(), name, data)
    book.epub = name
    remove_on_commit(private_storage(), old - {name})


def _texts(book: Book) -> list[tuple[str, str]]:
    return list(book.chapters.values_list("title", "plain_text"))


def _new_texts(epub: Epub) -> list[tuple[str, str]]:
    return [(_title(chapter), chapter.plain_text) for chapter in epub.chapters]


def _title(chapter: EpubChapter) -> str:
    return chapter.title[:300]


def file_name(data: bytes) -> str:
    """Return the name under which an EPUB is stored, made of its content."""
    return f"{sha256(data).hexdigest()[:32]}.epub"


def _store_chapters(book: Book, epub: Epub) -> None:
    chapters = [
        Chapter(
            book=book,
            number=number,
            title=_title(chapter),
            html=chapter.html,
            plain_text=chapter.plain_text,
        )
        for number, chapter in enumerate(epub.chapters, 1)
    ]
    # Rows are updated, not replaced, so that whatever points to a chapter still does.
    Chapter.objects.bulk_create(
        chapters,
        update_conflicts=True,
        unique_fields=["book", "number"],
        update_fields=["title", "html", "plain_text"],
    )
    book.chapters.filter(number__gt=len(chapters)).delete()


def _store_illustrations(book: Book, epub: Epub, write: Write) -> None:
    illustrations = []
    for illustration in epub.illustrations:
        name = f"illustrations/{book.pk}/{illustration.name}"
        write(private_storage(), name, illustration.data)
        illustrations.append(
            Illustration(
                book=book, name=illustration.name, file=name, first_chapter=illustration.first_chapter
            )
        )
    Illustration.objects.bulk_create(
        illustrations,
        update_conflicts=True,
        unique_fields=["book", "name"],
        update_fields=["file", "first_chapter"],
    )
    gone = book.illustrations.exclude(name__in=[illustration.name for illustration in illustrations])
    remove_on_commit(private_storage(), set(gone.values_list("file", flat=True)))
    gone.delete()
