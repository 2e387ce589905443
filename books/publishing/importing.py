"""An EPUB file → rows and files of the shop, all or none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import BinaryIO, TypedDict, Unpack

from django.db import IntegrityError, transaction

from books import search
from books.epub import Chapter as EpubChapter
from books.epub import Epub, Metadata, UnusableEpub
from books.epub import Illustration as EpubIllustration
from books.models import Book, Illustration
from books.models.catalogue import private_storage
from books.publishing.quarantine.examined import Examined
from books.publishing.quarantine.examining import examine_epub
from users.names import visible

from .chapters import pairs_with, prints_of, replace_chapters
from .covers import store_cover
from .editions import Changes
from .facts import arrange, credit, describe, facts_of
from .files import Write, remove_on_commit, taken_back_on_failure
from .lengths import sample_length

MAX_BYTES = 200 * 1024**2
TOO_LARGE = f"The file is larger than {MAX_BYTES // 1024**2} MB."

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
            facts = facts_of(epub, fallback_title=visible(PurePath(filename).stem) or "Untitled")
            describe(book, facts)
            arrange(book, epub)
            if examined.cover:
                store_cover(book, examined.cover, write)
            _store_file(book, data, write)
            book.save()
            pairs = replace_chapters(book, examined.chapters)
            credit(book, facts)
            _store_illustrations(book, examined.illustrations, write)
            search.index(book)
    except IntegrityError as error:
        raise UnusableEpub("Another book in the shop has this ISBN or identifier.") from error
    notes = (f"Imported without its cover. {examined.cover_fault}",) if examined.cover_fault else ()
    changes = Changes() if created else Changes.among(pairs)
    return Imported(book, created, len(epub.outline), notes, changes)


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


def changes_in(book: Book, chapters: Sequence[EpubChapter]) -> Changes:
    """Return what a new text changes in the text that the book has now."""
    return Changes.among(pairs_with(book, prints_of(chapters)))


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


def _store_file(book: Book, data: bytes, write: Write) -> None:
    old = {book.epub.name} if book.epub else set()
    name = f"epubs/{book.pk}/{file_name(data)}"
    write(private_storage(), name, data)
    book.epub = name
    remove_on_commit(private_storage(), old - {name})


def file_name(data: bytes) -> str:
    """Return the name under which an EPUB is stored, made of its content."""
    return f"{sha256(data).hexdigest()[:32]}.epub"


def _store_illustrations(book: Book, pictures: Sequence[EpubIllustration], write: Write) -> None:
    illustrations = []
    for illustration in pictures:
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
