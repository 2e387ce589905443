"""`import_books`: files and folders in, a line for each out."""

import zipfile
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import CommandError, call_command
from django.test import TestCase

from books.models import Book
from books.tests.epubs import METADATA, make_epub, put


class ImportBooksTests(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(TemporaryDirectory()))

    def run_command(self, *paths):
        """Return the lines it wrote and the exit code."""
        out, code = StringIO(), 0
        try:
            call_command("import_books", *paths, stdout=out)
        except SystemExit as end:
            code = end.code
        return out.getvalue().splitlines(), code

    def test_a_file_is_imported_and_the_second_time_updated(self):
        path = make_epub(self.folder / "ferry.epub")

        first, second = self.run_command(path), self.run_command(path)

        self.assertEqual(
            first, (["[1/1] imported The Ferry – 2 chapters", "1 imported, 0 updated, 0 refused."], 0)
        )
        self.assertEqual(
            second, (["[1/1] updated The Ferry – 2 chapters", "0 imported, 1 updated, 0 refused."], 0)
        )

    def test_what_a_new_edition_changed_is_said(self):
        self.run_command(make_epub(self.folder / "ferry.epub"))
        path = make_epub(self.folder / "ferry.epub", chapters={"one.xhtml": "<h1>Low Water</h1><p>Mud.</p>"})

        lines, _ = self.run_command(path)

        self.assertEqual(
            lines[0], "[1/1] updated The Ferry – 1 chapter (1 chapter removed, 1 chapter revised)"
        )

    def test_a_folder_is_searched_to_its_depth(self):
        (self.folder / "deep").mkdir()
        make_epub(self.folder / "a.epub")
        make_epub(self.folder / "deep" / "B.EPUB", metadata=METADATA.replace("4ee55e27", "00000000"))
        (self.folder / "notes.txt").write_text("not a book")

        lines, code = self.run_command(self.folder)

        self.assertEqual((lines[-1], code, Book.objects.count()), ("2 imported, 0 updated, 0 refused.", 0, 2))

    def test_a_bad_file_is_refused_with_its_reason_and_the_rest_goes_on(self):
        (self.folder / "a.epub").write_bytes(b"%PDF")
        make_epub(self.folder / "b.epub", chapters={"one.xhtml": "<p>It rained.</p>"})

        lines, code = self.run_command(self.folder, self.folder / "missing.epub")

        self.assertEqual(
            lines,
            [
                "[1/3] refused: a.epub: The file is not an EPUB: it is not a ZIP archive.",
                "[2/3] imported The Ferry – 1 chapter",
                "[3/3] refused: missing.epub: The file cannot be read (No such file or directory).",
                "1 imported, 0 updated, 2 refused.",
            ],
        )
        self.assertEqual(code, 1)

    def test_what_had_to_be_left_out_is_said(self):
        make_epub(self.folder / "a.epub", cover=b"<svg/>")

        lines, code = self.run_command(self.folder)

        self.assertIn("– 2 chapters Imported without its cover.", lines[0])
        self.assertEqual(code, 0)

    def test_a_folder_without_books_is_an_error(self):
        with self.assertRaisesMessage(CommandError, "No EPUB files found."):
            self.run_command(self.folder)

    def test_a_book_that_would_not_be_all_there_is_refused_and_leaves_nothing(self):
        path = make_epub(self.folder / "ferry.epub", files={"plan.pdf": b"%PDF-1.7"})
        put_into_spine(path, "plan.pdf")

        lines, code = self.run_command(path)

        self.assertEqual(
            lines[0], "[1/1] refused: ferry.epub: A document of the book cannot be shown: EPUB/plan.pdf."
        )
        self.assertEqual((code, Book.objects.count()), (1, 0))

    def test_the_errors_of_a_book_that_is_all_there_are_named(self):
        chapters = {"one.xhtml": '<p id="a">It</p><p id="a">rained.</p><a href="#b">On</a>'}
        path = make_epub(self.folder / "ferry.epub", chapters=chapters)

        lines, code = self.run_command(path)

        self.assertEqual(
            lines[0],
            "[1/1] imported The Ferry – 1 chapter A link leads nowhere in the book: #b in “Chapter 1”. "
            "An id is used twice: a in “Chapter 1”.",
        )
        self.assertEqual((code, Book.objects.count()), (0, 1))


def put_into_spine(path, name):
    """Add a file of the book to the end of its spine."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    package = members["EPUB/package.opf"].decode()
    members["EPUB/package.opf"] = package.replace("</spine>", f'<itemref idref="{name}"/></spine>').encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            put(archive, member, data)
