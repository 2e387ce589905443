"""Covers, pictures and downloads set no cookie and change no session, for any visitor."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, TestCase

from books.models import Illustration
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_reader
from books.tests.epubs import make_epub, make_picture
from users.tests.test_sessions import in_the_future

CHAPTERS = {
    "one.xhtml": "<h1>One</h1><p>It rained.</p>",
    "two.xhtml": '<h1>Two</h1><p><img src="b.png" alt="B"/></p>',
}
MADE_UP = {settings.SESSION_COOKIE_NAME: "madeupmadeupmadeup", settings.CSRF_COOKIE_NAME: "not a token"}
COVER = "/media/covers/of-this-test.png"


class FilesAndSessionsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = import_epub(make_epub(chapters=CHAPTERS, files={"b.png": make_picture()})).book
        cls.ada, cls.bob = make_reader("ada", all_books=True), make_reader("bob")
        default_storage.save(COVER.removeprefix("/media/"), ContentFile(make_picture()))
        cls.addClassCleanup(default_storage.delete, COVER.removeprefix("/media/"))
        name = Illustration.objects.get().name
        cls.private = [f"/books/{cls.book.pk}/{path}" for path in (f"pictures/{name}", "download/")]
        cls.missing = [f"/books/{make_book('Typed in').pk}/download/pdf/", "/media/covers/none.png"]

    def browsers(self):
        """Yield four browsers: without cookies, with meaningless cookies, a reader's, an owner's."""
        yield Client()
        stranger = Client()
        stranger.cookies.load(MADE_UP)
        yield stranger
        for reader in (self.bob, self.ada):
            client = Client()
            client.force_login(reader)
            yield client

    def ask(self, client, path, method="get", **headers):
        response = getattr(client, method)(path, headers=headers)
        if response.streaming:
            response.getvalue()
        return response

    def test_no_file_sets_a_cookie_or_changes_a_session(self):
        asked = [
            ("get", {}),
            ("head", {}),
            ("get", {"range": "bytes=0-3"}),
            ("get", {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
        ]
        for client in self.browsers():
            before = list(Session.objects.order_by("pk").values())
            # By then a page would extend the session.
            with in_the_future(days=2):
                for path in [COVER, "/favicon.ico", *self.private, *self.missing]:
                    for method, headers in asked:
                        with self.subTest(path=path, method=method, headers=headers):
                            response = self.ask(client, path, method, **headers)

                            self.assertEqual(response.cookies, {})
            self.assertEqual(list(Session.objects.order_by("pk").values()), before)

    def test_a_page_extends_the_session_that_a_file_left_alone(self):
        client = Client()
        client.force_login(self.ada)
        with in_the_future(days=2):
            response = client.get("/books/")

        self.assertIn(settings.SESSION_COOKIE_NAME, response.cookies)

    def test_a_cover_takes_no_query(self):
        for client in self.browsers():
            for headers in ({}, {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
                with self.assertNumQueries(0):
                    response = self.ask(client, COVER, **headers)

                self.assertIn(response.status_code, {200, 304})

    def test_files_go_to_whoever_owns_the_book_and_to_nobody_else(self):
        nobody, stranger, bob, ada = self.browsers()
        for path in self.private:
            with self.subTest(path):
                answers = [self.ask(client, path).status_code for client in (nobody, stranger, bob, ada)]

                self.assertEqual(answers, [403, 403, 403, 200])

    def test_an_expired_session_gets_no_file_and_ends_at_the_next_page(self):
        client = Client()
        client.force_login(self.ada)
        with in_the_future(days=90):
            self.assertEqual([self.ask(client, path).status_code for path in self.private], [403, 403])
            self.assertEqual(Session.objects.count(), 1)
            client.get("/books/")

        self.assertEqual(Session.objects.count(), 0)
