"""The file of a book that is on sale before there is one."""

from datetime import timedelta

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.utils import timezone

from books import access
from books.models import Book
from books.publishing import intake
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.epubs import make_epub

DAY = timedelta(days=1)


class FileAfterTheSaleTests(TestCase):
    """Ada has “The Ferry”, of which nothing is uploaded yet."""

    def setUp(self):
        self.grace, self.ada = make_staff(), make_reader("ada")
        self.book = make_book("The Ferry", chapters=0, word_count=0, opens_at=timezone.now() - DAY)
        access.give(self.ada, self.book, by=self.grace, note="")

    def upload(self):
        file = SimpleUploadedFile("ferry.epub", make_epub().getvalue(), "application/epub+zip")
        waiting = intake.take_in(file, by=self.grace)
        intake.say_what_it_is(waiting, is_edition=True)
        return intake.replace(waiting, notes="", write_to_readers=True, sample_chapters=1)

    def test_it_opens_with_its_file_once_its_day_has_come_and_is_no_new_edition(self):
        self.assertFalse(access.may_read(self.ada, self.book))

        _, letters = self.upload()

        self.assertTrue(access.may_read(self.ada, self.book))
        self.assertEqual((letters, mail.outbox), (0, []))

    def test_with_its_file_it_still_waits_for_its_day(self):
        Book.objects.update(opens_at=timezone.now() + DAY)

        self.upload()

        self.assertFalse(access.may_read(self.ada, self.book))
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get(f"/books/{self.book.pk}/read/1/").status_code, 200)
        self.assertEqual(self.client.get(f"/books/{self.book.pk}/read/2/").status_code, 403)
