"""A book that would not be all there does not get into the shop unnoticed."""

import zipfile
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.test import TestCase

from books.models import Book
from books.tests.epubs import make_epub, put

LOST = "A document of the book cannot be shown: EPUB/plan.pdf."


def put_into_spine(path, name):
    """Add a file of the book to the end of its spine."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    package = members["EPUB/package.opf"].decode()
    members["EPUB/package.opf"] = package.replace("</spine>", f'<itemref idref="{name}"/></spine>').encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            put(archive, member, data)


class LossTests(TestCase):
    def setUp(self):
        folder = Path(self.enterContext(TemporaryDirectory()))
        self.path = make_epub(folder / "ferry.epub", files={"plan.pdf": b"%PDF-1.7"})

    def import_books(self):
        """Return what import_books wrote and its exit code."""
        out, code = StringIO(), 0
        try:
            call_command("import_books", self.path, stdout=out)
        except SystemExit as end:
            code = end.code
        return out.getvalue(), code

    def test_import_books_refuses_a_book_with_a_lost_document_by_name_and_leaves_nothing(self):
        put_into_spine(self.path, "plan.pdf")

        written, code = self.import_books()

        self.assertIn(f"refused: ferry.epub: {LOST}", written)
        self.assertEqual((code, Book.objects.count()), (1, 0))

    def test_the_same_book_without_it_in_the_spine_is_imported(self):
        written, code = self.import_books()

        self.assertIn("imported The Ferry", written)
        self.assertEqual((code, Book.objects.count()), (0, 1))
