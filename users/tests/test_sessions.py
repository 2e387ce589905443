import time
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.test import Client
from django.urls import reverse

from users.authentication.sessions import BEGAN
from users.tests.builders import AccountTestCase, make_reader


def in_the_future(**age):
    return mock.patch("time.time", return_value=time.time() + timedelta(**age).total_seconds())


class SessionLifetimeTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()
        self.log_in()
        self.assert_logged_in()

    @property
    def cookie(self):
        return self.client.cookies[settings.SESSION_COOKIE_NAME]

    def test_the_cookie_lasts_for_the_idle_time(self):
        self.assertEqual(self.cookie["max-age"], 30 * 24 * 60 * 60)

    def test_a_session_that_is_used_is_prolonged_once_a_day(self):
        self.cookie["max-age"] = "as it was"
        with in_the_future(hours=23):
            self.client.get(reverse("account_overview"))
        self.assertEqual(self.cookie["max-age"], "as it was")

        with in_the_future(hours=25):
            self.client.get(reverse("account_overview"))

        self.assertEqual(self.cookie["max-age"], 30 * 24 * 60 * 60)

    def test_a_reader_stays_logged_in_for_less_than_ninety_days(self):
        with in_the_future(days=89):
            self.assert_logged_in()

        with in_the_future(days=90):
            self.assert_not_logged_in()

    def test_staff_stay_logged_in_for_less_than_twelve_hours(self):
        self.ada.is_staff = True
        self.ada.save()

        with in_the_future(hours=11):
            self.assert_logged_in()

        with in_the_future(hours=12):
            self.assert_not_logged_in()


class SessionBeginningTests(AccountTestCase):
    def test_a_log_in_begins_a_new_life_however_old_the_visitor_s_session_is(self):
        make_reader()
        self.client.session.save()

        with in_the_future(days=80):
            self.log_in()
        with in_the_future(days=91):
            self.assert_logged_in()
        with in_the_future(days=171):
            self.assert_not_logged_in()

    def test_a_log_in_as_somebody_else_begins_a_session_of_their_own(self):
        for name in ("ada", "bob"):
            self.client.force_login(make_reader(f"{name}@example.com"))

        self.assert_logged_in()
        self.assertAlmostEqual(self.client.session[BEGAN], time.time(), delta=60)


class DevicesTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader()
        self.other = Client(headers={"User-Agent": "Mozilla/5.0 (iPad) Safari/604.1 <b>"})
        self.log_in(client=self.other, REMOTE_ADDR="192.0.2.7")
        self.log_in()

    def test_a_reader_sees_the_sessions(self):
        page = self.client.get(reverse("usersessions_list"))

        self.assertContains(page, "A browser on an unknown device, this device")
        self.assertContains(page, "Safari on iPad")
        self.assertContains(page, "192.0.2.7")

    def test_a_reader_ends_the_others(self):
        self.client.post(reverse("usersessions_list"))

        self.assert_not_logged_in(self.other)
        self.assert_logged_in()

    def test_nobody_ends_the_sessions_of_another_reader(self):
        make_reader("bob@example.com")
        bob = Client()
        self.log_in("bob@example.com", client=bob)

        bob.post(reverse("usersessions_list"))

        self.assert_logged_in(self.other)
