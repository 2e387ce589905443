"""The EPUB file of a book, for those who own it."""

from django.test import Client, TestCase

from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_reader
from books.tests.epubs import make_epub


class DownloadTests(TestCase):
    def setUp(self):
        self.source = make_epub()
        self.book = import_epub(self.source).book
        self.book.title = 'Rain "and" 雨/../x'
        self.book.save()
        self.address = f"/books/{self.book.pk}/download/"

    def download(self, user=None):
        browser = Client()
        if user:
            browser.force_login(user)
        return browser.get(self.address)

    def test_an_owner_gets_the_very_file_that_was_imported(self):
        response = self.download(make_reader(all_books=True))

        self.assertEqual(response.getvalue(), self.source.getvalue())
        self.assertEqual(response.headers["Content-Type"], "application/epub+zip")
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_its_name_is_the_title_made_safe(self):
        response = self.download(make_reader(all_books=True))
        response.getvalue()  # to the end, which closes the file

        name = response.headers["Content-Disposition"]
        self.assertEqual(name, "attachment; filename*=utf-8''Rain%20%22and%22%20%E9%9B%A8-..-x.epub")

    def test_others_are_told_how_to_come_by_it(self):
        for user in (None, make_reader("eve")):
            with self.subTest(user):
                response = self.download(user)

                self.assertContains(response, "Buy All Books for $39.00", status_code=403)
                self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_a_book_without_a_file_is_a_404_page(self):
        self.address = f"/books/{make_book('Typed in').pk}/download/"

        self.assertContains(self.download(make_reader(all_books=True)), "<main", status_code=404)
