"""Whoever asks learns from no form whether an address has an account."""

import re

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from users.guests.accounts import open_account
from users.models import CustomUser
from users.tests.builders import WRONG, AccountTestCase, make_reader


class EnumerationTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader("known@example.com")

    def answer(self, send, email):
        """What a browser gets for one address, without the address and the tokens."""
        self.client.cookies.clear()
        response = send(email)
        seen = [response.status_code, response.headers.get("Location")]
        while response.status_code == 302:
            response = self.client.get(response.headers["Location"])
            seen += [response.status_code, response.headers.get("Location")]
        body = response.text.replace(email, "ADDRESS")
        return seen, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)

    def assert_alike(self, send):
        self.assertEqual(self.answer(send, "known@example.com"), self.answer(send, "nobody@example.com"))

    def test_log_in(self):
        self.assert_alike(self.log_in_wrongly)

    def test_sign_up(self):
        self.assert_alike(self.sign_up)

    def test_sign_up_with_a_wrong_code(self):
        def send(email):
            self.sign_up(email)
            return self.enter_code("ABCD-EFGH")

        self.assert_alike(send)

    def test_sign_up_asking_for_a_new_code(self):
        def send(email):
            self.sign_up(email)
            return self.client.post("/accounts/confirm-email/", {"action": "resend"})

        self.assert_alike(send)

    def test_password_reset(self):
        self.assert_alike(self.ask_for_reset)

    @override_settings(PASSWORD_HASHERS=["users.tests.test_enumeration.CountingHasher"])
    def test_known_and_unknown_addresses_cost_the_same_hashes(self):
        for send, hashes in ((self.log_in_wrongly, 1), (self.sign_up, 1), (self.ask_for_reset, 0)):
            for email in (*self.accounts_of_every_kind(), "another@example.com"):
                with self.subTest(send=send, email=email):
                    self.client.cookies.clear()
                    cache.clear()
                    CountingHasher.count = 0

                    send(email)

                    self.assertEqual(CountingHasher.count, hashes)

    def accounts_of_every_kind(self):
        """Save accounts that differ in what a log-in, a sign-up or a reset asks; return their addresses."""
        CustomUser.objects.exclude(email="known@example.com").delete()
        make_reader("unverified@example.com", verified=False)
        make_reader("closed@example.com", is_active=False)
        # As whoever claims what a guest bought gets one: without a password.
        open_account("claimed@example.com")
        return ["known@example.com", "unverified@example.com", "closed@example.com", "claimed@example.com"]

    def log_in_wrongly(self, email):
        return self.log_in(email, WRONG)

    def asked(self, send, email):
        """Return the statements of a request, without the values in them, and how many letters it queued."""
        self.client.cookies.clear()
        cache.clear()
        mail.outbox.clear()
        with CaptureQueriesContext(connection) as asked:
            send(email)
        values = r"'[^']*'|\b\d+\b|_sync_\d+"
        statements = [re.sub(values, "?", each["sql"]) for each in asked]
        ours = [each for each in statements if not each.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
        return ours, len(mail.outbox)

    def test_known_and_unknown_addresses_cost_the_same_statements_and_letters(self):
        for send in (self.log_in_wrongly, self.ask_for_reset, self.sign_up):
            addresses = self.accounts_of_every_kind()
            unknown = self.asked(send, "nobody@example.com")
            for email in addresses:
                with self.subTest(send=send, email=email):
                    self.assertEqual(self.asked(send, email), unknown)

    def test_who_asks_again_and_again_gets_as_many_letters(self):
        for send in (self.ask_for_reset, self.sign_up):
            addresses = [*self.accounts_of_every_kind(), "nobody@example.com"]
            for time in range(4):
                sent = {email: self.asked(send, email) for email in addresses}
                with self.subTest(send=send, time=time):
                    self.assertEqual(len({letters for _, letters in sent.values()}), 1, sent)

    def test_what_a_known_address_seems_to_sign_up_leaves_no_account(self):
        before = list(CustomUser.objects.values())

        self.sign_up("known@example.com")

        self.assertEqual(list(CustomUser.objects.values()), before)
        self.assertEqual(EmailAddress.objects.count(), 1)
        self.assertEqual([letter.to for letter in mail.outbox], [["known@example.com"]])

    def test_the_mail_tells_the_owner_what_the_page_does_not(self):
        self.sign_up("known@example.com")
        self.assertIn("You already have an account with this address", self.last_mail.body)

        self.client.cookies.clear()
        self.ask_for_reset("nobody@example.com")
        self.assertIn("We have no account with this address", self.last_mail.body)


class CountingHasher(MD5PasswordHasher):
    """Counts its work instead of taking its time."""

    count = 0

    def encode(self, password, salt):
        type(self).count += 1
        return super().encode(password, salt)
