"""Changes to a credential: what they ask for first and what they end."""

import time
from unittest import mock

from django.core import mail
from django.test import Client
from django.urls import reverse

from users.tests.builders import PASSWORD, WRONG, AccountTestCase, code_in, make_reader

NEW = "a longer walk by the sea"


class PasswordChangeTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader()
        self.log_in()

    def change(self, old=PASSWORD, new=NEW):
        data = {"oldpassword": old, "password1": new, "password2": new}
        return self.client.post(reverse("account_change_password"), data)

    def test_it_ends_the_other_sessions_and_keeps_this_one(self):
        other = Client()
        self.log_in(client=other)

        self.change()

        self.assert_not_logged_in(other)
        self.assert_logged_in()

    def test_without_the_old_password_nothing_changes(self):
        other = Client()
        self.log_in(client=other)

        response = self.change(old=WRONG)

        self.assertContains(response, "That isn’t your current password.")
        self.assert_logged_in(other)

    def test_the_owner_is_told(self):
        self.change()

        self.assertEqual(self.last_mail.to, ["ada@example.com"])
        self.assertIn("Your password was changed", self.last_mail.body)


class EmailChangeTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()
        self.log_in()

    def ask(self, email="ada@new.example.com"):
        return self.client.post(reverse("account_email"), {"email": email, "action_add": ""})

    def confirm(self, password=PASSWORD):
        data = {"password": password, "next": reverse("account_email")}
        return self.client.post(reverse("account_reauthenticate"), data)

    def test_the_new_address_takes_over_once_its_code_is_entered(self):
        self.ask()
        self.confirm()
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.email, "ada@example.com")
        self.assertEqual(self.last_mail.to, ["ada@new.example.com"])

        response = self.enter_code(code_in(self.last_mail.body))

        self.assertRedirects(response, reverse("account_overview"), fetch_redirect_response=False)
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.email, "ada@new.example.com")
        self.assertEqual(self.last_mail.to, ["ada@example.com"])
        self.assertIn("ada@new.example.com instead of ada@example.com", self.last_mail.body)

    def test_the_password_is_asked_first(self):
        response = self.ask()

        self.assertRedirects(response, "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F")
        self.assertEqual(mail.outbox, [])

    def test_a_wrong_password_does_not_go_on(self):
        self.ask()

        self.assertContains(self.confirm(WRONG), "That password isn’t right.")

        self.assertEqual(mail.outbox, [])

    def test_the_password_holds_for_five_minutes(self):
        self.ask()
        self.confirm()

        self.assertRedirects(self.ask("ada@other.example.com"), reverse("account_email_verification_sent"))
        with mock.patch("time.time", return_value=time.time() + 301):
            self.assertRedirects(
                self.ask("ada@third.example.com"), "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
            )

    def test_an_address_of_somebody_else_is_not_taken_over(self):
        make_reader("bob@example.com")

        self.ask("bob@example.com")
        self.confirm()

        self.assertIn("bob@example.com", self.last_mail.to)
        self.enter_code(code_in(self.last_mail.body))
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.email, "ada@example.com")


class PublicNameTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()
        self.log_in()

    def test_a_reader_chooses_a_public_name_on_one_line(self):
        response = self.client.post(
            reverse("account_overview"), {"username": " Ada \r\n Lovelace "}, follow=True
        )

        self.assertContains(response, "Your public name has been saved.")
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.public_name, "Ada Lovelace")

    def test_other_fields_cannot_be_posted_along(self):
        data = {"username": "Ada", "is_staff": "on", "email": "x@example.com"}

        self.client.post(reverse("account_overview"), data)

        self.ada.refresh_from_db()
        self.assertEqual((self.ada.is_staff, self.ada.email), (False, "ada@example.com"))

    def test_a_name_that_is_too_long_is_refused(self):
        response = self.client.post(reverse("account_overview"), {"username": "x" * 61})

        self.assertContains(response, "at most 60 characters")
