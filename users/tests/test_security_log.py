from django.contrib.auth import get_user_model
from django.urls import reverse

from users.tests.builders import PASSWORD, WRONG, AccountTestCase, code_in, link_in, make_reader


class SecurityLogTests(AccountTestCase):
    def lines(self, action):
        with self.assertLogs("security") as logs:
            action()
        return [record.getMessage() for record in logs.records]

    def setUp(self):
        super().setUp()
        self.ada = make_reader()

    def test_a_log_in_says_who_and_from_where(self):
        lines = self.lines(lambda: self.log_in(REMOTE_ADDR="192.0.2.7"))

        self.assertEqual(lines, [f"login user={self.ada.pk} address=192.0.2.7"])

    def test_a_wrong_password_names_the_account_by_its_number(self):
        lines = self.lines(lambda: self.log_in("ADA@example.com", WRONG))

        self.assertEqual(lines, [f"login_failed user={self.ada.pk} address=127.0.0.1"])

    def test_somebody_unknown_stays_unknown(self):
        lines = self.lines(lambda: self.log_in("nobody@example.com", WRONG))

        self.assertEqual(lines, ["login_failed user=unknown address=127.0.0.1"])

    def test_newlines_and_made_up_addresses_do_not_reach_the_log(self):
        forged = "nobody@example.com\r\nlogin user=1 address=1.1.1.1"
        data = {"login": forged, "password": WRONG}
        headers = {"X-Forwarded-For": "1.1.1.1\r\nforged", "User-Agent": "x\r\nforged"}

        with self.assertNoLogs("security"):
            self.client.post(reverse("account_login"), data, headers=headers)
        lines = self.lines(lambda: self.log_in("nobody@example.com", f"x\r\n{forged}", headers=headers))

        self.assertEqual(lines, ["login_failed user=unknown address=127.0.0.1"])

    def test_a_log_out_is_noted_and_an_anonymous_one_is_not_a_reader_s(self):
        self.log_in()

        lines = self.lines(lambda: self.client.post(reverse("account_logout")))

        self.assertEqual(lines, [f"logout user={self.ada.pk} address=127.0.0.1"])

    def test_a_reached_limit_is_noted(self):
        for _ in range(10):
            self.log_in(password=WRONG)

        lines = self.lines(lambda: self.log_in(password=WRONG))

        self.assertEqual(lines, ["limit_reached user=unknown address=127.0.0.1"])

    def test_changes_are_noted_without_what_they_changed_to(self):
        def change_everything():
            self.log_in()
            self.client.post(
                reverse("account_change_password"),
                {"oldpassword": PASSWORD, "password1": "a new long walk", "password2": "a new long walk"},
            )
            self.client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})
            self.client.post(
                reverse("account_reauthenticate"), {"password": "a new long walk", "next": "/accounts/email/"}
            )
            self.enter_code(code_in(self.last_mail.body))
            self.client.post(reverse("account_logout"))
            self.ask_for_reset("new@example.com")
            page = self.client.get(link_in(self.last_mail.body, "/reset/key/"), follow=True)
            data = {"password1": "a newer long walk", "password2": "a newer long walk"}
            self.client.post(page.request["PATH_INFO"], data)

        lines = self.lines(change_everything)

        events = ["login", "password_changed", "email_changed", "logout", "password_reset"]
        self.assertEqual(lines, [f"{event} user={self.ada.pk} address=127.0.0.1" for event in events])

    def test_a_sign_up_and_its_confirmation_are_noted(self):
        def sign_up():
            self.sign_up("bob@example.com")
            self.enter_code(code_in(self.last_mail.body))

        lines = self.lines(sign_up)

        bob = get_user_model().objects.get(email="bob@example.com")
        events = ["signup", "email_confirmed", "login"]
        self.assertEqual(lines, [f"{event} user={bob.pk} address=127.0.0.1" for event in events])
