"""Staff see that a mail was sent, not what it says."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import TestCase
from post_office.models import STATUS, Email

LIST = "/admin/post_office/email/"


class MailAdminTests(TestCase):
    def setUp(self):
        self.mail = Email.objects.create(
            from_email="books@example.com",
            to=["ada@example.com"],
            subject="Set a new password",
            message="Open https://books.example/reset/key/secret/",
            status=STATUS.failed,
        )
        self.grace = get_user_model().objects.create_superuser("grace@example.com", "testpass123")

    def test_the_queue_shows_whom_and_what_about_and_never_the_text(self):
        self.client.force_login(self.grace)

        for page in (self.client.get(LIST), self.client.get(f"{LIST}{self.mail.pk}/change/")):
            self.assertContains(page, "ada@example.com")
            self.assertContains(page, "Set a new password")
            self.assertNotContains(page, "secret")

    def test_a_mail_can_be_sent_again(self):
        self.client.force_login(self.grace)

        self.client.post(LIST, {"action": "send_again", "_selected_action": [self.mail.pk]})

        self.mail.refresh_from_db()
        self.assertEqual(self.mail.status, STATUS.queued)

    def test_a_mail_whose_text_is_not_kept_is_not_sent_empty(self):
        Email.objects.update(status=STATUS.sent, message="")
        self.client.force_login(self.grace)

        page = self.client.post(
            LIST, {"action": "send_again", "_selected_action": [self.mail.pk]}, follow=True
        )

        self.mail.refresh_from_db()
        self.assertEqual(self.mail.status, STATUS.sent)
        self.assertContains(page, "Queued again: 0.")
        self.assertContains(page, "To send a buyer their receipt again, select the order under Orders.")

    def test_who_may_only_look_cannot_send(self):
        looker = get_user_model().objects.create_user("bob@example.com", "testpass123", is_staff=True)
        looker.user_permissions.add(Permission.objects.get(codename="view_email"))
        self.client.force_login(looker)

        self.client.post(LIST, {"action": "send_again", "_selected_action": [self.mail.pk]})

        self.mail.refresh_from_db()
        self.assertEqual(self.mail.status, STATUS.failed)

    def test_pages_that_would_go_round_the_guard_of_accounts_are_not_there(self):
        self.client.force_login(self.grace)

        for path in ("account/emailaddress", "usersessions/usersession", "post_office/emailtemplate"):
            with self.subTest(path):
                self.assertEqual(self.client.get(f"/admin/{path}/").status_code, 404)
