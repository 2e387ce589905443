from django.conf import settings
from django.core import mail
from django.test import override_settings

from tests.shop import shop
from users.tests.builders import AccountTestCase, make_reader


class MailTests(AccountTestCase):
    def all_mails(self, **extra):
        make_reader()
        make_reader("closed@example.com", verified=False)
        self.sign_up("new@example.com", **extra)
        self.client.cookies.clear()
        self.sign_up("ada@example.com", **extra)
        self.client.cookies.clear()
        self.ask_for_reset("ada@example.com", **extra)
        self.ask_for_reset("nobody@example.com", **extra)
        self.log_in("closed@example.com", **extra)
        return mail.outbox

    @override_settings(ALLOWED_HOSTS=["*"], SITE_URL="https://books.example.com")
    def test_links_start_with_the_site_s_address_whatever_host_the_request_names(self):
        mails = self.all_mails(headers={"Host": "evil.example"})

        self.assertEqual(len(mails), 5)
        for message in mails:
            with self.subTest(message.subject):
                self.assertNotIn("evil.example", message.subject + message.body)
                self.assertIn("https://books.example.com", message.body)

    def test_every_mail_names_the_shop_and_comes_from_it(self):
        for message in self.all_mails():
            with self.subTest(message.subject):
                self.assertIn("Bookstore", message.subject)
                self.assertEqual(message.from_email, settings.DEFAULT_FROM_EMAIL)
                self.assertNotIn("&", message.body)

    @override_settings(SHOP=shop(name="Ada & Sons\r\nBcc: x@example.com"))
    def test_a_subject_stays_one_line_and_unescaped(self):
        make_reader()

        self.ask_for_reset()

        self.assertEqual(self.last_mail.subject, "Choose a new password for Ada & Sons Bcc: x@example.com")

    def test_an_address_with_a_newline_gets_no_mail(self):
        for email in ("ada@example.com\nBcc: x@example.com", "ada@example.com\r\nx"):
            response = self.ask_for_reset(email)
            self.assertEqual(response.status_code, 200)

        self.assertEqual(mail.outbox, [])
