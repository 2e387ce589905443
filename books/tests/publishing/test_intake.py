"""How books come into the shop by upload, and who sees them before they are published."""

import subprocess
from unittest.mock import patch

from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import ProtectedError
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import PRIORITY, Email

from books import access
from books.models import Book, Bundle, Edition, Intake, Position
from books.models.catalogue import private_storage
from books.models.publishing import IntakeState
from books.publishing import importing
from books.publishing.deleting import delete_books
from books.publishing.intake import NotTaken, import_new
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from books.tests.epubs import CHAPTERS, METADATA, make_epub, make_picture
from users.models import CustomUser

UPLOADS = "/admin/books/book/intake/"
SECOND = {**CHAPTERS, "three.xhtml": "<h1>Slack Water</h1><p>It waited.</p>"}


def epub_file(name="ferry.epub", **options):
    return SimpleUploadedFile(name, make_epub(**options).getvalue(), "application/epub+zip")


def another(number):
    """Return the metadata of another book than METADATA's."""
    return METADATA.replace("4ee55e27", f"{number:08}").replace("The Ferry", f"Book {number}")


def make_clerk(*names):
    """Save a member of staff who has these permissions on books and nothing else."""
    clerk = CustomUser.objects.create_user("clerk@example.com", "testpass123", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="books", codename__in=names))
    return clerk


def files_of(*intakes):
    """Return the names of the files that are kept for these."""
    return {
        name
        for intake in intakes
        for name in (intake.file.name, intake.examined_name, intake.cover.name)
        if name
    }


def kept(names):
    """Return those of the files that are in the storage."""
    return set(filter(private_storage().exists, names))


class IntakeCase(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)

    def upload(self, *files):
        """Send the files in one form; return the page that follows."""
        return self.client.post(UPLOADS, {"files": files}, follow=True)

    def upload_one(self, **options):
        """Upload an EPUB that is taken in, and return its intake."""
        self.upload(epub_file(**options))
        return Intake.objects.first()

    def decide(self, intake, **choices):
        """Send the form of a file that waits, and have what is to happen on commit happen."""
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post(f"{UPLOADS}{intake.pk}/", choices, follow=True)


class UploadTests(IntakeCase):
    def test_a_good_file_waits_with_all_that_is_known_of_it_and_is_no_book_yet(self):
        response = self.upload(epub_file(cover=make_picture(size=(960, 1440))))

        intake = Intake.objects.get()
        self.assertRedirects(response, f"{UPLOADS}{intake.pk}/")
        for words in ["The Ferry", "Ada Quill", "English", "2 chapters,", "8 words", "ferry.epub"]:
            self.assertContains(response, words)
        self.assertContains(response, "Import as a new book, unpublished")
        self.assertContains(response, "The book says nothing about its accessibility.")
        self.assertEqual((intake.uploaded_by, intake.state), (self.grace, IntakeState.WAITING))
        self.assertEqual(Book.objects.count(), 0)
        cover = self.client.get(f"{UPLOADS}{intake.pk}/cover/")
        self.assertEqual((cover["Content-Type"], cover.getvalue()[8:12]), ("image/webp", b"WEBP"))

    def test_of_several_files_the_bad_ones_are_refused_by_name_while_the_others_go_on(self):
        response = self.upload(
            epub_file("good.epub"),
            SimpleUploadedFile("notes.epub", b"Just words."),
            SimpleUploadedFile("nothing.epub", b""),
            epub_file("hollow.epub", raw={"EPUB/package.opf": None}),
            epub_file("other.epub", metadata=another(2)),
        )

        for name in ["notes", "nothing", "hollow"]:
            self.assertContains(response, f'<li class="error">“{name}.epub”: ')
        self.assertCountEqual(Intake.objects.values_list("filename", flat=True), ["good.epub", "other.epub"])
        files = files_of(*Intake.objects.all())
        self.assertEqual((len(files), kept(files)), (4, files))
        self.assertContains(response, "“good.epub” has been checked")

    def test_a_file_that_is_too_large_is_refused_before_it_is_read(self):
        with patch.object(importing, "MAX_BYTES", 100), patch.object(importing, "read_bytes") as read:
            response = self.upload(epub_file())

        self.assertContains(response, "“ferry.epub”: The file is larger than")
        read.assert_not_called()
        self.assertEqual(Intake.objects.count(), 0)

    def test_more_files_than_one_can_look_through_are_refused_together(self):
        response = self.upload(*[SimpleUploadedFile(f"{number}.epub", b"x") for number in range(21)])

        self.assertContains(response, "At most 20 files at once")
        self.assertEqual(Intake.objects.count(), 0)

    def test_no_file_is_asked_for(self):
        self.assertContains(self.upload(), "This field is required.")

    def test_the_same_file_waits_once_and_is_not_taken_when_it_is_on_the_shelf(self):
        intake = self.upload_one()
        self.assertContains(
            self.upload(epub_file("again.epub")),
            "“again.epub”: This very file is already waiting for review.",
        )
        self.decide(intake, price="9", sample_chapters=1)

        response = self.upload(epub_file("again.epub"))

        self.assertContains(response, "“again.epub”: This very file is already in the shop as “The Ferry”.")
        self.assertEqual(Intake.objects.count(), 1)

    def test_what_an_evil_file_says_is_shown_as_words(self):
        evil = METADATA.replace("The Ferry", "&lt;script&gt;alert(1)&lt;/script&gt;")

        response = self.upload(epub_file('"><b>.epub', metadata=evil))

        self.assertNotContains(response, "<script>alert(1)")
        self.assertNotContains(response, '"><b>')
        self.assertContains(response, "&lt;script&gt;alert(1)")

    def test_scripts_and_remote_things_are_found(self):
        body = """<h1>Low</h1><script>1</script>
        <p><img src="https://evil.example/a.png" alt="r"/> <img src="a.png"/></p>"""

        response = self.upload(
            epub_file(chapters={"one.xhtml": body, "two.xhtml": "<p>b</p>"}, files={"a.png": make_picture()})
        )

        for words in ["script", "other server", "alternative text", "no cover", "table of contents"]:
            self.assertContains(response, words)

    def test_the_pages_ask_as_much_for_many_files_as_for_one(self):
        self.upload(epub_file())
        self.client.get(UPLOADS)
        with self.assertNumQueries(3):
            self.client.get(UPLOADS)
        self.upload(*[epub_file(f"{number}.epub", metadata=another(number)) for number in range(5)])
        self.client.get(UPLOADS)
        with self.assertNumQueries(3):
            self.client.get(UPLOADS)

    def test_only_staff_who_may_add_books_come_in(self):
        intake = self.upload_one()
        addresses = [UPLOADS, f"{UPLOADS}{intake.pk}/", f"{UPLOADS}{intake.pk}/cover/"]
        for somebody, status in [(make_reader(), 302), (make_clerk("view_book", "change_book"), 403)]:
            self.client.force_login(somebody)
            for address in addresses:
                self.assertEqual(self.client.get(address).status_code, status, address)
                self.assertEqual(
                    self.client.post(address, {"files": epub_file()}).status_code, status, address
                )
            for verb in ["discard", "publish"]:
                address = f"{UPLOADS}{intake.pk}/{verb}/"
                self.assertEqual(self.client.post(address).status_code, status, address)
        self.assertEqual(Intake.objects.get().state, IntakeState.WAITING)
        self.assertEqual(Book.objects.count(), 0)

    def test_the_list_of_books_leads_there(self):
        address = reverse("admin:books_book_changelist")
        self.assertContains(self.client.get(address), f'href="{UPLOADS}"')
        self.client.force_login(make_clerk("view_book"))
        self.assertNotContains(self.client.get(address), UPLOADS)


class DecisionTests(IntakeCase):
    def test_a_new_book_is_imported_unpublished_and_published_by_a_second_decision(self):
        intake = self.upload_one()
        files = files_of(intake)

        response = self.decide(intake, price="12.50", sample_chapters="0")

        book = Book.objects.get()
        self.assertEqual((book.price, book.sample_chapters, book.is_published), (1250, 0, False))
        self.assertContains(response, f'<a href="{book.get_absolute_url()}">Preview</a>', html=True)
        self.assertEqual((len(files), kept(files)), (2, set()))
        self.assertTrue(private_storage().exists(book.epub.name))

        response = self.client.post(f"{UPLOADS}{intake.pk}/publish/", follow=True)

        book.refresh_from_db()
        self.assertContains(response, "“The Ferry” is now in the shop.")
        self.assertTrue(book.is_published)
        self.client.logout()
        self.assertContains(self.client.get("/books/"), "The Ferry")

    def test_errors_are_imported_only_by_somebody_who_has_seen_them(self):
        broken = {"one.xhtml": '<h1>Low</h1><p><a href="#gone">a</a></p>', "two.xhtml": "<p>b</p>"}
        intake = self.upload_one(chapters=broken)

        shown = self.client.get(f"{UPLOADS}{intake.pk}/")
        response = self.decide(intake, price="9", sample_chapters=1)

        self.assertContains(shown, "A link leads nowhere in the book")
        self.assertContains(shown, "Import it anyway: I have seen this error")
        self.assertContains(response, "This field is required.")
        with self.assertRaisesMessage(
            NotTaken, "The file has errors. Fix them and upload it again, or accept"
        ):
            import_new(intake, price=900, sample_chapters=1)
        self.assertEqual((Book.objects.count(), Intake.objects.get().accepted_by), (0, None))
        self.assertEqual(kept(files_of(intake)), files_of(intake))
        response = self.decide(intake, price="9", sample_chapters=1, accepts_errors="on")
        intake.refresh_from_db()
        self.assertEqual((intake.book, intake.accepted_by), (Book.objects.get(), self.grace))
        self.assertContains(response, "Errors accepted")
        self.assertContains(response, "grace@example.com")

    def test_warnings_ask_for_nothing(self):
        intake = self.upload_one()

        self.assertNotContains(self.client.get(f"{UPLOADS}{intake.pk}/"), "Import it anyway")
        self.decide(intake, price="9", sample_chapters=1)

        intake.refresh_from_db()
        self.assertEqual((intake.state, intake.accepted_at), (IntakeState.IMPORTED, None))

    def test_a_price_and_a_sample_that_cannot_be_are_refused(self):
        intake = self.upload_one()

        for choices, words in [
            ({"price": "0.10", "sample_chapters": 1}, "Stripe charges at least $0.50"),
            ({"price": "9", "sample_chapters": 2}, "less than or equal to 1"),
            ({"price": "9", "sample_chapters": ""}, "This field is required."),
        ]:
            with self.subTest(choices=choices):
                self.assertContains(self.decide(intake, **choices), words)
                self.assertEqual(Book.objects.count(), 0)

    def test_a_discarded_file_is_gone_from_the_storage(self):
        intake = self.upload_one(cover=make_picture(size=(960, 1440)))
        files = files_of(intake)
        self.assertEqual((len(files), kept(files)), (3, files))

        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(f"{UPLOADS}{intake.pk}/discard/", follow=True)

        self.assertContains(response, "“ferry.epub” has been discarded.")
        self.assertEqual(kept(files), set())
        self.assertContains(self.decide(intake, price="9", sample_chapters=1), "cannot be imported")
        self.assertEqual(Book.objects.count(), 0)
        self.assertEqual(Intake.objects.get().state, IntakeState.DISCARDED)

    def test_sent_twice_it_is_imported_once(self):
        intake = self.upload_one()

        self.decide(intake, price="9", sample_chapters=1)
        response = self.decide(intake, price="12", sample_chapters=1)

        self.assertContains(response, "cannot be imported")
        self.assertEqual(Book.objects.get().price, 900)

    def test_of_two_waiting_files_of_one_book_the_second_is_looked_at_again(self):
        first = self.upload_one()
        second = self.upload_one(name="second.epub", chapters=SECOND)
        self.decide(first, price="9", sample_chapters=1)

        response = self.decide(second, price="12", sample_chapters=1)

        self.assertContains(response, "The shop has changed since")
        self.assertContains(response, "A new edition of “The Ferry”")
        self.assertEqual((Book.objects.get().price, Book.objects.get().chapters.count()), (900, 2))

    def test_the_files_of_a_deleted_book_go_with_it(self):
        selected = {"action": "delete_selected", "post": "yes"}
        for number, address in enumerate(["changelist", "delete"]):
            with self.subTest(address):
                book, private = self.put_on_shelf(number)
                self.assertTrue(all(map(private_storage().exists, private)))

                page = reverse(f"admin:books_book_{address}", args=[book.pk] if address == "delete" else [])
                with self.captureOnCommitCallbacks(execute=True):
                    self.client.post(page, selected | {"_selected_action": [str(book.pk)]})

                self.assertEqual(Book.objects.count(), 0)
                self.assertFalse(any(map(private_storage().exists, private)))
                self.assertFalse(book.cover.storage.exists(book.cover.name))

    def test_a_book_that_somebody_has_keeps_its_files(self):
        book, private = self.put_on_shelf(0)
        access.give(make_reader("bob"), book, by=self.grace, note="A friend.")

        with self.captureOnCommitCallbacks(execute=True), self.assertRaises(ProtectedError):
            delete_books(Book.objects.all())

        self.assertEqual(Book.objects.count(), 1)
        self.assertTrue(all(map(private_storage().exists, private)))
        self.assertTrue(book.cover.storage.exists(book.cover.name))

    def put_on_shelf(self, number):
        """Import a book with a cover and an illustration; return it with the names of its private files."""
        intake = self.upload_one(
            cover=make_picture(size=(960, 1440)),
            chapters={"one.xhtml": f'<p>{number}<img src="a.png" alt="a"/></p>', "two.xhtml": "<p>b</p>"},
            files={"a.png": make_picture()},
        )
        self.decide(intake, price="9", sample_chapters=1)
        book = Book.objects.get()
        return book, [book.epub.name, book.illustrations.get().file.name]


class ExaminedOnceTests(IntakeCase):
    """Opening a file is slow, and the only dangerous part: it happens at upload."""

    def setUp(self):
        super().setUp()
        self.runs = self.enterContext(patch.object(subprocess, "run", wraps=subprocess.run))

    def upload_with_pictures(self, name="ferry.epub", chapters=CHAPTERS):
        pictures = {"zero.xhtml": '<h1>Map</h1><p><img src="map.png" alt="A map"/></p>'}
        return self.upload_one(
            name=name,
            chapters=pictures | chapters,
            cover=make_picture(size=(960, 1440)),
            files={"map.png": make_picture()},
        )

    def test_an_upload_is_opened_once_and_imported_from_what_was_found(self):
        intake = self.upload_with_pictures()
        self.decide(intake, price="9", sample_chapters=1)
        book = Book.objects.get()
        edition = self.upload_with_pictures("second.epub", SECOND)
        self.decide(edition, notes="", sample_chapters=1)

        self.assertEqual(self.runs.call_count, 2)
        book.refresh_from_db()
        self.assertEqual(
            (book.title, book.cover_widths, book.chapters.count()), ("The Ferry", [240, 480, 960], 4)
        )
        self.assertIn(book.illustrations.get().name, book.chapters.get(number=1).html)
        self.assertEqual(book.word_count, edition.word_count)

    def test_what_an_earlier_version_took_in_is_examined_again(self):
        for number, spoil in enumerate([b"", b"[2]\n{}", b'[11]\n{"epub":{}}\n', None]):
            with self.subTest(spoil):
                intake = self.upload_one(name=f"{number}.epub", metadata=another(number))
                private_storage().delete(intake.examined_name)
                if spoil is not None:
                    private_storage().save(intake.examined_name, ContentFile(spoil))
                before = self.runs.call_count

                self.decide(intake, price="9", sample_chapters=1)

                self.assertEqual(Book.objects.filter(title=f"Book {number}").count(), 1)
                self.assertEqual(self.runs.call_count, before + 1)


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
class EditionTests(IntakeCase):
    def setUp(self):
        super().setUp()
        self.decide(self.upload_one(), price="9", sample_chapters=1)
        self.book = Book.objects.get()
        self.book.publish()

    def owner(self, name, **fields):
        reader = make_reader(name)
        access.give(reader, self.book, by=self.grace, note="A friend.")
        CustomUser.objects.filter(pk=reader.pk).update(**fields)
        return reader

    def test_it_replaces_the_text_and_keeps_what_readers_and_staff_chose(self):
        reader = self.owner("bob")
        Position.objects.keep(reader, self.book.chapters.get(number=2), 0.5)
        intake = self.upload_one(name="second.epub", chapters=SECOND)

        shown = self.client.get(f"{UPLOADS}{intake.pk}/")
        response = self.decide(intake, notes="Slack water at last.", sample_chapters=1)

        self.assertContains(shown, "1 chapter added.</textarea>")
        self.assertContains(shown, "Write to the 1 reader who owns it")
        self.assertContains(response, "now has its new edition: 1 chapter added.")
        self.book.refresh_from_db()
        self.assertEqual(
            (self.book.price, self.book.is_published, self.book.chapters.count()), (900, True, 3)
        )
        position = Position.objects.get(user=reader)
        self.assertEqual((position.chapter, position.fraction), (2, 0.5))
        edition = Edition.objects.get()
        self.assertEqual((edition.notes, edition.changes), ("Slack water at last.", "1 chapter added"))
        self.assertEqual(Email.objects.count(), 0)

    def test_owners_alone_read_what_is_new(self):
        reader = self.owner("bob")
        self.decide(
            self.upload_one(name="b.epub", chapters=SECOND), notes="<b>Slack</b> water.", sample_chapters=1
        )

        for somebody, times in [(reader, 1), (make_reader("eve"), 0)]:
            self.client.force_login(somebody)
            response = self.client.get(self.book.get_absolute_url())
            self.assertContains(response, "&lt;b&gt;Slack&lt;/b&gt; water.", times)

    def test_with_a_tick_each_owner_gets_one_letter_as_it_was_written(self):
        owners = [self.owner("bob"), make_reader("ada", all_books=True)]
        bundle = make_bundle("Two", self.book)
        owners.append(make_reader("cy"))
        access.grant(owners[-1], bundle, order_id=self.book.pk)
        access.give(owners[0], bundle, by=self.grace, note="Twice.")
        self.owner("gone", is_active=False)
        self.owner("left", email="erased-1@erased.invalid")
        access.suspend(self.owner("thief").grants.all(), by=None)
        make_reader("eve")

        response = self.decide(
            self.upload_one(name="b.epub", chapters=SECOND),
            notes="Fish & chips {{ book }} {% boom %}",
            write_to_readers="on",
            sample_chapters=1,
        )

        letters = Email.objects.all()
        self.assertCountEqual([letter.to for letter in letters], [[owner.email] for owner in owners])
        self.assertContains(response, "3 e-mails will go out.")
        self.assertEqual({letter.subject for letter in letters}, {"A new edition of The Ferry"})
        self.assertIn("Fish & chips {{ book }} {% boom %}", letters[0].message)
        self.assertIn(self.book.get_absolute_url(), letters[0].message)
        self.assertEqual({letter.html_message for letter in letters}, {""})
        self.assertEqual({letter.priority for letter in letters}, {PRIORITY.low})

    def test_letters_cost_as_many_queries_for_many_owners_as_for_one(self):
        self.owner("bob")
        counts = []
        for number, chapters in enumerate([SECOND, CHAPTERS]):
            intake = self.upload_one(
                name=f"{number}.epub", chapters=chapters | {"x.xhtml": f"<p>{number}</p>"}
            )
            with CaptureQueriesContext(connection) as queries:
                self.decide(intake, notes="", write_to_readers="on", sample_chapters=1)
            counts.append(len(queries))
            for name in range(10):
                self.owner(f"reader{number}-{name}")
        self.assertLessEqual(abs(counts[0] - counts[1]), 2)

    def test_when_the_letters_cannot_be_queued_the_old_edition_stays(self):
        self.owner("bob")
        intake = self.upload_one(name="b.epub", chapters=SECOND)

        with patch("bookstore_project.mail.mail.send_many", side_effect=OSError), self.assertRaises(OSError):
            self.decide(intake, notes="", write_to_readers="on", sample_chapters=1)

        self.assertEqual(self.book.chapters.count(), 2)
        self.assertEqual((Edition.objects.count(), Email.objects.count()), (0, 0))
        self.assertTrue(Intake.objects.get(pk=intake.pk).is_waiting)

    def test_staff_who_may_only_add_books_do_not_replace_them(self):
        intake = self.upload_one(name="b.epub", chapters=SECOND)
        self.client.force_login(make_clerk("add_book", "view_book"))

        self.assertContains(self.client.get(f"{UPLOADS}{intake.pk}/"), "Ask a colleague who can change books")
        self.assertEqual(self.client.post(f"{UPLOADS}{intake.pk}/", {"notes": ""}).status_code, 403)
        self.assertEqual(self.book.chapters.count(), 2)


class VisibilityTests(TestCase):
    """A book called The Ferry, with a picture in its sample, that is not published."""

    def setUp(self):
        chapters = {
            "one.xhtml": '<h1>Low Water</h1><p>It rained. <img src="map.png" alt="A map"/></p>',
            "two.xhtml": "<h1>High Water</h1><p>It stopped.</p>",
        }
        file = make_epub(chapters=chapters, files={"map.png": make_picture()})
        self.book = importing.import_epub(file, price=900, sample_chapters=1, published=False).book
        self.other = make_book("The Tram", authors=["Ada Quill"])
        self.bundle = make_bundle("Two Journeys", self.book, self.other)
        self.page = self.book.get_absolute_url()
        self.addresses = [
            self.page,
            f"{self.page}read/1/",
            f"{self.page}read/2/",
            f"{self.page}search/",
            f"{self.page}pictures/{self.book.illustrations.get().name}",
        ]

    def withdraw(self):
        self.book.publish()
        self.book.unpublish()

    def statuses(self, *addresses):
        found = []
        for address in addresses:
            response = self.client.get(address)
            if response.streaming:
                response.getvalue()
            found.append(response.status_code)
        return found

    def assert_hidden(self):
        hidden = [*self.addresses, f"{self.page}read/", f"{self.page}download/", f"{self.page}download/pdf/"]
        self.assertEqual(set(self.statuses(*hidden)), {404})
        for verb in ["place/", "bookmarks/"]:
            response = self.client.post(self.page + verb, {"chapter": 1, "fraction": 0})
            self.assertIn(
                response.status_code, {404, 302} if "_auth_user_id" not in self.client.session else {404}
            )
        lists = ["/", "/books/", "/books/search/?q=ferry", "/books/search/inside/?q=rained", "/sitemap.xml"]
        for address in [*lists, self.bundle.get_absolute_url(), self.other.get_absolute_url()]:
            response = self.client.get(address)
            self.assertEqual(response.status_code, 200, address)
            self.assertNotContains(response, str(self.book.pk), msg_prefix=address)

    def test_visitors_and_readers_do_not_find_it_anywhere(self):
        self.assert_hidden()
        self.client.force_login(make_reader())
        self.assert_hidden()
        self.assertEqual(self.client.get(f"/orders/?book={self.book.pk}").status_code, 404)
        self.assertEqual(
            self.client.post(f"{self.page}review/", {"rating": 5, "text": "Good."}).status_code, 404
        )

    def test_published_it_is_everywhere(self):
        self.book.publish()

        self.assertEqual(self.statuses(*self.addresses), [200, 200, 403, 200, 200])
        lists = ["/", "/books/", "/books/search/?q=ferry", "/books/search/inside/?q=rained", "/sitemap.xml"]
        for address in [*lists, self.bundle.get_absolute_url(), self.other.get_absolute_url()]:
            self.assertContains(self.client.get(address), str(self.book.pk), msg_prefix=address)
        self.client.force_login(make_reader())
        self.assertEqual(self.client.get(f"/orders/?book={self.book.pk}").status_code, 200)

    def test_all_books_and_bundles_do_not_open_what_was_never_published(self):
        for reader in [make_reader("ada", all_books=True), make_reader("cy")]:
            access.grant(reader, self.bundle, order_id=reader_order(reader))
            self.client.force_login(reader)
            self.assert_hidden()
            self.assertNotContains(self.client.get("/library/"), str(self.book.pk))

    def test_bundles_and_all_books_open_it_once_it_is_published(self):
        reader = make_reader("cy")
        access.grant(reader, self.bundle, order_id=reader_order(reader))
        self.book.publish()
        for owner in [reader, make_reader("ada", all_books=True)]:
            self.client.force_login(owner)
            self.assertContains(self.client.get("/library/"), str(self.book.pk))
            self.assertEqual(self.statuses(f"{self.page}read/2/"), [200])

    def test_staff_preview_the_whole_of_it_and_are_told(self):
        self.client.force_login(make_clerk("view_book"))

        self.assertEqual(self.statuses(*self.addresses), [200] * 5)
        self.assertContains(self.client.get(self.page), "Not published: only staff")
        self.assertContains(self.client.get(f"{self.page}read/2/"), "Not published: only staff")
        self.assertContains(self.client.get(f"{self.page}search/?q=stopped"), "/read/2/")
        self.assertNotContains(self.client.get("/books/search/inside/?q=stopped"), "/read/2/")
        # It is not theirs for that.
        self.assertEqual(self.statuses(f"{self.page}download/"), [403])
        self.assertNotContains(self.client.get("/books/"), str(self.book.pk))

    def test_staff_without_the_right_to_view_books_do_not(self):
        self.client.force_login(make_clerk("view_review"))
        self.assert_hidden()

    def test_a_picture_of_a_preview_is_not_kept_by_caches(self):
        self.client.force_login(make_clerk("view_book"))
        picture = self.client.get(self.addresses[-1])
        picture.getvalue()
        self.assertEqual(picture["Cache-Control"], "private, no-store")

    def test_owners_keep_what_was_taken_out_of_the_shop(self):
        reader = make_reader("bob")
        self.book.publish()
        access.give(reader, self.book, by=make_staff(), note="Bought.")
        self.withdraw()

        for owner in [reader, make_reader("ada", all_books=True)]:
            self.client.force_login(owner)
            self.assertEqual(self.statuses(*self.addresses, f"{self.page}download/"), [200] * 6)
            self.assertContains(self.client.get("/library/?q=ferry"), str(self.book.pk))
            self.assertNotContains(self.client.get("/books/"), str(self.book.pk))
            self.assertNotContains(self.client.get(self.page), "Not published")
        self.client.logout()
        self.assert_hidden()

    def test_a_reader_of_the_sample_loses_sight_of_it(self):
        reader = make_reader("bob")
        self.book.publish()
        Position.objects.keep(reader, self.book.chapters.get(number=1), 0.5)
        self.client.force_login(reader)
        self.assertContains(self.client.get("/"), f"{self.book.pk}/read/")

        self.book.unpublish()

        self.assert_hidden()

    def test_a_bundle_of_nothing_published_is_not_offered(self):
        bundle = make_bundle("Drafts", self.book)

        self.assertNotContains(self.client.get("/books/"), "Drafts")
        self.assertEqual(self.statuses(bundle.get_absolute_url()), [404])
        self.book.publish()
        self.assertContains(self.client.get("/books/"), "Drafts")

    def test_staff_publish_and_unpublish_in_the_list(self):
        self.client.force_login(make_staff())
        address = reverse("admin:books_book_changelist")
        for action, published in [("publish", True), ("unpublish", False)]:
            choice = {"action": action, "_selected_action": [str(self.book.pk)]}
            response = self.client.post(address, choice, follow=True)
            self.assertContains(response, "1 book ")
            self.book.refresh_from_db()
            self.assertIs(self.book.is_published, published)
        self.client.force_login(make_clerk("view_book"))
        self.client.post(address, {"action": "publish", "_selected_action": [str(self.book.pk)]})
        self.book.refresh_from_db()
        self.assertFalse(self.book.is_published)

    def test_who_buys_all_books_is_told_how_many_are_published(self):
        self.assertEqual(self.client.get("/").context["book_count"], 1)
        self.assertEqual(Bundle.objects.for_offers().get(slug=self.bundle.slug).book_count, 1)


def reader_order(reader):
    """Return a made-up id of an order, each reader's own."""
    return f"00000000-0000-0000-0000-{reader.pk:012}"
