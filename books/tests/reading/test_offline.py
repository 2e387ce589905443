"""What the shop tells a device that keeps books: only to who may read all of them."""

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.db.models import F
from django.test import Client, TestCase

from books import access
from books.models import Edition, Illustration, Position
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.epubs import make_epub


class OfflineTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=3, sample_chapters=1)
        cls.ada, cls.bob = make_reader("ada", all_books=True), make_reader("bob")

    def ask(self, user=None, book=None):
        client = Client()
        if user:
            client.force_login(user)
        return client.get(f"/books/{(book or self.book).pk}/offline.json")

    def account(self, user, *books):
        client = Client()
        client.force_login(user)
        return client.get("/library/offline/account/", {"book": [str(each) for each in books]}).json()


class ManifestTests(OfflineTestCase):
    """What belongs to a kept book."""

    def test_a_reader_who_owns_it_is_told_all_that_belongs_to_it(self):
        picture = Illustration(book=self.book, name="quay.png", first_chapter=2)
        picture.file.save("quay.png", ContentFile(b"x" * 5000))
        self.addCleanup(picture.file.delete, save=False)
        Position.objects.keep(self.ada, self.book.chapters.get(number=2), 0.25)

        response = self.ask(self.ada)

        manifest = response.json()
        address = f"/books/{self.book.pk}"
        self.assertEqual(response["Cache-Control"], "private, no-store")
        self.assertEqual(manifest["account"], str(self.ada.pk))
        self.assertEqual(manifest["pages"], [f"{address}/read/{number}/" for number in (1, 2, 3)])
        self.assertEqual(manifest["pictures"], [f"{address}/pictures/quay.png"])
        self.assertEqual(manifest["place"], f"{address}/read/2/?at=0.25#place")
        self.assertGreater(manifest["size"], 5000)

    def test_a_visitor_is_sent_to_log_in(self):
        self.assertRedirects(
            self.ask(),
            f"/accounts/login/?next=/books/{self.book.pk}/offline.json",
            fetch_redirect_response=False,
        )

    def test_a_reader_of_the_sample_alone_is_told_nothing(self):
        self.assertEqual(self.ask(self.bob).status_code, 403)

    def test_a_refund_ends_it(self):
        access.give(self.bob, self.book, by=None, note="A present")
        self.assertEqual(self.ask(self.bob).status_code, 200)

        self.bob.grants.update(ended_at=F("granted_at"))

        self.assertEqual(self.ask(self.bob).status_code, 403)

    def test_a_preview_is_not_kept(self):
        draft = make_book("Draft", is_published=False)

        self.assertEqual(self.ask(self.bob, draft).status_code, 404)
        helper = make_staff()
        helper.is_superuser = False
        helper.save()
        self.assertIn(self.ask(helper, draft).status_code, {403, 404})

    def test_a_picture_that_the_storage_lost_is_no_reason_to_fail(self):
        Illustration.objects.create(
            book=self.book, name="a.png", file="illustrations/gone.png", first_chapter=1
        )

        self.assertEqual(self.ask(self.ada).status_code, 200)


class AccountTests(OfflineTestCase):
    """What a device asks whenever it reaches the shop."""

    def test_it_learns_who_is_logged_in_and_which_of_its_books_they_may_read(self):
        other = make_book("Night Bus")
        access.give(self.bob, other, by=None, note="A present")

        told = self.account(self.bob, self.book.pk, other.pk, "nonsense")

        self.assertEqual((told["account"], list(told["editions"])), (str(self.bob.pk), [str(other.pk)]))

    def test_nobody_logged_in_is_a_redirect(self):
        response = self.client.get("/library/offline/account/")

        self.assertEqual((response.status_code, response.url[:16]), (302, "/accounts/login/"))

    def test_the_edition_changes_with_the_text(self):
        def edition():
            return self.account(self.ada, self.book.pk)["editions"][str(self.book.pk)]

        before = edition()
        self.assertEqual(edition(), before)
        self.assertEqual(self.ask(self.ada).json()["edition"], before)

        Edition.objects.create(book=self.book)

        self.assertNotEqual(edition(), before)

    def test_a_text_of_equal_length_is_another_edition(self):
        def edition(text):
            book = import_epub(make_epub(chapters={"a.xhtml": f"<p>{text}</p>"})).book
            access.give(self.ada, book, by=None, note="A present")
            return self.account(self.ada, book.pk)["editions"][str(book.pk)], self.ask(self.ada, book).json()

        (before, _), (after, manifest) = edition("It rained."), edition("It poured.")

        self.assertNotEqual(before, after)
        self.assertEqual(manifest["edition"], after)
        self.assertEqual(edition("It poured.")[0], after)

    def test_its_token_is_good_for_a_post(self):
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(self.ada)
        token = careful.get("/library/offline/account/").json()["token"]

        form = {"chapter": 1, "fraction": 0.5, "csrfmiddlewaretoken": token}
        response = careful.post(f"/books/{self.book.pk}/place/", form, headers={"Accept": "application/json"})

        self.assertEqual(response.status_code, 204)

    def test_a_change_that_is_sent_again_is_made_once(self):
        self.client.force_login(self.ada)
        self.book.chapters.update(plain_text="It rained all day.")
        words = {"chapter": 1, "fraction": 0, "quotation": "It rained", "colour": "green"}
        place = {"chapter": 1, "fraction": 0.5, "how": "read", "version": 0, "age": 3}

        def send(address, form):
            path = f"/books/{self.book.pk}/{address}/"
            return self.client.post(path, form, headers={"Accept": "application/json"})

        ids = {send("bookmarks", words).json()["id"] for _ in range(2)}
        answers = {send("place", place).status_code for _ in range(2)}

        self.assertEqual((len(ids), self.ada.marks.count()), (1, 1))
        # 409 with its own place tells the device that its message had arrived.
        self.assertLessEqual(answers, {204, 409})
        position = self.ada.positions.get()
        self.assertEqual((position.chapter, position.fraction), (1, 0.5))

    def test_however_many_books_it_names_it_costs_as_many_queries(self):
        self.client.force_login(self.ada)
        books = [self.book, *(make_book(f"Book {number}") for number in range(5))]
        with self.assertNumQueries(7):
            self.client.get("/library/offline/account/", {"book": [str(self.book.pk)]})
        with self.assertNumQueries(7):
            self.client.get("/library/offline/account/", {"book": [str(book.pk) for book in books]})


class PagesTests(OfflineTestCase):
    """Where a book is offered to be kept, and who gets the scripts for it."""

    def test_it_is_offered_to_owners_alone(self):
        path = f"/books/{self.book.pk}/"
        self.assertNotContains(self.client.get(path), "offline")
        self.client.force_login(self.bob)
        self.assertNotContains(self.client.get(path), "offline")
        self.client.force_login(self.ada)
        self.assertContains(self.client.get(path), f'data-offline="{path}offline.json"')

    def test_a_chapter_says_whose_page_it_is_and_a_visitors_says_nothing(self):
        path = f"/books/{self.book.pk}/read/1/"
        visitors = self.client.get(path)
        self.client.force_login(self.ada)

        self.assertContains(self.client.get(path), f'data-account="{self.ada.pk}"')
        self.assertNotContains(visitors, "data-account")
        self.assertNotContains(visitors, "offline_")

    def test_the_worker_is_at_the_top_and_has_only_scripts_that_exist(self):
        response = self.client.get("/service-worker.js")

        self.assertEqual(response["Content-Type"], "text/javascript; charset=utf-8")
        self.assertIn("no-cache", response["Cache-Control"])
        scripts = [part for part in response.text.split('"') if part.startswith("/static/")]
        self.assertEqual(len(scripts), 4)
        for script in scripts:
            self.assertTrue(finders.find(script.removeprefix("/static/")), script)

    def test_the_list_says_what_is_stored_and_whose_page_it_is(self):
        self.client.force_login(self.ada)

        response = self.client.get("/library/offline/")

        self.assertContains(response, f'data-account="{self.ada.pk}"')
        self.assertContains(response, "The whole text of these books")
        self.assertContains(response, "after 30 days without a connection")
