import time
from unittest import mock

from django.contrib.auth import get_user_model
from django.core import mail
from django.test import override_settings
from django.urls import reverse
from post_office.models import STATUS, Email

from users.tests.builders import PASSWORD, AccountTestCase, code_in, make_reader

QUEUE = {
    "default": {"BACKEND": "bookstore_project.mail.QueueBackend"},
    # Nothing listens there.
    "transport": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": 9},
    },
}


class SignUpTests(AccountTestCase):
    def test_the_code_from_the_mail_logs_in(self):
        self.sign_up()

        response = self.enter_code(code_in(self.last_mail.body))

        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        self.assert_logged_in()

    def test_a_wrong_code_does_not_log_in(self):
        self.sign_up()

        response = self.enter_code("ABCD-EFGH")

        self.assertContains(response, "That code isn’t right.")
        self.assert_not_logged_in()

    def test_the_third_wrong_code_ends_the_attempt(self):
        self.sign_up()
        code = code_in(self.last_mail.body)

        for _ in range(3):
            self.enter_code("ABCD-EFGH")
        self.enter_code(code)

        self.assert_not_logged_in()

    def test_a_code_is_too_old_after_ten_minutes(self):
        self.sign_up()
        code = code_in(self.last_mail.body)

        with mock.patch("time.time", return_value=time.time() + 601):
            self.enter_code(code)

        self.assert_not_logged_in()

    def test_a_new_code_replaces_the_old_one(self):
        self.sign_up()
        old = code_in(self.last_mail.body)

        self.client.post(reverse("account_email_verification_sent"), {"action": "resend"})
        self.enter_code(old)

        self.assert_not_logged_in()
        self.enter_code(code_in(self.last_mail.body))
        self.assert_logged_in()

    def test_unconfirmed_readers_are_asked_for_a_code_instead_of_being_logged_in(self):
        make_reader(verified=False)

        response = self.log_in()

        self.assertRedirects(response, reverse("account_email_verification_sent"))
        self.assert_not_logged_in()

    def test_an_address_is_one_account_in_any_case(self):
        make_reader("ada@example.com")

        self.sign_up("ADA@Example.com")

        self.assertEqual(get_user_model().objects.count(), 1)
        self.assertEqual(self.last_mail.subject, "You already have an account at Bookstore")

    def test_next_survives_until_after_the_code(self):
        data = {"email": "ada@example.com", "password1": PASSWORD, "next": "/orders/"}
        self.client.post(reverse("account_signup"), data)

        response = self.enter_code(code_in(self.last_mail.body))

        self.assertRedirects(response, "/orders/", fetch_redirect_response=False)

    @override_settings(MAILERS=QUEUE)
    def test_a_mail_server_that_is_down_does_not_break_sign_up(self):
        response = self.sign_up()

        self.assertRedirects(response, reverse("account_email_verification_sent"))
        queued = Email.objects.get()
        self.assertEqual((queued.to, queued.status), (["ada@example.com"], STATUS.queued))
        self.enter_code(code_in(queued.message))
        self.assert_logged_in()
        self.assertEqual(mail.outbox, [])
