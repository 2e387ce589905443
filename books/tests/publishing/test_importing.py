"""From an EPUB file to the shelf, and to the shelf again."""

import tracemalloc
from io import BytesIO
from unittest.mock import patch

from django.core.files.storage import default_storage
from django.test import TestCase

from books.epub import UnusableEpub
from books.models import Author, Book, Chapter, Illustration
from books.models.catalogue import private_storage
from books.publishing.editions.comparing import Changes
from books.publishing.importing import import_epub, imported_before
from books.search import search
from books.tests.builders import make_book, make_reader, make_review
from books.tests.epubs import CHAPTERS, METADATA, long_epub, make_epub, make_picture

NO_IDENTIFIER = "<dc:title>The Ferry</dc:title>"
WITH_MAP = {"one.xhtml": '<p>A map: <img src="map.png" alt="A map"/></p>', "two.xhtml": "<p>It rained.</p>"}


def content(field):
    """Return the bytes of a stored file."""
    with field.open() as file:
        return file.read()


def stored():
    """Return the names of all stored files that belong to a book."""
    names = []
    for storage in (default_storage, private_storage()):
        for folder in ("covers", "epubs", "illustrations"):
            if storage.exists(folder):
                names += [
                    f"{folder}/{book}/{name}"
                    for book in storage.listdir(folder)[0]
                    for name in storage.listdir(f"{folder}/{book}")[1]
                ]
    return set(names)


def most_memory(work):
    """Return the most memory, in megabytes, that Python's objects took during the work."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1024**2
    finally:
        tracemalloc.stop()


class NewBookTests(TestCase):
    def test_a_long_book_is_stored_chapter_by_chapter(self):
        """Its texts, HTML and plain, would take 32 MB."""
        file = long_epub()

        self.assertLess(most_memory(lambda: import_epub(file)), 16)

        self.assertEqual(Chapter.objects.count(), 60)

    def test_a_book_comes_with_all_it_says(self):
        metadata = METADATA + (
            "<dc:creator>Bo Ink</dc:creator><dc:subject>Tides</dc:subject><dc:date>2024-06-17</dc:date>"
            "<dc:identifier>9783161484100</dc:identifier><dc:description>Eleven minutes.</dc:description>"
        )

        imported = import_epub(make_epub(metadata=metadata, cover=make_picture(size=(600, 900))), price=900)

        book = Book.objects.get()
        self.assertEqual(
            (imported.book, imported.created, imported.chapters, imported.notes), (book, True, 2, ())
        )
        self.assertEqual((book.title, book.author_names, book.price), ("The Ferry", "Ada Quill, Bo Ink", 900))
        self.assertEqual(
            (book.language, book.isbn, str(book.published)), ("en", "9783161484100", "2024-06-17")
        )
        self.assertEqual((book.description, book.word_count), ("Eleven minutes.", 8))
        self.assertEqual([subject.name for subject in book.subjects.all()], ["Tides"])
        self.assertEqual([chapter.title for chapter in book.chapters.all()], ["Low Water", "High Water"])
        self.assertEqual(book.contents[1], {"title": "High Water", "chapter": 2, "fragment": "", "depth": 0})
        self.assertEqual(book.cover_widths, [240, 480])

    def test_a_book_keeps_how_it_is_shown_and_how_accessible_it_says_it_is(self):
        metadata = METADATA + (
            '<meta property="rendition:layout">pre-paginated</meta>'
            '<meta name="primary-writing-mode" content="vertical-rl"/>'
            '<meta property="schema:accessMode">textual</meta>'
        )

        import_epub(make_epub(metadata=metadata, progression="rtl"))

        book = Book.objects.get()
        self.assertEqual(
            (book.layout, book.writing_mode, book.page_progression), ("fixed", "vertical-rl", "rtl")
        )
        self.assertEqual(book.accessibility, {"accessMode": ["textual"]})
        import_epub(make_epub())
        book.refresh_from_db()
        self.assertEqual(
            (book.layout, book.writing_mode, book.page_progression), ("reflowable", "horizontal", "default")
        )
        self.assertEqual(book.accessibility, {})

    def test_the_file_itself_is_kept_in_private(self):
        file = make_epub()

        book = import_epub(file).book

        self.assertEqual(content(book.epub), file.getvalue())
        self.assertFalse(default_storage.exists(book.epub.name))

    def test_a_new_book_can_be_found(self):
        book = import_epub(make_epub()).book

        self.assertEqual(search("ferry quill")[:9], [book.pk])

    def test_a_book_without_a_title_is_called_as_its_file_is(self):
        file = make_epub(metadata="<dc:language>en</dc:language>")
        file.name = "/somewhere/Low Water.epub"

        self.assertEqual(import_epub(file).book.title, "Low Water")

    def test_a_book_with_an_unusable_cover_comes_without_it_and_says_so(self):
        imported = import_epub(make_epub(cover=b"no picture"))

        self.assertEqual(imported.book.cover.name, "")
        self.assertEqual(
            imported.notes, ("Imported without its cover. The picture is not a PNG, JPEG, GIF or WebP file.",)
        )

    def test_illustrations_are_stored_in_private_with_the_chapter_that_shows_them_first(self):
        import_epub(make_epub(chapters=WITH_MAP, files={"map.png": make_picture()}))

        illustration = Illustration.objects.get()
        self.assertEqual((illustration.first_chapter, content(illustration.file)), (1, make_picture()))

    def test_the_sample_reaches_to_the_first_chapter_that_gives_a_taste(self):
        long = "<p>" + "It rained. " * 150 + "</p>"
        chapters = {"title.xhtml": "<h1>The Ferry</h1>", "one.xhtml": long, "two.xhtml": long}

        self.assertEqual(import_epub(make_epub(chapters=chapters)).book.sample_chapters, 2)

    def test_the_sample_of_a_book_of_short_chapters_is_the_first(self):
        self.assertEqual(import_epub(make_epub()).book.sample_chapters, 1)

    def test_long_words_of_a_book_are_cut_to_what_fits(self):
        metadata = (
            f"<dc:title>{'t' * 300}</dc:title><dc:creator>{'c' * 300}</dc:creator>"
            f"<dc:subject>{'s' * 300}</dc:subject><dc:identifier>{'1' * 300}</dc:identifier>"
        )

        book = import_epub(make_epub(metadata=metadata, chapters={"a.xhtml": f"<h1>{'h' * 400}</h1>"})).book

        self.assertEqual((len(book.title), len(book.author_names), len(book.identifier)), (200, 200, 255))
        self.assertEqual(len(book.chapters.get().title), 300)


class SecondImportTests(TestCase):
    def test_the_same_identifier_is_the_same_book_with_new_text(self):
        first = import_epub(make_epub(), price=900).book
        chapter = first.chapters.get(number=1)
        review = make_review(first, make_reader())
        Book.objects.update(price=1200, sample_chapters=0)

        again = import_epub(make_epub(chapters={"one.xhtml": "<h1>Mud</h1><p>It dried.</p>"}), price=100)

        book = Book.objects.get()
        self.assertEqual(
            (again.created, book.pk, book.price, book.sample_chapters), (False, first.pk, 1200, 0)
        )
        self.assertEqual(list(book.reviews.all()), [review])
        self.assertEqual([(c.pk, c.title) for c in book.chapters.all()], [(chapter.pk, "Mud")])

    def test_a_new_edition_says_what_it_changed(self):
        first = import_epub(make_epub())
        chapters = {
            "one.xhtml": "<h1>Low Water</h1><p>It poured.</p>",
            "two.xhtml": "<h1>Flood</h1><p>It stopped.</p>",
            "three.xhtml": "<h1>Mud</h1>",
        }

        second = import_epub(make_epub(chapters=chapters))

        self.assertEqual(first.changes, Changes())
        self.assertEqual(second.changes, Changes(added=1, renamed=1, revised=1))

    def test_a_position_in_a_chapter_that_stayed_is_still_there(self):
        first = import_epub(make_epub()).book
        keys = list(first.chapters.values_list("pk", flat=True))

        import_epub(make_epub(chapters=CHAPTERS | {"three.xhtml": "<h1>Mud</h1>"}))

        self.assertEqual(list(first.chapters.values_list("pk", flat=True))[:2], keys)
        self.assertEqual([chapter.number for chapter in first.chapters.all()], [1, 2, 3])

    def test_what_the_new_file_says_replaces_what_the_old_one_said(self):
        import_epub(make_epub(metadata=METADATA + "<dc:subject>Tides</dc:subject>"))

        import_epub(
            make_epub(metadata=METADATA.replace("Ada Quill", "Ada Q.").replace("The Ferry", "The Boat"))
        )

        book = Book.objects.get()
        self.assertEqual((book.title, book.author_names, book.subjects.count()), ("The Boat", "Ada Q.", 0))
        self.assertEqual(search("boat")[:9], [book.pk])
        self.assertEqual(search("ferry")[:9], [])

    def test_cover_and_description_stay_if_the_new_file_brings_none(self):
        metadata = METADATA + "<dc:description>Eleven minutes.</dc:description>"
        cover = import_epub(make_epub(metadata=metadata, cover=make_picture())).book.cover

        book = import_epub(make_epub()).book

        self.assertEqual((book.cover, book.description), (cover, "Eleven minutes."))

    def test_another_identifier_is_another_book(self):
        import_epub(make_epub())

        import_epub(make_epub(metadata=METADATA.replace("4ee55e27", "00000000")))

        self.assertEqual(Book.objects.count(), 2)

    def test_an_identifier_that_says_nothing_makes_no_two_books_one(self):
        unknown = '<dc:identifier id="uid">unknown</dc:identifier><dc:title>{}</dc:title>'
        import_epub(make_epub(metadata=unknown.format("One")))

        import_epub(make_epub(metadata=unknown.format("Two")))

        self.assertEqual(Book.objects.count(), 2)

    def test_the_same_file_is_the_same_book_even_without_an_identifier(self):
        first = import_epub(make_epub(metadata=NO_IDENTIFIER))

        again = import_epub(make_epub(metadata=NO_IDENTIFIER))

        self.assertEqual((again.created, again.book), (False, first.book))

    def test_the_same_isbn_is_the_same_book(self):
        book = make_book(isbn="9783161484100")

        imported = import_epub(make_epub(metadata=METADATA + "<dc:identifier>9783161484100</dc:identifier>"))

        self.assertEqual((imported.created, imported.book), (False, book))

    def test_an_isbn_that_another_book_has_is_refused(self):
        import_epub(make_epub())
        make_book(isbn="9783161484100")

        with self.assertRaisesMessage(UnusableEpub, "Another book in the shop has this ISBN or identifier."):
            import_epub(make_epub(metadata=METADATA + "<dc:identifier>9783161484100</dc:identifier>"))

    def test_a_file_is_known_again(self):
        file = make_epub()
        book = import_epub(file).book

        self.assertEqual(imported_before(file.getvalue()), book)
        self.assertIsNone(imported_before(b"another"))


class FileTests(TestCase):
    def setUp(self):
        self.before = stored()

    def test_files_that_nothing_names_any_more_are_removed(self):
        with self.captureOnCommitCallbacks(execute=True):
            import_epub(make_epub(chapters=WITH_MAP, files={"map.png": make_picture()}, cover=make_picture()))

        with self.captureOnCommitCallbacks(execute=True):
            import_epub(
                make_epub(
                    chapters=WITH_MAP,
                    files={"map.png": make_picture(colour="red")},
                    cover=make_picture(colour="red"),
                )
            )

        book = Book.objects.get()
        stem = book.cover.name.removesuffix(".png")
        named = {book.epub.name, Illustration.objects.get().file.name, book.cover.name, f"{stem}-6.webp"}
        self.assertEqual(stored() - self.before, named)

    def test_a_failing_import_leaves_no_file_and_no_row(self):
        file = make_epub(chapters=WITH_MAP, files={"map.png": make_picture()}, cover=make_picture())

        with patch("books.search.index", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            import_epub(file)

        self.assertEqual(stored(), self.before)
        self.assertEqual((Book.objects.count(), Chapter.objects.count(), Author.objects.count()), (0, 0, 0))

    def test_a_failing_second_import_leaves_the_book_as_it_was(self):
        with self.captureOnCommitCallbacks(execute=True):
            book = import_epub(make_epub(cover=make_picture())).book
        files = stored()

        with patch("books.search.index", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            import_epub(make_epub(chapters={"one.xhtml": "<p>New.</p>"}, cover=make_picture(colour="red")))

        self.assertEqual(stored(), files)
        self.assertEqual(book.chapters.count(), 2)

    def test_a_file_left_half_written_is_written_again(self):
        file = make_epub()
        book = import_epub(file).book
        with private_storage().open(book.epub.name, "wb") as half:
            half.write(b"PK")

        import_epub(BytesIO(file.getvalue()))

        self.assertEqual(content(Book.objects.get().epub), file.getvalue())

    def test_a_file_too_large_is_refused_before_it_is_opened(self):
        with (
            patch("books.publishing.importing.MAX_BYTES", 100),
            self.assertRaisesMessage(UnusableEpub, "is larger than"),
        ):
            import_epub(make_epub())

    def test_words_are_counted_in_every_script(self):
        import_epub(
            make_epub(
                chapters={"one.xhtml": "<p>It’s well-known: 雨です 2024.</p>"} | {"two.xhtml": "<p>a</p>"}
            )
        )

        self.assertEqual(Book.objects.get().word_count, 7)

    def test_chapters_are_the_ones_of_the_file(self):
        import_epub(make_epub(chapters=CHAPTERS))

        self.assertEqual(
            [(chapter.number, chapter.plain_text) for chapter in Chapter.objects.all()],
            [(1, "Low Water\nIt rained."), (2, "High Water\nIt stopped.")],
        )
