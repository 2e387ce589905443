"""An EPUB file → rows and files of the shop, all or none."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import PurePath
from typing import Any, BinaryIO, TypedDict, Unpack

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
from .editions.comparing import Changes
from .editions.earlier_edits import lock_earlier_edits
from .editions.locking import COVER, differences, in_words, lock, locked_in, unlock
from .editions.recognising import known_book
from .facts import arrange, credit, describe, facts_of, number_pages
from .files import Write, remove_on_commit, taken_back_on_failure
from .lengths import kept_sample, largest_sample, lengths_of, sample_length

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
    # In chapters; of a new book, what it is now.
    sample_before: int


class Choices(TypedDict, total=False):
    """What is decided about a file; what is left out is decided as the comments say."""

    # In minor units, of a new book; None if it is not sold on its own.
    price: int | None
    # Whether a new book is on sale at once; it is.
    published: bool
    # In a new book, as many as lengths.sample_length suggests; in a new edition, as lengths.kept_sample says,
    # if the old text could have a sample. Never so many that the sample would be the whole book.
    sample_chapters: int
    # The book whose text is replaced; the one that has the file's identifier or ISBN, if there is one. None
    # for a new book, whatever the file says.
    edition_of: Book | None
    # The names of the facts that a new edition takes from the file; those that staff have not typed.
    taken: Collection[str]


def import_epub(file: BinaryIO, **choices: Unpack[Choices]) -> Imported:
    """Examine the file and put the book on the shelf, as import_examined does; its notes name the errors.

    Raises UnusableEpub, for a book too that would not be all there.
    """
    examined, data, filename = examine(file)
    if losses := [message.sentence for message in examined.messages if message.is_loss]:
        raise UnusableEpub(" ".join(losses))
    imported = import_examined(examined, data, filename, **choices)
    return replace(imported, notes=(*imported.notes, *errors_beside_the_cover(examined)))


def errors_beside_the_cover(examined: Examined) -> Iterator[str]:
    """Yield the sentences about errors, but for that about the cover, on which the import has a note."""
    for message in examined.messages:
        if message.level == "error" and not (
            examined.cover_fault and examined.cover_fault in message.sentence
        ):
            yield message.sentence


def import_examined(examined: Examined, data: bytes, filename: str, **choices: Unpack[Choices]) -> Imported:
    """Put the book on the shelf, or its new text into the book that is there already.

    `data` is the file that was examined; a book without a title is called after `filename`. A book that is
    there already keeps its id, price, reviews and bundles, all that staff have typed, and its cover,
    description and series unless the file brings new ones. What readers keep of it stays with its words.
    Raises UnusableEpub, and nothing is left behind.
    """
    epub = examined.epub
    try:
        with taken_back_on_failure() as write, transaction.atomic():
            book, created = _find_or_make(epub, data, choices)
            sample = _sample_length(epub, None if created else book, **choices)
            before, book.sample_chapters = sample if created else book.sample_chapters, sample
            facts = facts_in(examined, filename)
            kept = set() if created else _kept(book, in_words(facts, stem_of(examined)), choices)
            if created and epub.metadata.isbn and known_book("", epub.metadata.isbn):
                kept.add("isbn")
            facts = {name: value for name, value in facts.items() if name not in kept}
            describe(book, facts)
            arrange(book, epub)
            if examined.cover and COVER not in kept:
                store_cover(book, examined.cover, write)
            _store_file(book, data, write)
            book.save()
            pairs = replace_chapters(book, examined.chapters)
            credit(book, facts)
            number_pages(book, epub)
            _store_illustrations(book, examined.illustrations, write)
            search.index(book)
    except IntegrityError as error:
        raise UnusableEpub("Another book in the shop has this ISBN or identifier.") from error
    notes = (f"Imported without its cover. {examined.cover_fault}",) if examined.cover_fault else ()
    changes = Changes() if created else Changes.among(pairs)
    return Imported(book, created, len(epub.outline), notes, changes, before)


def facts_in(examined: Examined, filename: str) -> dict[str, Any]:
    """Return what the file says about its book; one without a title is called after it."""
    return facts_of(examined.epub, fallback_title=visible(PurePath(filename).stem) or "Untitled")


def stem_of(examined: Examined) -> str:
    """Return what its cover's files are called; empty without a usable cover."""
    return examined.cover.stem if examined.cover else ""


def examine(file: BinaryIO) -> tuple[Examined, bytes, str]:
    """Return what is in the file, its bytes and its name; raises UnusableEpub."""
    data = read_bytes(file)
    return examine_epub(data), data, PurePath(str(getattr(file, "name", ""))).name


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
    return made_identifier(data)


def made_identifier(data: bytes) -> str:
    """Return the identifier of a book that has none of its own, or another book's."""
    return f"sha256:{sha256(data).hexdigest()}"


def changes_in(book: Book, chapters: Sequence[EpubChapter]) -> Changes:
    """Return what a new text changes in the text that the book has now."""
    return Changes.among(pairs_with(book, prints_of(chapters)))


def _find_or_make(epub: Epub, data: bytes, choices: Choices) -> tuple[Book, bool]:
    """Return the book that is on the shelf, or a new unsaved one, and whether it is new."""
    identifier = identifier_of(epub.metadata, data)
    holder = known_book(identifier, epub.metadata.isbn)
    known = choices.get("edition_of", holder)
    book = known or _new_book(**choices)
    if holder in {known, None}:
        book.identifier = identifier
    elif known is None:
        # Another book has its identifier, so it gets one of its own, by which the same file is recognised.
        book.identifier = made_identifier(data)
    return book, known is None


def _new_book(*, price: int | None = None, published: bool = True, **_: Any) -> Book:
    book = Book(price=price, is_published=published)
    if not published:
        book.first_published_at = None
    return book


def _sample_length(epub: Epub, before: Book | None, *, sample_chapters: int | None = None, **_: Any) -> int:
    now = [chapter.length for chapter in epub.outline]
    if sample_chapters is None:
        # A text of one chapter can have no sample, so nobody chose that it has none.
        if before is None or before.largest_sample == 0:
            sample_chapters = sample_length(epub)
        else:
            sample_chapters = kept_sample(before.sample_chapters, lengths_of(before), now)
    return min(sample_chapters, largest_sample(now))


def _kept(book: Book, said: dict[str, str], choices: Choices) -> set[str]:
    """Return the names of the facts that stay as the book has them, and lock just these."""
    lock_earlier_edits(book)
    different = differences(book, said)
    taken = choices.get("taken", [each.name for each in different if not each.is_locked])
    kept = {each.name for each in different if each.name not in taken}
    unlock(book, {each.name for each in different} - kept)
    lock([book], kept)
    # Equal or not: what is locked is not touched.
    return kept | locked_in(book)


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
