"""Importing files without anybody there to ask: what somebody should decide is refused."""

from dataclasses import replace
from typing import BinaryIO

from django.db import transaction

from books.epub import UnusableEpub
from books.models import Book
from books.publishing.quarantine.examined import Examined

from .editions.recognising import DOUBTS, recognise
from .importing import (
    Choices,
    Imported,
    errors_beside_the_cover,
    examine,
    facts_in,
    identifier_of,
    import_examined,
)


def import_unattended(
    file: BinaryIO,
    *,
    as_edition_of: Book | None = None,
    sample_chapters: int | None = None,
    accepts_faults: bool = False,
) -> Imported:
    """Import a file as import_epub does, but refuse what somebody should decide.

    That is a file with errors, and one that may or may not be an edition of a book, unless told so. The
    sample has as many chapters as `sample_chapters` says, or else lengths.kept_sample, within what a sample
    can have. Raises UnusableEpub, whose sentence says what can be done.
    """
    examined, data, filename = examine(file)
    errors = [message.sentence for message in examined.messages if message.level == "error"]
    if errors and not accepts_faults:
        raise UnusableEpub(f"{' '.join(errors)} To import it all the same, add --accept-faults.")
    choices: Choices = {"edition_of": as_edition_of} if as_edition_of else {}
    if sample_chapters is not None:
        choices["sample_chapters"] = sample_chapters
    with transaction.atomic():
        if not as_edition_of:
            _refuse_doubtful(examined, data, filename)
        imported = import_examined(examined, data, filename, **choices)
    return replace(imported, notes=(*imported.notes, *errors_beside_the_cover(examined)))


def _refuse_doubtful(examined: Examined, data: bytes, filename: str) -> None:
    metadata = examined.epub.metadata
    book, likeness = recognise(
        identifier_of(metadata, data),
        metadata.isbn,
        title=facts_in(examined, filename)["title"],
        authors=metadata.authors,
    )
    if book and likeness in DOUBTS:
        raise UnusableEpub(
            f"{DOUBTS[likeness].format(book=book)} If it is a new edition, add --as-edition-of {book.pk}; "
            "if it is another book, upload it in the admin and say so."
        )
