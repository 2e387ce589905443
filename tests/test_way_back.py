"""Whatever address a visitor sends, they are redirected to a page of this site, with its query, or home."""

import re
from urllib.parse import parse_qs, urlsplit

from django.core import mail
from django.test import RequestFactory, TestCase
from django.urls import reverse

from books.tests.builders import make_book
from users.requests.way_back import way_back
from users.tests.builders import PASSWORD, AccountTestCase, code_in, make_reader

OURS = ["/orders/?book=1", "/", "/library/?q=a%20b&page=2#main", "/books/?next=https://evil.example/"]
NOT_OURS = [
    "",
    "home",
    "x'\"(",
    "orders/",
    "?book=1",
    "#main",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "\\\\evil.example/",
    "https://evil.example/",
    "https://testserver.evil.example/",
    "https://testserver@evil.example/",
    "http://testserver//evil.example/",
    "http://testserver",
    "http://[",
    "javascript:alert(1)",
]


class WayBackTests(TestCase):
    request = RequestFactory().get("/")

    def test_a_path_of_this_site_is_followed_with_its_query(self):
        for sent in OURS:
            for address in (sent, f"http://testserver{sent}"):
                with self.subTest(address):
                    self.assertEqual(way_back(self.request, address, otherwise="/home/"), sent)

    def test_nothing_else_is(self):
        for sent in NOT_OURS:
            with self.subTest(sent):
                self.assertEqual(way_back(self.request, sent, otherwise="/home/"), "/home/")

    def test_the_readers_preferences_lead_back_to_the_page_or_home(self):
        for sent, led_to in [*zip(OURS, OURS, strict=True), *((sent, "/") for sent in NOT_OURS)]:
            with self.subTest(sent):
                response = self.client.post(reverse("reading_preferences"), {"next": sent})

                self.assertRedirects(response, led_to, fetch_redirect_response=False)


class AfterLogInTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()

    def test_log_in_leads_to_a_page_of_this_site_or_home(self):
        for sent, led_to in [*zip(OURS, OURS, strict=True), *((sent, "/") for sent in NOT_OURS)]:
            with self.subTest(sent):
                data = {"login": self.ada.email, "password": PASSWORD, "next": sent}
                response = self.client.post(reverse("account_login"), data)

                self.assertRedirects(response, led_to, fetch_redirect_response=False)
                self.client.logout()

    def test_a_form_sent_without_a_session_leads_back_to_its_page_with_its_query(self):
        page = f"/orders/?book={make_book().pk}"

        response = self.client.post("/orders/charge/", headers={"referer": f"http://testserver{page}"})

        asked = urlsplit(response.url)
        self.assertEqual((asked.path, parse_qs(asked.query)), (reverse("account_login"), {"next": [page]}))
        data = {"login": self.ada.email, "password": PASSWORD, "next": page}
        self.assertRedirects(self.client.post(response.url, data), page)

    def test_a_form_from_elsewhere_leads_home(self):
        for referer in [*NOT_OURS, "http://evil.example/orders/?book=1"]:
            with self.subTest(referer):
                response = self.client.post("/orders/charge/", headers={"referer": referer})

                self.assertRedirects(response, "/accounts/login/?next=/", fetch_redirect_response=False)

    def test_every_page_that_asks_to_log_in_keeps_its_query(self):
        for path in (
            "/library/",
            "/library/bookmarks/",
            "/orders/history/",
            "/admin/",
            "/accounts/",
        ):
            with self.subTest(path):
                response = self.client.get(f"{path}?book=1&page=2", follow=True)

                asked = parse_qs(response.request["QUERY_STRING"])
                self.assertEqual(asked["next"], [f"{path}?book=1&page=2"])

    def test_signing_up_on_the_way_to_a_purchase_leads_there(self):
        page = f"/orders/?book={make_book().pk}&code=summer"
        [log_in] = set(re.findall(r'href="/accounts/login/\?(next=[^"]+)"', self.client.get(page).text))
        sign_up = f"{reverse('account_signup')}?{log_in}"
        self.assertEqual(parse_qs(log_in), {"next": [page]})

        data = {"email": "bob@example.com", "password1": PASSWORD, "next": page}
        self.client.post(sign_up, data)
        response = self.enter_code(code_in(mail.outbox[-1].body))

        self.assertRedirects(response, page)
