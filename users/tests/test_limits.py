import time
from unittest import mock

from django.test import Client, override_settings
from django.urls import reverse

from users.tests.builders import PASSWORD, WRONG, AccountTestCase, make_reader

GUESSES = 10
BEHIND_A_PROXY = {"ALLAUTH_TRUSTED_PROXY_COUNT": 1}


class GuessingTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader()

    def guess(self, times=GUESSES, **extra):
        for _ in range(times):
            response = self.log_in(password=WRONG, **extra)
            self.assertEqual(response.status_code, 200)

    def test_the_guesser_is_stopped(self):
        self.guess()

        self.assert_too_many(self.log_in(password=WRONG))
        self.assert_too_many(self.log_in())

    def test_trying_other_accounts_does_not_help_the_guesser(self):
        for number in range(GUESSES):
            self.log_in(f"reader{number}@example.com", WRONG)

        self.assert_too_many(self.log_in(password=WRONG))

    def test_the_owner_still_gets_in_from_elsewhere(self):
        self.guess()
        elsewhere = Client()

        self.log_in(client=elsewhere, REMOTE_ADDR="192.0.2.7")

        self.assert_logged_in(elsewhere)

    def test_right_passwords_do_not_count(self):
        for _ in range(GUESSES + 1):
            self.log_in()
            self.client.post(reverse("account_logout"))

        self.log_in()
        self.assert_logged_in()

    def test_a_made_up_forwarded_address_does_not_move_the_limit(self):
        for number in range(GUESSES):
            self.log_in(password=WRONG, headers={"X-Forwarded-For": f"192.0.2.{number}"})

        self.assert_too_many(self.log_in(headers={"X-Forwarded-For": "192.0.2.99"}))

    @override_settings(**BEHIND_A_PROXY)
    def test_behind_a_proxy_the_last_forwarded_address_counts(self):
        self.guess(headers={"X-Forwarded-For": "203.0.113.5, 192.0.2.1"})

        self.assert_too_many(self.log_in(headers={"X-Forwarded-For": "198.51.100.1, 192.0.2.1"}))
        elsewhere = Client()
        self.log_in(client=elsewhere, headers={"X-Forwarded-For": "203.0.113.5, 192.0.2.2"})
        self.assert_logged_in(elsewhere)

    def test_guesses_at_the_password_of_a_session_count_too(self):
        self.log_in()

        for _ in range(GUESSES):
            self.client.post(reverse("account_reauthenticate"), {"password": WRONG})

        self.assert_too_many(self.client.post(reverse("account_reauthenticate"), {"password": PASSWORD}))

    @override_settings(ACCOUNT_RATE_LIMITS=False)
    def test_limits_that_are_off_stop_nobody(self):
        self.guess(GUESSES + 5)

        self.log_in()

        self.assert_logged_in()


class OtherLimitsTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        # The clock stands still: on a busy machine the minute would be over before the test is.
        self.enterContext(mock.patch("time.time", return_value=time.time()))

    def test_sign_ups_are_limited(self):
        for number in range(10):
            self.client.cookies.clear()
            self.assertEqual(self.sign_up(f"reader{number}@example.com").status_code, 302)

        self.client.cookies.clear()
        self.assert_too_many(self.sign_up("one.more@example.com"))

    def test_reset_mails_are_limited(self):
        for _ in range(10):
            self.assertEqual(self.ask_for_reset().status_code, 302)

        self.assert_too_many(self.ask_for_reset())

    def test_a_flood_of_requests_does_not_keep_the_owner_from_a_reset(self):
        make_reader()
        for _ in range(11):
            self.ask_for_reset()

        response = self.ask_for_reset(REMOTE_ADDR="192.0.2.7")

        self.assertEqual(response.status_code, 302)
