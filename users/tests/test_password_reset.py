from datetime import datetime, timedelta
from unittest import mock

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.test import Client
from django.urls import reverse

from users.tests.builders import PASSWORD, AccountTestCase, link_in, make_reader

NEW = "a longer walk by the sea"


class PasswordResetTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader()

    def request_link(self):
        self.ask_for_reset()
        return link_in(self.last_mail.body, "/password/reset/key/")

    def choose(self, link, password=NEW):
        page = self.client.get(link, follow=True)
        if not page.redirect_chain:
            return page
        return self.client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})

    def test_the_link_sets_a_new_password_and_logs_nobody_in(self):
        response = self.choose(self.request_link())

        self.assertRedirects(response, reverse("account_reset_password_from_key_done"))
        self.assert_not_logged_in()
        self.log_in(password=PASSWORD)
        self.assert_not_logged_in()
        self.log_in(password=NEW)
        self.assert_logged_in()

    def test_the_link_works_once(self):
        link = self.request_link()
        self.choose(link)

        self.client.cookies.clear()

        self.assertContains(self.choose(link, "yet another walk"), "This link no longer works")

    def test_the_link_works_for_an_hour(self):
        link = self.request_link()
        later = datetime.now() + timedelta(minutes=61)  # noqa: DTZ005 (what Django's generator calls)

        with mock.patch.object(PasswordResetTokenGenerator, "_now", return_value=later):
            response = self.choose(link)

        self.assertContains(response, "This link no longer works")

    def test_the_link_of_one_reader_does_not_fit_another(self):
        other = make_reader("bob@example.com")
        link = self.request_link()
        key = link.rsplit("/", 2)[1].split("-", 1)[1]

        response = self.client.get(f"/accounts/password/reset/key/{other.pk}-{key}/", follow=True)

        self.assertContains(response, "This link no longer works")

    def test_the_form_stands_at_an_address_without_the_token(self):
        page = self.client.get(self.request_link(), follow=True)

        self.assertTrue(page.request["PATH_INFO"].endswith("-set-password/"))

    def test_a_reset_ends_every_session_and_is_told_to_the_owner(self):
        thief = Client()
        self.log_in(client=thief)

        self.choose(self.request_link())

        self.assert_not_logged_in(thief)
        self.assertEqual(self.last_mail.subject, "Your password for Bookstore was changed")

    def test_a_password_of_shop_words_is_refused(self):
        response = self.choose(self.request_link(), "Bookstore2026")

        self.assertContains(response, "based on the shop’s name")
