"""Nobody can have the shop fill a stranger's mailbox, and no page tells that a letter was held back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse

from users.mail import limits
from users.models import CustomUser, LetterPlace
from users.tests.builders import AccountTestCase, make_reader

CODE = "account/email/email_confirmation_signup"
SPELLINGS = [
    "ada@bücher.example",
    "ADA@xn--bcher-kva.example",
    "Ada+shop@bücher.example",
    "a.d.a+{}@BÜCHER.example",
]


class FloodTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.network = count(1)

    def ask(self, path, email):
        """Post one address from a browser and a network address of its own; return what came back."""
        data = {"email": email, "password1": "a long walk by the sea"}
        number = next(self.network)
        answer = Client().post(reverse(path), data, REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")
        return answer.status_code, answer.headers["Location"]

    def letters_to(self, email="ada@xn--bcher-kva.example"):
        return [letter for letter in mail.outbox if letter.to == [email]]

    def flood(self, times=20):
        return {
            (path, self.ask(path, SPELLINGS[number % 4].format(number)))
            for number in range(times)
            for path in ("account_signup", "account_reset_password")
        }

    def test_whoever_sends_and_however_it_is_written_a_mailbox_gets_five_letters_an_hour(self):
        for known in (False, True):
            with self.subTest(known=known):
                CustomUser.objects.all().delete()
                LetterPlace.objects.all().delete()
                mail.outbox.clear()
                if known:
                    make_reader("ada@xn--bcher-kva.example")

                self.flood()

                self.assertEqual(len(mail.outbox), 5)

    def test_the_answers_stay_the_same_when_letters_no_longer_go_out(self):
        first = self.flood(times=1)

        later = self.flood()

        self.assertEqual(first, later)

    def test_other_addresses_get_theirs(self):
        self.flood()

        self.ask("account_reset_password", "bob@bücher.example")

        self.assertEqual(len(self.letters_to("bob@xn--bcher-kva.example")), 1)

    def test_an_hour_later_it_begins_again(self):
        self.flood()
        mail.outbox.clear()
        LetterPlace.objects.update(free_at=F("free_at") - timedelta(hours=1))

        self.flood()

        self.assertEqual(len(mail.outbox), 5)

    def test_sign_ups_by_strangers_do_not_keep_the_owner_from_a_new_password(self):
        make_reader("ada@example.com")
        for _ in range(20):
            self.ask("account_signup", "ada@example.com")
        mail.outbox.clear()

        self.ask("account_reset_password", "ada@example.com")

        self.assertIn("/password/reset/key/", self.last_mail.body)

    def test_confirmations_of_a_new_address_count_however_many_accounts_ask(self):
        for number in range(8):
            name = f"reader{number}@example.com"
            make_reader(name)
            self.client.cookies.clear()
            self.log_in(name)
            self.ask_for_change("victim@example.com")

        self.assertEqual(len(self.letters_to("victim@example.com")), 3)

    def test_news_of_one_s_own_account_always_arrives(self):
        make_reader("ada@example.com")
        for _ in range(5):
            self.ask("account_signup", "ada@example.com")
            self.ask("account_reset_password", "ada@example.com")
        self.log_in("ada@example.com")
        mail.outbox.clear()

        self.client.post(
            reverse("account_change_password"),
            {
                "oldpassword": "a long walk by the sea",
                "password1": "a longer walk by the sea",
                "password2": "a longer walk by the sea",
            },
        )

        self.assertEqual(self.last_mail.subject, "Your password for Bookstore was changed")

    def test_the_table_holds_no_address_and_is_emptied(self):
        self.flood(times=2)
        self.assertNotIn("ada", "".join(LetterPlace.objects.values_list("name", flat=True)))
        self.assertGreater(LetterPlace.objects.count(), 0)

        LetterPlace.objects.update(free_at=F("free_at") - timedelta(hours=3))
        limits.forget_old_places()

        self.assertEqual(LetterPlace.objects.count(), 0)

    def test_known_and_unknown_addresses_cost_the_same_to_count(self):
        make_reader("ada@example.com")
        for email in ("ada@example.com", "nobody@example.com"):
            with self.subTest(email), self.assertNumQueries(2):
                limits.may_write(CODE, email)

    @override_settings(RATE_LIMITS=False)
    def test_load_tests_can_switch_it_off(self):
        self.assertEqual([limits.may_write(CODE, "ada@example.com") for _ in range(9)], [True] * 9)


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    serialized_rollback = True

    def test_twenty_at_once_are_not_one_letter_more(self):
        def ask(_):
            try:
                return limits.may_write(CODE, "ada@example.com")
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(ask, range(20)))

        self.assertEqual(answers.count(True), 3)
