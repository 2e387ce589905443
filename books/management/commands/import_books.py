from argparse import ArgumentTypeError
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from books.epub import UnusableEpub
from books.models import Book
from books.publishing.lengths import lengths_of, share_of_text
from books.publishing.quarantine.examining import refused_if_unforeseen
from books.publishing.unattended import import_unattended
from users.names import visible


class Command(BaseCommand):
    help = "Import EPUB files into the shop; a book that is there already gets its new text."

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", metavar="PATH", nargs="+", type=Path, help="EPUB files, or folders of them."
        )
        parser.add_argument(
            "--as-edition-of",
            metavar="BOOK",
            type=UUID,
            help="Put the one file in place of this book's text; BOOK is the id in the book's address.",
        )
        parser.add_argument(
            "--sample",
            metavar="N",
            type=_whole,
            help="Let everybody read the first N chapters; 0 for no sample. Never all of the book.",
        )
        parser.add_argument(
            "--accept-faults",
            action="store_true",
            help="Import files in which the check found errors too; they are printed.",
        )

    def handle(self, *, paths, as_edition_of, sample, accept_faults, **options):
        files = _epub_files(paths)
        if not files:
            raise CommandError("No EPUB files found.")
        book = _book(as_edition_of, files)
        counts = {"imported": 0, "updated": 0, "refused": 0}
        for number, path in enumerate(files, 1):
            word, line = _import(
                path, as_edition_of=book, sample_chapters=sample, accepts_faults=accept_faults
            )
            counts[word] += 1
            self.stdout.write(f"[{number}/{len(files)}] {line}")
        self.stdout.write(", ".join(f"{count} {word}" for word, count in counts.items()) + ".")
        if counts["refused"]:
            raise SystemExit(1)


def _whole(text):
    """Return the number of chapters; argparse turns the error into a sentence."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"“{text}” is no number of chapters.")
    return int(text)


def _epub_files(paths):
    files = []
    for path in paths:
        files += sorted(path.rglob("*.epub", case_sensitive=False)) if path.is_dir() else [path]
    return files


def _book(pk, files):
    if pk is None:
        return None
    if len(files) > 1:
        raise CommandError("One file at a time can be an edition of a book.")
    book = Book.objects.filter(pk=pk).first()
    if book is None:
        raise CommandError("There is no book with this id.")
    return book


def _import(path, **choices):
    """Return what became of the file as one word, and as a line."""
    try:
        with refused_if_unforeseen(UnusableEpub, OSError), path.open("rb") as file:
            imported = import_unattended(file, **choices)
    except OSError as error:
        return "refused", f"refused: {visible(path.name)}: The file cannot be read ({error.strerror})."
    except UnusableEpub as reason:
        return "refused", f"refused: {visible(path.name)}: {reason}"
    word = "imported" if imported.created else "updated"
    chapters = "1 chapter" if imported.chapters == 1 else f"{imported.chapters} chapters"
    changes = [f"({imported.changes})"] if imported.changes else []
    sample = [] if imported.created else [_sample_of(imported)]
    return word, " ".join([f"{word} {imported.book} – {chapters}", *changes, *sample, *imported.notes])


def _sample_of(imported):
    """Say how long the sample is: a new text may be divided otherwise, and nobody has been asked."""
    free, before = imported.book.sample_chapters, imported.sample_before
    share = share_of_text(free, lengths_of(imported.book))
    now = f"is {free} of {imported.chapters} chapters, {share:.0%} of the text" if free else "has no chapter"
    return f"The sample {now}{f'; it had {before}' if before != free else ''}; --sample N changes that."
