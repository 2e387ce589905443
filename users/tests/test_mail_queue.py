"""Letters are tried again for a day, and what they say is forgotten once nobody needs it."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest import mock

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.test import TransactionTestCase, override_settings
from django.utils import timezone
from post_office.models import STATUS, Attachment, Email
from post_office.utils import create_attachments

from users.mail import queue
from users.tests.builders import AccountTestCase, code_in, make_reader

QUEUE = {
    "default": {"BACKEND": "bookstore_project.mail.QueueBackend"},
    "transport": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
}
DOWN = mock.patch.object(Email, "dispatch", side_effect=SMTPServerDisconnected("down"))


def queue_a_letter(**fields):
    what = {"subject": "Choose a new password", "message": "Open https://books.example/key/secret/"}
    what |= {"html_message": "<p>secret</p>", "headers": {"X-Key": "secret"}, "context": {"key": "secret"}}
    sender = {"from_email": "books@example.com", "to": ["ada@example.com"], "status": STATUS.queued}
    return Email.objects.create(**what | sender | fields)


class MailQueueTests(TransactionTestCase):
    serialized_rollback = True  # else the next class finds no All Books

    @pytest.fixture(autouse=True)
    def _lock(self, tmp_path):
        self.lock = str(tmp_path / "lock")

    def work(self):
        """What the worker does each minute."""
        queue.tidy()
        queue.send(self.lock)

    def assert_text_forgotten(self, letter):
        letter.refresh_from_db()
        self.assertEqual((letter.message, letter.html_message), ("", ""))
        self.assertEqual((letter.headers, letter.context), (None, None))
        self.assertEqual((letter.to, letter.subject), (["ada@example.com"], "Choose a new password"))

    def test_a_letter_that_is_sent_keeps_to_whom_about_what_and_when(self):
        letter = queue_a_letter()

        self.work()

        self.assertIn("secret", mail.outbox[0].body)
        self.assert_text_forgotten(letter)
        self.assertEqual(letter.status, STATUS.sent)

    def test_a_letter_that_could_not_be_sent_keeps_its_text_for_the_retry(self):
        letter = queue_a_letter()

        with DOWN:
            self.work()

        letter.refresh_from_db()
        self.assertEqual(letter.status, STATUS.requeued)
        self.assertIn("secret", letter.message)

    def test_a_letter_that_failed_for_good_is_emptied(self):
        letter = queue_a_letter(number_of_retries=32)

        with DOWN:
            self.work()

        self.assert_text_forgotten(letter)
        self.assertEqual(letter.status, STATUS.failed)

    def test_attachments_go_with_the_text(self):
        letter = queue_a_letter()
        letter.attachments.add(*create_attachments({"invoice.txt": ContentFile(b"secret")}))
        [kept] = Attachment.objects.all()

        self.work()
        self.assertEqual(mail.outbox[0].attachments[0].content, "secret")
        self.work()

        self.assertEqual(Attachment.objects.count(), 0)
        self.assertIs(kept.file.storage.exists(kept.file.name), False)

    def test_letters_from_before_are_emptied_too(self):
        letter = queue_a_letter(status=STATUS.sent)

        self.work()

        self.assert_text_forgotten(letter)

    def test_a_letter_whose_code_no_longer_works_is_not_sent(self):
        letter = queue_a_letter(expires_at=timezone.now() - timedelta(seconds=1))

        self.work()

        self.assertEqual(mail.outbox, [])
        self.assert_text_forgotten(letter)
        self.assertEqual(letter.status, STATUS.failed)

    def test_letters_are_deleted_after_ninety_days(self):
        old, young = queue_a_letter(status=STATUS.sent), queue_a_letter(status=STATUS.sent)
        Email.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=90, seconds=1))
        Email.objects.filter(pk=young.pk).update(created=timezone.now() - timedelta(days=89))

        self.work()

        self.assertEqual([letter.pk for letter in Email.objects.all()], [young.pk])

    def test_retries_begin_within_a_minute_back_off_and_last_a_day(self):
        letter = queue_a_letter()
        waits = []

        with DOWN:
            while letter.status != STATUS.failed:
                Email.objects.update(scheduled_time=timezone.now() - timedelta(seconds=1))
                queue.send(self.lock)
                letter.refresh_from_db()
                waits.append((letter.scheduled_time - letter.last_updated).total_seconds())
        waits.pop()  # the last failure is followed by none

        self.assertEqual(waits[:4], [10, 20, 40, 80])
        self.assertEqual(waits, sorted(waits))
        self.assertEqual(max(waits), 3600)
        self.assertGreater(sum(waits), 24 * 3600)
        self.assertLess(sum(waits), 25 * 3600)


@override_settings(MAILERS=QUEUE)
class LettersThatLetSomebodyInTests(AccountTestCase):
    def life_of(self, letter):
        return round((letter.expires_at - letter.created).total_seconds() / 60)

    def test_a_code_is_not_sent_after_it_has_ceased_to_work(self):
        self.sign_up("ada@example.com")

        [letter] = Email.objects.all()
        code_in(letter.message)
        self.assertEqual(self.life_of(letter), 10)

    def test_a_reset_link_is_not_sent_after_it_has_ceased_to_work(self):
        make_reader()

        self.ask_for_reset()

        [letter] = Email.objects.all()
        self.assertEqual(self.life_of(letter), 60)

    def test_what_stays_true_does_not_expire(self):
        self.ask_for_reset("nobody@example.com")

        [letter] = Email.objects.all()
        self.assertIsNone(letter.expires_at)
