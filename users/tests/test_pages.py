"""What holds for every page under /accounts/."""

import re

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.urls import URLPattern, get_resolver, reverse

from users.tests.builders import AccountTestCase, link_in, make_reader

FOR_VISITORS = {"account_login", "account_signup", "account_reset_password"}
# Redirects unless something is under way, which other tests start.
PASSING = {"account_email_verification_sent", "account_confirm_login_code", "account_set_password"}
DOWNLOADS = {"account_export"}


def account_patterns(patterns=None, prefix=""):
    """Every named address under /accounts/ that needs no argument."""
    for entry in patterns or get_resolver().url_patterns:
        route = prefix + str(entry.pattern)
        if not route.startswith("accounts/"):
            continue
        if not isinstance(entry, URLPattern):
            yield from account_patterns(entry.url_patterns, route)
        elif not entry.pattern.converters and "(?P" not in route:
            yield entry.name


class AccountPagesTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()

    def assert_in_frame(self, response):
        self.assertEqual(response.status_code, 200)
        self.assertIn('<html lang="en"', response.text)
        self.assertEqual(len(re.findall("<main", response.text)), 1)
        self.assertEqual(len(re.findall("<h1", response.text)), 1)
        self.assertRegex(response.text, r"<title>[^<]*\w[^<]* · Bookstore</title>")
        self.assertNotIn("Menu:", response.text)
        self.assertIn("no-store", response.headers["Cache-Control"])
        ids = re.findall(r'\bid="([^"]+)"', response.text)
        self.assertEqual(len(ids), len(set(ids)))
        for described in re.findall(r'aria-describedby="([^"]+)"', response.text):
            self.assertLessEqual(set(described.split()), set(ids))
        labelled = set(re.findall(r'<label[^>]*for="([^"]+)"', response.text))
        for attributes in re.findall(r"<input([^>]*)>", response.text):
            if 'type="hidden"' not in attributes and " hidden" not in attributes:
                self.assertIn(re.search(r'\bid="([^"]+)"', attributes).group(1), labelled)

    def test_every_page_is_in_the_site_s_frame(self):
        self.log_in()
        names = set(account_patterns())
        self.assertLessEqual(FOR_VISITORS | PASSING | {"account_overview", "usersessions_list"}, names)

        for name in sorted(names - PASSING - DOWNLOADS):
            with self.subTest(name):
                if name in FOR_VISITORS:
                    self.client.logout()
                    self.assert_in_frame(self.client.get(reverse(name)))
                    self.log_in()
                else:
                    self.assert_in_frame(self.client.get(reverse(name)))

    def test_pages_with_errors_keep_the_frame_and_name_the_errors(self):
        for name in sorted(FOR_VISITORS):
            with self.subTest(name):
                response = self.client.post(reverse(name), {"email": "nonsense", "login": "nonsense"})
                self.assert_in_frame(response)
                self.assertIn('aria-invalid="true"', response.text)

    def test_pages_in_the_middle_of_something_keep_the_frame(self):
        self.sign_up("bob@example.com")
        self.assert_in_frame(self.client.get(reverse("account_email_verification_sent")))
        self.assert_in_frame(self.enter_code("ABCD-EFGH"))
        self.client.cookies.clear()
        self.ask_for_reset()
        link = link_in(self.last_mail.body, "/reset/key/")
        self.assert_in_frame(self.client.get(link, follow=True))
        self.assert_in_frame(self.client.get(link.replace("-", "-x"), follow=True))

    def test_without_a_password_one_can_be_set(self):
        self.ada.set_unusable_password()
        self.ada.save()
        self.client.force_login(self.ada)

        self.assert_in_frame(self.client.get(reverse("account_set_password")))

    def test_a_get_changes_nothing(self):
        self.log_in()
        self.client.get(reverse("account_overview"))
        user = get_user_model().objects.filter(pk=self.ada.pk)
        before = (user.values().get(), list(Session.objects.values()))

        for name in set(account_patterns()) - PASSING - {"account_reauthenticate"}:
            self.client.get(reverse(name))

        self.assertEqual((user.values().get(), list(Session.objects.values())), before)

    def test_personal_pages_are_for_those_who_are_logged_in(self):
        for name in (
            "account_overview",
            "account_email",
            "account_change_password",
            "account_export",
            "account_erase",
            "usersessions_list",
        ):
            with self.subTest(name):
                response = self.client.get(reverse(name))
                url = reverse(name)
                self.assertRedirects(response, f"/accounts/login/?next={url}", fetch_redirect_response=False)

    def test_password_managers_are_told_what_each_field_is(self):
        login = self.client.get(reverse("account_login")).text
        self.assertIn('autocomplete="email"', login)
        self.assertIn('autocomplete="current-password"', login)
        self.assertIn('autocomplete="new-password"', self.client.get(reverse("account_signup")).text)
        self.sign_up("bob@example.com")
        code = self.client.get(reverse("account_email_verification_sent")).text
        self.assertIn('autocomplete="one-time-code"', code)

    def test_no_field_keeps_anybody_from_pasting_or_from_long_passwords(self):
        page = self.client.get(reverse("account_signup")).text

        self.assertNotIn("onpaste", page)
        self.assertIsNone(re.search(r'<input[^>]*type="password"[^>]*maxlength', page))
