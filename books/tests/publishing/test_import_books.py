"""`import_books`: files and folders in, a line for each out."""

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.core.management import CommandError, call_command
from django.test import TestCase

from books.models import Book
from books.publishing.editions.locking import lock
from books.tests.builders import make_book
from books.tests.epubs import METADATA, make_epub

SAMPLE = "The sample is 1 of 2 chapters, 48% of the text; --sample N changes that."
ANOTHER = METADATA.replace("4ee55e27", "00000000").replace("The Ferry", "The Tram")


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
            second,
            ([f"[1/1] updated The Ferry – 2 chapters {SAMPLE}", "0 imported, 1 updated, 0 refused."], 0),
        )

    def test_another_spelling_of_the_author_or_the_title_is_not_another_book(self):
        make_book("The Ferry: Low Water!", authors=["Ada Quill"])
        for title, author, refused in [
            ("The Ferry: Low Water!", "Ada Quill", 1),
            ("THE FERRY – Low Water", "QUILL, ADA", 1),
            ("The Férry: low water", "Adá Quill", 1),
            ("The Ferry", "Ada Quill", 0),
            ("The Ferry: Low Water!", "Bob Quill", 0),
        ]:
            with self.subTest(title, author=author):
                metadata = f"""<dc:identifier id="uid">urn:uuid:{uuid4()}</dc:identifier>
                    <dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>en</dc:language>"""

                lines, _ = self.run_command(make_epub(self.folder / "other.epub", metadata=metadata))

                self.assertIn(f"{refused} refused.", lines[-1])

    def test_what_a_new_edition_changed_is_said(self):
        self.run_command(make_epub(self.folder / "ferry.epub"))
        path = make_epub(self.folder / "ferry.epub", chapters={"one.xhtml": "<h1>Low Water</h1><p>Mud.</p>"})

        lines, _ = self.run_command(path)

        self.assertEqual(
            lines[0],
            "[1/1] updated The Ferry – 1 chapter (1 chapter removed, 1 chapter revised) "
            "The sample has no chapter; it had 1; --sample N changes that.",
        )

    def test_a_folder_is_searched_to_its_depth(self):
        (self.folder / "deep").mkdir()
        make_epub(self.folder / "a.epub")
        make_epub(self.folder / "deep" / "B.EPUB", metadata=ANOTHER)
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

    def test_a_file_with_errors_is_refused_until_somebody_accepts_them(self):
        make_epub(self.folder / "a.epub", cover=b"no picture")

        lines, code = self.run_command(self.folder)

        self.assertIn("refused: a.epub: The cover cannot be used. ", lines[0])
        self.assertIn("add --accept-faults.", lines[0])
        self.assertEqual((code, Book.objects.count()), (1, 0))
        lines, code = self.run_command(self.folder, "--accept-faults")
        self.assertIn("imported The Ferry – 2 chapters Imported without its cover.", lines[0])
        self.assertEqual((code, Book.objects.count()), (0, 1))

    def test_a_known_title_under_another_identifier_is_an_edition_only_if_told_so(self):
        self.run_command(make_epub(self.folder / "monday.epub"))
        book = Book.objects.get()
        metadata = METADATA.replace("4ee55e27", "00000000").replace("The Ferry", "THE FERRY!")
        path = make_epub(self.folder / "tuesday.epub", metadata=metadata)

        lines, code = self.run_command(path)

        self.assertIn("“The Ferry” by the same author is in the shop under another identifier.", lines[0])
        self.assertIn(f"add --as-edition-of {book.pk}", lines[0])
        self.assertEqual((code, Book.objects.count()), (1, 1))
        self.assertEqual(self.run_command(path, "--as-edition-of", str(book.pk))[1], 0)
        self.assertEqual((Book.objects.count(), Book.objects.get().title), (1, "THE FERRY!"))
        self.assertEqual(self.run_command(path)[1], 0)

    def test_the_identifier_of_another_book_does_not_overwrite_it(self):
        self.run_command(make_epub(self.folder / "ferry.epub"))
        book = Book.objects.get()
        metadata = METADATA.replace("The Ferry", "Volume Two").replace("Ada Quill", "Bo Ink")
        path = make_epub(self.folder / "two.epub", metadata=metadata, chapters={"one.xhtml": "<p>Two.</p>"})

        lines, code = self.run_command(path)

        self.assertIn("has the identifier or ISBN of this file, but another title or author", lines[0])
        self.assertEqual((code, book.chapters.count()), (1, 2))
        self.assertEqual(self.run_command(path, "--as-edition-of", str(book.pk))[1], 0)
        self.assertEqual((Book.objects.get().pk, Book.objects.get().title), (book.pk, "Volume Two"))

    def test_nor_one_whose_title_staff_have_corrected(self):
        self.run_command(make_epub(self.folder / "ferry.epub"))
        Book.objects.update(title="The Ferry at Low Water")
        lock(Book.objects.all(), ["title"])
        path = make_epub(self.folder / "two.epub", metadata=METADATA.replace("The Ferry", "The Tram"))

        lines, code = self.run_command(path)

        self.assertIn("has the identifier or ISBN of this file, but another title or author", lines[0])
        self.assertEqual((code, Book.objects.get().title), (1, "The Ferry at Low Water"))

    def test_an_edition_says_what_its_sample_is_and_takes_another(self):
        three = {f"{number}.xhtml": f"<p>{'It rained. ' * 40}</p>" for number in range(3)}
        path = make_epub(self.folder / "ferry.epub", chapters=three)
        self.run_command(path)
        as_edition = ("--as-edition-of", str(Book.objects.get().pk))

        for chosen, sentence, sample in [
            ((), "The sample is 1 of 3 chapters, 33% of the text; --sample N changes that.", 1),
            (("--sample", "0"), "The sample has no chapter; it had 1; --sample N changes that.", 0),
            ((), "The sample has no chapter; --sample N changes that.", 0),
            # Never the whole book.
            (
                ("--sample", "9"),
                "The sample is 2 of 3 chapters, 67% of the text; it had 0; --sample N changes that.",
                2,
            ),
        ]:
            with self.subTest(chosen=chosen, sample=sample):
                lines, code = self.run_command(path, *as_edition, *chosen)

                self.assertIn(sentence, lines[0])
                self.assertEqual((code, Book.objects.get().sample_chapters), (0, sample))
        with self.assertRaisesMessage(CommandError, "“-1” is no number of chapters."):
            self.run_command(path, *as_edition, "--sample=-1")

    def test_a_text_in_fewer_files_gives_no_more_of_it_away(self):
        ten = {f"{number}.xhtml": "<p>It rained.</p>" * 40 for number in range(10)}
        for chapters, sentence, sample in [
            (
                {"a.xhtml": "<p>It rained.</p>" * 344, "b.xhtml": "<p>It rained.</p>" * 56},
                "has no chapter; it had 1",
                0,
            ),
            (
                {f"{number}.xhtml": "<p>It rained.</p>" * 80 for number in range(5)},
                "is 1 of 5 chapters, 20%",
                1,
            ),
            ({"foreword.xhtml": "<p>Mud.</p>", **ten}, "is 1 of 11 chapters, 0%", 1),
            (ten, "is 1 of 10 chapters, 10%", 1),
        ]:
            with self.subTest(sentence):
                self.run_command(make_epub(self.folder / "ferry.epub", chapters=ten), "--sample", "1")

                lines, code = self.run_command(make_epub(self.folder / "ferry.epub", chapters=chapters))

                self.assertIn(f"The sample {sentence}", lines[0])
                self.assertEqual((code, Book.objects.get().sample_chapters), (0, sample))

    def test_a_longer_sample_shrinks_to_about_its_share(self):
        ten = {f"{number}.xhtml": "<p>It rained.</p>" * 40 for number in range(10)}
        five = {f"{number}.xhtml": "<p>It rained.</p>" * 80 for number in range(5)}
        self.run_command(make_epub(self.folder / "ferry.epub", chapters=ten), "--sample", "3")

        lines, _ = self.run_command(make_epub(self.folder / "ferry.epub", chapters=five))

        self.assertIn("The sample is 2 of 5 chapters, 40% of the text; it had 3; --sample N", lines[0])

    def test_an_edition_is_one_file_of_a_book_that_is_there(self):
        make_epub(self.folder / "a.epub")
        make_epub(self.folder / "b.epub", metadata=ANOTHER)
        book = make_book()

        with self.assertRaisesMessage(CommandError, "One file at a time"):
            self.run_command(self.folder, "--as-edition-of", str(book.pk))
        with self.assertRaisesMessage(CommandError, "There is no book with this id."):
            self.run_command(self.folder / "a.epub", "--as-edition-of", str(uuid4()))
        self.assertEqual(Book.objects.count(), 1)

    def test_what_staff_have_typed_stays(self):
        path = make_epub(self.folder / "ferry.epub")
        self.run_command(path)
        Book.objects.update(title="The Ferry at Low Water")
        lock(Book.objects.all(), ["title"])

        self.run_command(path)

        self.assertEqual(Book.objects.get().title, "The Ferry at Low Water")

    def test_a_folder_without_books_is_an_error(self):
        with self.assertRaisesMessage(CommandError, "No EPUB files found."):
            self.run_command(self.folder)
