"""What is on every page."""

from django.conf import settings
from django.test import TestCase, override_settings
from django.urls import reverse

from books.tests.builders import make_reader

TEST_NOTICE = "Payments are in test mode: no real money is charged."
URL = reverse("about")


class FrameTests(TestCase):
    def test_a_visitor_can_skip_to_the_content_search_log_in_and_sign_up(self):
        response = self.client.get(URL)

        for text in [
            '<html lang="en"',
            '<a class="skip-link" href="#main">',
            '<button class="btn btn-quiet" type="submit">Search</button>',
            reverse("account_login"),
            reverse("account_signup"),
            '<link rel="canonical" href="http://testserver/about/">',
        ]:
            self.assertContains(response, text)
        self.assertNotContains(response, "Log out")

    def test_a_reader_can_see_orders_and_account_and_log_out_by_post(self):
        self.client.force_login(make_reader())

        response = self.client.get(URL)

        self.assertRegex(response.text, rf'<form action="{reverse("account_logout")}"\s+method="post"')
        self.assertContains(response, reverse("order_list"))
        self.assertContains(response, reverse("account_overview"))
        self.assertNotContains(response, "Sign up")

    def test_the_page_one_is_on_is_marked(self):
        self.assertContains(self.client.get(URL), f'<a href="{URL}" aria-current="page">About</a>')

    def test_test_payments_are_announced(self):
        with override_settings(STRIPE_LIVE_MODE=False):
            self.assertContains(self.client.get(URL), TEST_NOTICE)

    def test_live_payments_are_not(self):
        with override_settings(STRIPE_LIVE_MODE=True):
            self.assertNotContains(self.client.get(URL), TEST_NOTICE)

    def test_nothing_on_the_page_needs_a_looser_policy(self):
        response = self.client.get(URL)

        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        self.assertNotContains(response, "style=")
        self.assertNotContains(response, "<style")
        self.assertNotContains(response, "<script>")
        self.assertNotContains(response, "onclick")

    @override_settings(DEFAULT_FROM_EMAIL="The Shop <books@example.com>")
    def test_the_shop_can_be_written_to(self):
        self.assertContains(self.client.get(URL), '<a href="mailto:books@example.com">books@example.com</a>')


class CachingTests(TestCase):
    def test_no_cache_keeps_a_personal_page_even_one_that_is_not_there(self):
        personal = ["/orders/", "/orders/nothing/", "/accounts/login/", "/accounts/nothing/", "/library/"]
        for path in [*personal, f"/{settings.ADMIN_PATH}", f"/{settings.ADMIN_PATH}money-doctor/"]:
            with self.subTest(path):
                self.assertIn("no-store", self.client.get(path).headers["Cache-Control"])

    def test_caches_may_keep_what_is_the_same_for_every_visitor(self):
        for path in ["/nothing/"]:
            with self.subTest(path):
                self.assertNotIn("Cache-Control", self.client.get(path).headers)
        for path in ["/", "/about/", "/books/"]:
            with self.subTest(path):
                response = self.client.get(path)

                self.assertEqual(response.headers["Cache-Control"], "public, max-age=0, s-maxage=5")
                self.assertEqual(response.headers["Vary"], "Cookie")
