"""Uploaded EPUBs: examined and kept aside, then imported, put in place of a book's text, or discarded."""

from contextlib import contextmanager
from dataclasses import asdict
from pathlib import PurePath

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from books import access
from books.epub import UnusableEpub
from books.models import Edition, Intake
from books.models.catalogue import private_storage
from books.models.publishing import IntakeState, Likeness
from books.publishing.quarantine import handover
from books.publishing.quarantine.examined import from_answer
from books.publishing.quarantine.examining import examine_epub, refused_if_unforeseen
from users.mail.letters import queue_letters

from . import importing, lengths
from .editions.chapter_changes import compare_chapters
from .editions.locking import in_words
from .editions.recognising import recognise
from .files import remove_on_commit, taken_back_on_failure, temporary_file


class NotTaken(Exception):
    """Nothing was done with the file; the message is one sentence for staff."""


@refused_if_unforeseen(NotTaken)
def take_in(file, *, by):
    """Keep an uploaded file with what examining it found; return its intake.

    Raises NotTaken for a file that cannot become a book, or that is here already, and keeps nothing then.
    """
    if file.size > importing.MAX_BYTES:
        raise NotTaken(importing.TOO_LARGE)
    try:
        data = importing.read_bytes(file)
        examined = examine_epub(data)
    except UnusableEpub as reason:
        raise NotTaken(str(reason)) from reason
    _refuse_known_file(data)
    intake = Intake(filename=file.name[:255], uploaded_by=by, **_facts(examined, data, file.name))
    with taken_back_on_failure() as write, transaction.atomic():
        intake.book, intake.likeness = _recognise(intake)
        if intake.book:
            intake.changes = str(importing.changes_in(intake.book, examined.chapters))
        intake.save()
        _keep(intake, data, examined, write)
        intake.save(update_fields=["file", "cover"])
    return intake


@transaction.atomic
def say_what_it_is(intake, *, is_edition):
    """Note whether a file that waits is an edition of the book that it is like, or another book.

    Raises NotTaken.
    """
    intake = _decide_on_any(intake)
    if intake.book is None or intake.likeness == Likeness.KNOWN:
        raise NotTaken("There is nothing to say about this file.")
    intake.said_edition = is_edition
    intake.save(update_fields=["said_edition"])


@transaction.atomic
def import_new(intake, *, price, sample_chapters, accepted_by=None):
    """Make an unpublished book of a file that waits; return what importing.import_examined does.

    The price is in minor units, or None. `accepted_by` is who knows its errors. Raises NotTaken.
    """
    intake = _decide(intake, accepted_by)
    if intake.is_edition:
        raise NotTaken(f"This is a new edition of “{intake.book}”.")
    return _import(intake, edition_of=None, price=price, sample_chapters=sample_chapters, published=False)


@transaction.atomic
def replace(intake, *, notes, write_to_readers, sample_chapters, taken=None, accepted_by=None):
    """Put a file that waits in place of the book's text; return the import and the number of letters queued.

    `taken` are the names of the facts that the book takes from the file. Nobody is told of a new edition of
    a book that nobody could read before. Raises NotTaken.
    """
    intake = _decide(intake, accepted_by)
    if not intake.is_edition:
        raise NotTaken("This book is not in the shop, so there is nothing to replace.")
    write_to_readers = write_to_readers and intake.book.has_opened
    choices = {"sample_chapters": sample_chapters} | ({} if taken is None else {"taken": taken})
    imported = _import(intake, edition_of=intake.book, **choices)
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
        found = _recognise(intake)
        if found == (intake.book, intake.likeness):
            return False
        intake.book, intake.likeness = found
        intake.changes, intake.said_edition = "", None
        intake.save(update_fields=["book", "likeness", "changes", "said_edition"])
        return True


def chapters_compared(intake):
    """Return what a file that waits would change in its book, chapter by chapter. Raises NotTaken."""
    with _refusals():
        return compare_chapters(intake.book, _examined(intake, _read(intake)).chapters)


def _recognise(intake):
    return recognise(intake.identifier, intake.isbn, title=intake.title, authors=intake.author_names or ())


def _refuse_known_file(data):
    """Raise NotTaken if this very file waits already or is the text of a book."""
    same_name = Intake.objects.filter(file__endswith=f"/{importing.file_name(data)}")
    if same_name.filter(state=IntakeState.WAITING).exists():
        raise NotTaken("This very file is already waiting for review.")
    if book := importing.imported_before(data):
        raise NotTaken(f"This very file is already in the shop as “{book}”.")


def _facts(examined, data, filename):
    """Return what the intake's page says about the book, as fields."""
    epub, metadata = examined.epub, examined.epub.metadata
    return {
        "title": (metadata.title or PurePath(filename).stem)[:200],
        "authors": ", ".join(metadata.authors),
        "language": metadata.language,
        "identifier": importing.identifier_of(metadata, data),
        "isbn": metadata.isbn,
        "chapter_count": len(epub.outline),
        "word_count": lengths.word_count(epub),
        "sample_chapters": lengths.sample_length(epub),
        "largest_sample": lengths.largest_sample([chapter.length for chapter in epub.outline]),
        "facts": in_words(importing.facts_in(examined, filename), importing.stem_of(examined)),
        "author_names": list(metadata.authors),
        "findings": list(map(asdict, examined.messages)),
    }


def _keep(intake, data, examined, write):
    """Write the file, what examining it found, and a small cover; name them in the intake."""
    folder = f"intakes/{intake.pk}"
    intake.file = f"{folder}/{importing.file_name(data)}"
    write(private_storage(), intake.file.name, data)
    with temporary_file() as answer:
        answer.write(examined.answer)
        write(private_storage(), intake.examined_name, File(answer))
    if examined.cover:
        intake.cover = f"{folder}/cover.webp"
        write(private_storage(), intake.cover.name, examined.cover.smallest)


def _examined(intake, data):
    """Return what examining the file found at upload, so that it is opened only once.

    It is examined again if that cannot be read, as for a file that an earlier version of the shop took in.
    """
    try:
        with private_storage().open(intake.examined_name) as file:
            answer = file.read()
        return from_answer(handover.read(answer)["found"], answer)
    except (FileNotFoundError, handover.Garbled, LookupError, TypeError, ValueError):
        return examine_epub(data)


def _decide(intake, accepted_by):
    intake = _decide_on_any(intake)
    if intake.error_count:
        if accepted_by is None:
            raise NotTaken("The file has errors. Fix them and upload it again, or accept them.")
        intake.accepted_by, intake.accepted_at = accepted_by, timezone.now()
    if _recognise(intake) != (intake.book, intake.likeness):
        raise NotTaken("Another file of the same book has been imported since. Please look again.")
    if intake.is_undecided:
        raise NotTaken(f"Please say first whether this is a new edition of “{intake.book}”.")
    return intake


def _decide_on_any(intake):
    """Return the intake locked: if two people decide at once, the first decision counts."""
    locked = Intake.objects.select_for_update(of=("self",)).select_related("book").get(pk=intake.pk)
    if not locked.is_waiting:
        raise NotTaken(f"This file has already been {locked.get_state_display().lower()}.")
    return locked


def _import(intake, **choices):
    with _refusals():
        data = _read(intake)
        imported = importing.import_examined(_examined(intake, data), data, intake.filename, **choices)
    intake.book = imported.book
    intake.changes = str(imported.changes)
    _end(intake, IntakeState.IMPORTED)
    return imported


@contextmanager
def _refusals():
    """Turn what can go wrong with a file that waits into NotTaken."""
    try:
        with refused_if_unforeseen(NotTaken, UnusableEpub, FileNotFoundError):
            yield
    except FileNotFoundError as error:
        raise NotTaken("The file is missing from the storage. Please upload it again.") from error
    except UnusableEpub as reason:
        raise NotTaken(str(reason)) from reason


def _read(intake):
    with intake.file.open("rb") as file:
        return importing.read_bytes(file)


def _end(intake, state):
    remove_on_commit(private_storage(), intake.kept_names)
    intake.state, intake.file, intake.cover = state, "", ""
    intake.save()


def _write_to_readers(edition):
    """Queue a letter to everyone who owns the book; return how many there are."""
    # Low: a log-in code, which works for ten minutes, cannot wait for a thousand of these.
    return queue_letters(
        access.readers_of(edition.book).values_list("email", flat=True),
        f"A new edition of {edition.book}",
        "books/email/new_edition.txt",
        {"edition": edition, "book": edition.book},
        priority="low",
    )
