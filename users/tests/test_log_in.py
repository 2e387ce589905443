from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from users.models import CustomUser
from users.tests.builders import PASSWORD, WRONG, AccountTestCase, make_reader


class LogInTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()

    def test_the_address_counts_in_any_case_and_the_password_exactly(self):
        self.assertContains(self.log_in(password="A long walk by the sea"), "don’t match")
        self.assert_not_logged_in()

        self.log_in("ADA@example.COM")

        self.assert_logged_in()

    def test_who_made_their_account_on_the_server_needs_no_code(self):
        call_command("createsuperuser", email="Grace@example.com", interactive=False, verbosity=0)
        grace = CustomUser.objects.get(email="grace@example.com")
        grace.set_password(PASSWORD)
        grace.save()

        response = self.log_in("grace@example.com")

        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        self.assert_logged_in()
        self.assertEqual(mail.outbox, [])

    def test_staff_whom_somebody_added_do(self):
        CustomUser.objects.create_user("helper@example.com", PASSWORD, is_staff=True)

        self.log_in("helper@example.com")

        self.assert_not_logged_in()
        self.assertEqual(self.last_mail.to, ["helper@example.com"])

    def test_disabled_people_cannot_log_in_and_lose_their_sessions(self):
        self.log_in()
        self.ada.is_active = False
        self.ada.save()

        self.assert_not_logged_in()
        self.assertRedirects(self.log_in(), reverse("account_inactive"))

    def test_next_is_followed_on_this_site(self):
        response = self.client.post(
            "/accounts/login/?next=/orders/", {"login": self.ada.email, "password": "a long walk by the sea"}
        )

        self.assertRedirects(response, "/orders/", fetch_redirect_response=False)

    def test_next_never_leads_to_another_site(self):
        for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
            with self.subTest(target):
                data = {"login": self.ada.email, "password": "a long walk by the sea", "next": target}
                response = self.client.post(reverse("account_login"), data)

                self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
                self.client.post(reverse("account_logout"))

    def test_links_to_sign_up_and_reset_carry_next(self):
        page = self.client.get("/accounts/login/?next=/orders/%3Fbook%3D1")

        self.assertContains(page, 'href="/accounts/password/reset/?next=%2Forders%2F%3Fbook%3D1"')
        self.assertContains(page, 'href="/accounts/signup/?next=%2Forders%2F%3Fbook%3D1"')

    def test_the_session_gets_a_new_key(self):
        self.log_in(password=WRONG)
        self.client.get(reverse("account_login"))
        session = self.client.session
        session["kept"] = True
        session.save()
        before = session.session_key

        self.log_in()

        self.assertNotEqual(self.client.session.session_key, before)

    def test_staff_log_in_to_the_admin_through_the_shop(self):
        response = self.client.get("/admin/login/?next=/admin/")

        self.assertRedirects(response, "/accounts/login/?next=%2Fadmin%2F", fetch_redirect_response=False)
        response = self.client.post("/admin/login/", {"username": self.ada.email, "password": "x"})
        self.assertEqual(response.status_code, 302)

    def test_readers_get_no_admin_page(self):
        self.log_in()

        self.assertEqual(self.client.get("/admin/login/").status_code, 403)


class LogOutTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        make_reader()
        self.log_in()

    def test_a_post_logs_out_on_the_server_and_tells_the_browser_to_forget(self):
        cookie = self.client.session.session_key

        response = self.client.post(reverse("account_logout"))

        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        self.assertEqual(response.headers["Clear-Site-Data"], '"cache", "storage"')
        self.assert_not_logged_in()
        self.assertFalse(self.client.session.exists(cookie))

    def test_a_get_only_asks(self):
        response = self.client.get(reverse("account_logout"))

        self.assertContains(response, "Do you want to log out")
        self.assertNotIn("Clear-Site-Data", response.headers)
        self.assert_logged_in()
