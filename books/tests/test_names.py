"""Titles, names and file names hold nothing that cannot be seen, whatever way they come into the shop."""

from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import TextField, Value
from django.db.models.functions import Concat
from django.test import SimpleTestCase, TestCase

from books import models
from books.epub import UnusableEpub
from books.models import Author, Book, Bundle, Subject
from books.publishing import importing
from users.fields import NameField, clean

from .builders import make_book, make_bundle, make_reader, make_staff
from .epubs import PACKAGE, make_epub, read_epub, toc

METADATA = """<dc:title>The &#x202e;Ferry&#xad;</dc:title><dc:creator>A\u200bda Quill\u2069</dc:creator>
<dc:subject>Ti\ufeffdes</dc:subject><dc:language>en</dc:language>
<dc:identifier>urn:uuid:4ee55e27-06ca-4712-8229-488eba9c0c84</dc:identifier>"""


class EpubTests(SimpleTestCase):
    def test_what_an_epub_calls_itself_its_authors_and_subjects(self):
        metadata = read_epub(make_epub(metadata=METADATA)).metadata

        self.assertEqual(
            (metadata.title, metadata.authors, metadata.subjects), ("The Ferry", ("Ada Quill",), ("Tides",))
        )

    def test_titles_of_chapters_from_contents_and_from_headings(self):
        chapters = {"one.xhtml": "<h1>Low\u202e Wa\xadter</h1>", "two.xhtml": "<h1>High\u2066 Water</h1>"}

        headed = read_epub(make_epub(chapters=chapters))
        listed = read_epub(
            make_epub(chapters=chapters, nav=toc(("L\u202eow", "one.xhtml"), ("\u200bHigh", "two.xhtml")))
        )

        self.assertEqual([chapter.title for chapter in headed.chapters], ["Low Water", "High Water"])
        self.assertEqual([entry.title for entry in listed.contents], ["Low", "High"])

    def test_the_text_itself_keeps_what_it_has(self):
        epub = read_epub(make_epub(chapters={"one.xhtml": "<p>Wa\xadter \u2067\u05d0\u2069</p>"}))

        self.assertIn("Wa\xadter \u2067\u05d0\u2069", epub.chapters[0].html)

    def test_names_of_files_in_sentences_about_them(self):
        manifest = '<item id="a" href="o%E2%80%AEne.xhtml" media-type="application/xhtml+xml"/>'
        package = PACKAGE.format(
            metadata=METADATA, manifest=manifest, spine='<itemref idref="a"/>', toc="", guide=""
        )

        with self.assertRaisesMessage(UnusableEpub, "does not contain: EPUB/one.xhtml."):
            read_epub(make_epub(raw={"EPUB/package.opf": package}))


class ShelfTests(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)

    def test_what_staff_type(self):
        book = make_book()
        form = {
            "title": "The \u202eFerry",
            "subtitle": "at\u200b night",
            "language": "en",
            "sample_chapters": "1",
            "authorships-TOTAL_FORMS": "0",
            "authorships-INITIAL_FORMS": "0",
            "other_editions-TOTAL_FORMS": "0",
            "other_editions-INITIAL_FORMS": "0",
        }

        self.client.post(f"/admin/books/book/{book.pk}/change/", form)
        self.client.post("/admin/books/author/add/", {"name": "A\u2067da"})
        self.client.post("/admin/books/subject/add/", {"name": "\ufeffTides"})
        self.client.post(
            "/admin/books/bundle/add/",
            {"title": "Se\u202eas", "slug": "seas", "price": "9", "books": [book.pk]},
        )

        book.refresh_from_db()
        self.assertEqual((book.title, book.subtitle), ("The Ferry", "at night"))
        self.assertTrue(Author.objects.filter(name="Ada").exists())
        self.assertTrue(Subject.objects.filter(name="Tides").exists())
        self.assertEqual(Bundle.objects.get(slug="seas").title, "Seas")

    def test_a_title_that_nobody_can_see_is_refused(self):
        page = self.client.post("/admin/books/author/add/", {"name": "\u200b\u2060"})

        self.assertContains(page, "This field cannot be blank.")
        self.assertFalse(Author.objects.exists())

    def test_two_names_that_look_the_same_are_one(self):
        make_book(authors=["Ada Quill"])

        author, new = Author.objects.get_or_create(name="Ada\u200b Quill")

        self.assertEqual((author.name, new), ("Ada Quill", False))

    def test_what_programs_save(self):
        book = make_book("Low\u202e Water")
        make_bundle("Se\xadas", book)

        self.assertEqual(Book.objects.get().title, "Low Water")
        self.assertTrue(Bundle.objects.filter(title="Seas").exists())

    def test_the_name_of_an_upload(self):
        named = make_epub(metadata=METADATA.replace("<dc:title>The &#x202e;Ferry&#xad;</dc:title>", ""))
        upload = SimpleUploadedFile("fer\U000e0101ry\u3164.epub", named.getvalue())

        page = self.client.post("/admin/books/book/intake/", {"files": [upload]}, follow=True)

        self.assertContains(page, "“ferry.epub” has been checked.")
        taken = models.Intake.objects.get()
        self.assertEqual((taken.filename, taken.title), ("ferry.epub", "ferry"))

    def test_the_name_of_a_file_that_is_imported(self):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "gpj\u202e.epub"
            path.write_bytes(b"")
            printed = StringIO()

            with self.assertRaises(SystemExit):
                call_command("import_books", path, stdout=printed)

        self.assertIn("refused: gpj.epub: ", printed.getvalue())

    def test_the_name_of_a_download(self):
        book = importing.import_epub(make_epub()).book
        # From before the rule.
        Book.objects.filter(pk=book.pk).update(
            title=Concat(Value("Fer"), Value("\u202ery"), output_field=TextField())
        )
        self.client.force_login(make_reader("ada", all_books=True))

        response = self.client.get(f"/books/{book.pk}/download/")
        b"".join(response)

        self.assertEqual(response.headers["Content-Disposition"], 'attachment; filename="Ferry.epub"')


class StoredBeforeTests(TestCase):
    """What migrations do to rows from before the rule."""

    def stored(self, model, column, *pieces):
        """Store a name as it was stored before: in pieces, which no field looks at."""
        row = model.objects.create(**{column: f"temporary {model.objects.count()}"})
        name = Concat(*map(Value, pieces), output_field=TextField())
        model.objects.filter(pk=row.pk).update(**{column: name})
        return row

    def test_they_clean_only_columns_that_have_the_rule(self):
        cleaned = {
            (app, model.lower(), column)
            for app, module in {
                "books": "books.migrations.0029_names_hold_nothing_invisible",
                "users": "users.migrations.0007_names_hold_nothing_invisible",
            }.items()
            for model, columns in import_module(module).COLUMNS.items()
            for column in columns
        }

        ruled = {
            (model._meta.app_label, model._meta.model_name, field.name)
            for model in apps.get_models()
            for field in model._meta.get_fields()
            if isinstance(field, NameField)
        }
        self.assertEqual((len(cleaned), cleaned - ruled), (11, set()))

    def test_names_lose_what_cannot_be_seen_and_the_others_stay(self):
        ada = self.stored(Author, "name", "A\u202e", "da")
        zoe = Author.objects.create(name="Zoë")

        clean(Author, "name", using="default")

        self.assertEqual(Author.objects.get(pk=ada.pk).name, "Ada")
        self.assertEqual(Author.objects.get(pk=zoe.pk).name, "Zoë")

    def test_what_another_row_is_called_and_what_nobody_could_see_stays_and_is_logged(self):
        ada = Author.objects.create(name="Ada")
        second = self.stored(Author, "name", "A\u200b", "da")
        nobody = self.stored(Author, "name", "\u200b", "\u2060")

        with self.assertLogs("users.fields", "WARNING") as log:
            clean(Author, "name", using="default")

        names = dict(Author.objects.values_list("pk", "name"))
        self.assertEqual(names, {ada.pk: "Ada", second.pk: "A\u200bda", nobody.pk: "\u200b\u2060"})
        said = f"books.Author: name keeps invisible characters in {second.pk}, {nobody.pk}."
        self.assertEqual([record.getMessage() for record in log.records], [said])

    def test_where_a_name_may_be_empty_it_becomes_so(self):
        book = make_book()
        empty = Concat(Value("\u200b"), Value("\u2060"), output_field=TextField())
        Book.objects.filter(pk=book.pk).update(subtitle=empty)

        clean(Book, "subtitle", using="default")

        self.assertEqual(Book.objects.get().subtitle, "")
