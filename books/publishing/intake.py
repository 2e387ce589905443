"""Uploaded EPUBs: kept apart and looked at first, then imported, put in place of an edition, or discarded."""

from dataclasses import asdict
from pathlib import PurePath

from django.db import transaction

from books import access
from books.epub import UnusableEpub
from books.models import Edition, Intake
from books.models.catalogue import private_storage
from books.models.publishing import IntakeState
from books.publishing.quarantine.examining import examine_epub, refused_if_unforeseen
from users.mail.letters import queue_letters

from . import importing
from .files import remove_on_commit, taken_back_on_failure


class NotTaken(Exception):
    """Nothing has come of it; the message is one sentence for staff."""


@refused_if_unforeseen(NotTaken)
def take_in(file, *, by):
    """Keep an uploaded file with what the preflight finds in it; return its intake.

    Raises NotTaken for a file that no book can be made of, or that is here already, and keeps nothing of it.
    """
    if file.size > importing.MAX_BYTES:
        raise NotTaken(importing.TOO_LARGE)
    try:
        data = importing.read_bytes(file)
        examined = examine_epub(data)
    except UnusableEpub as reason:
        raise NotTaken(str(reason)) from reason
    name = importing.file_name(data)
    if Intake.objects.filter(state=IntakeState.WAITING, file__endswith=f"/{name}").exists():
        raise NotTaken("This very file is waiting already.")
    if book := importing.imported_before(data):
        raise NotTaken(f"This very file is “{book}” as it is on the shelf.")
    epub, metadata = examined.epub, examined.epub.metadata
    intake = Intake(
        filename=file.name[:255],
        uploaded_by=by,
        title=(metadata.title or PurePath(file.name).stem)[:200],
        authors=", ".join(metadata.authors),
        language=metadata.language,
        identifier=importing.identifier_of(metadata, data),
        isbn=metadata.isbn,
        chapter_count=len(epub.chapters),
        word_count=importing.word_count(epub),
        sample_chapters=importing.sample_length(epub),
        findings=list(map(asdict, examined.findings)),
    )
    with taken_back_on_failure() as write, transaction.atomic():
        intake.book = importing.known_book(intake.identifier, intake.isbn)
        if intake.book:
            intake.changes = str(importing.changes_in(intake.book, epub))
        intake.save()
        folder = f"intakes/{intake.pk}"
        intake.file = f"{folder}/{name}"
        write(private_storage(), intake.file.name, data)
        if examined.cover:
            intake.cover = f"{folder}/cover.webp"
            write(private_storage(), intake.cover.name, examined.cover.smallest)
        intake.save(update_fields=["file", "cover"])
    return intake


@transaction.atomic
def import_new(intake, *, price, sample_chapters):
    """Make an unpublished book of a file that waits; return what importing.import_epub does.

    The price is in minor units, or None. Raises NotTaken.
    """
    intake = _decide(intake)
    if intake.book:
        raise NotTaken(f"This is an edition of “{intake.book}”.")
    return _import(intake, price=price, sample_chapters=sample_chapters, published=False)


@transaction.atomic
def replace(intake, *, notes, write_to_readers):
    """Put a file that waits in place of the book's text; return the import and the number of letters queued.

    Raises NotTaken.
    """
    intake = _decide(intake)
    if not intake.book:
        raise NotTaken("There is no book of which this is an edition.")
    imported = _import(intake)
    edition = Edition.objects.create(book=imported.book, notes=notes, changes=str(imported.changes))
    return imported, _write_to_readers(edition) if write_to_readers else 0


@transaction.atomic
def discard(intake):
    """Forget a file that waits. Raises NotTaken."""
    _end(_decide_on_any(intake), IntakeState.DISCARDED)


def match_again(intake):
    """Note which book the file is an edition of now; tell whether that has changed since it was uploaded.

    While it waited, another file of the same book may have been imported, or the book deleted.
    """
    with transaction.atomic():
        book = importing.known_book(intake.identifier, intake.isbn)
        if book == intake.book:
            return False
        intake.book, intake.changes = book, ""
        intake.save(update_fields=["book", "changes"])
        return True


def _decide(intake):
    intake = _decide_on_any(intake)
    if intake.is_blocked:
        raise NotTaken("The errors have to be mended first.")
    if importing.known_book(intake.identifier, intake.isbn) != intake.book:
        raise NotTaken("Another file of the same book was imported meanwhile. Please look again.")
    return intake


def _decide_on_any(intake):
    """Return the intake locked; of two people who decide about it at once the first one does."""
    locked = Intake.objects.select_for_update(of=("self",)).select_related("book").get(pk=intake.pk)
    if not locked.is_waiting:
        raise NotTaken(f"This file was {locked.get_state_display().lower()} already.")
    return locked


def _import(intake, **choices):
    try:
        with refused_if_unforeseen(NotTaken, UnusableEpub, FileNotFoundError), intake.file.open("rb") as file:
            imported = importing.import_epub(file, **choices)
    except FileNotFoundError as error:
        raise NotTaken("The file is missing from the storage: please upload it again.") from error
    except UnusableEpub as reason:
        raise NotTaken(str(reason)) from reason
    intake.book = imported.book
    intake.changes = str(imported.changes)
    _end(intake, IntakeState.IMPORTED)
    return imported


def _end(intake, state):
    remove_on_commit(private_storage(), {file.name for file in (intake.file, intake.cover) if file})
    intake.state, intake.file, intake.cover = state, "", ""
    intake.save()


def _write_to_readers(edition):
    """Queue a letter to everyone who owns the book; return how many there are."""
    # Low: a log-in code, which works for ten minutes, cannot wait behind a thousand of these.
    return queue_letters(
        access.readers_of(edition.book).values_list("email", flat=True),
        f"A new edition of {edition.book}",
        "books/email/new_edition.txt",
        {"edition": edition, "book": edition.book},
        priority="low",
    )
