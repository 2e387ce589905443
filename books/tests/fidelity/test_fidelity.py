"""`make fidelity`: which words of many EPUBs do not arrive."""

import zipfile
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import TestCase

from books.fidelity import measuring
from books.fidelity.files import bytes_of, epubs_in
from books.fidelity.measuring import measure
from books.models import Book
from books.tests.builders import make_book
from books.tests.epubs import METADATA, make_epub


class FidelityTests(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))

    def run_command(self):
        """Return what it wrote to standard output and the exit code."""
        out, code = StringIO(), 0
        try:
            call_command("fidelity", self.folder, stdout=out, stderr=StringIO())
        except SystemExit as end:
            code = end.code
        return out.getvalue(), code

    def test_files_and_unpacked_folders_are_found_to_any_depth_and_measured(self):
        make_epub(self.folder / "a.epub")
        with zipfile.ZipFile(make_epub(metadata=METADATA.replace("4ee55e27", "00000000"))) as archive:
            archive.extractall(self.folder / "deep/b")

        table, code = self.run_command()

        self.assertEqual([path.name for path in epubs_in(self.folder)], ["a.epub", "b"])
        self.assertIn("| imported | 2 |", table)
        self.assertIn("| **lost without a report** | 0 |", table)
        self.assertEqual((code, Book.objects.count()), (0, 0))

    def test_a_packed_folder_is_the_book_that_it_was(self):
        with zipfile.ZipFile(make_epub()) as archive:
            archive.extractall(self.folder)

        measured = measure("ferry.epub", bytes_of(self.folder))

        self.assertEqual((measured.refusal, measured.said, measured.lost), ("", 34, 0))

    def test_refusals_are_counted_by_their_sentence(self):
        for name in "ab":
            (self.folder / f"{name}.epub").write_bytes(b"%PDF")

        table, code = self.run_command()

        self.assertIn("| The file is not an EPUB | 2 |", table)
        self.assertEqual(code, 0)

    def test_what_is_left_out_and_reported_is_not_lost(self):
        body = '<p>It rained.</p><p role="navigation">Back to the start</p>'

        measured = measure("ferry.epub", make_epub(chapters={"one.xhtml": body}).getvalue())

        self.assertEqual((measured.said, measured.shown, measured.reported, measured.lost), (22, 8, 14, 0))

    def test_words_that_are_neither_shown_nor_reported_are_lost_and_the_command_fails(self):
        make_epub(self.folder / "a.epub")

        def forgetful(examined, data, name, **choices):
            imported = whole(examined, data, name, **choices)
            imported.book.chapters.filter(number=2).delete()
            return imported

        whole = measuring.import_examined
        with patch.object(measuring, "import_examined", forgetful):
            table, code = self.run_command()

        self.assertIn("| a.epub | 18 |", table)
        self.assertEqual(code, 1)

    def test_a_shop_with_books_is_not_measured_in(self):
        make_book()

        with self.assertRaisesMessage(CommandError, "This shop has books."):
            self.run_command()

    def test_a_folder_without_books_is_said(self):
        with self.assertRaisesMessage(CommandError, "No EPUBs found."):
            self.run_command()
