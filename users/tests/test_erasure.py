from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail import send_mail
from django.test import Client, override_settings
from django.urls import reverse
from post_office.models import Email

from users.personal_data.erasure import erase
from users.tests.builders import PASSWORD, WRONG, AccountTestCase, code_in, make_reader

ERASED = r"^erased-[0-9a-f-]{36}@erased\.invalid$"


class ErasureTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader(username="Ada", first_name="Ada", last_name="Lovelace")
        self.bob = make_reader("bob@example.com", username="Bob")
        self.log_in()

    def ask(self, password=PASSWORD, **data):
        return self.client.post(reverse("account_erase"), {"password": password, "sure": "on"} | data)

    def assert_still_there(self):
        self.ada.refresh_from_db()
        self.assertEqual((self.ada.email, self.ada.is_active), ("ada@example.com", True))
        self.assert_logged_in()

    def test_it_leaves_no_name_and_no_way_in(self):
        response = self.ask()

        self.assertRedirects(response, reverse("home"), fetch_redirect_response=False)
        self.assertContains(self.client.get(reverse("home")), "Your account has been erased.")
        self.assert_not_logged_in()
        self.ada.refresh_from_db()
        self.assertRegex(self.ada.email, ERASED)
        self.assertEqual((self.ada.username, self.ada.get_full_name()), ("", ""))
        self.assertEqual(self.ada.public_name, "A reader")
        self.assertTrue(self.ada.is_erased)
        self.assertFalse(self.ada.is_active)
        self.assertFalse(self.ada.has_usable_password())
        self.assertFalse(EmailAddress.objects.filter(user=self.ada).exists())

    def test_the_browser_forgets_the_pages(self):
        self.assertEqual(self.ask().headers["Clear-Site-Data"], '"cache", "storage"')

    def test_nobody_logs_in_with_the_old_or_the_new_address(self):
        self.ask()
        self.ada.refresh_from_db()

        for email in ("ada@example.com", self.ada.email):
            self.assertContains(self.log_in(email), "don’t match")
            self.assert_not_logged_in()

    def test_the_address_signs_up_again_as_somebody_else(self):
        self.ask()

        self.sign_up()
        self.enter_code(code_in(self.last_mail.body))

        self.assert_logged_in()
        self.assertNotEqual(get_user_model().objects.get(email="ada@example.com").pk, self.ada.pk)

    def test_sessions_elsewhere_end(self):
        other = Client()
        self.log_in(client=other)

        self.ask()

        self.assert_not_logged_in(other)
        self.assertFalse(Session.objects.exists())

    def test_others_are_left_alone(self):
        bob = Client()
        self.log_in("bob@example.com", client=bob)
        before = get_user_model().objects.filter(pk=self.bob.pk).values().get()

        self.ask()

        self.assertEqual(get_user_model().objects.filter(pk=self.bob.pk).values().get(), before)
        self.assertTrue(EmailAddress.objects.filter(user=self.bob).exists())
        self.assert_logged_in(bob)

    def test_permissions_and_groups_go(self):
        self.ada.user_permissions.add(Permission.objects.get(codename="special_status"))
        self.ada.groups.add(Group.objects.create(name="Friends"))

        self.ask()

        self.assertFalse(self.ada.user_permissions.exists())
        self.assertFalse(self.ada.groups.exists())

    @override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
    def test_mail_to_the_person_goes_and_mail_to_others_stays(self):
        for address in ("ada@example.com", "bob@example.com", "not-ada@example.com"):
            send_mail("Hello", f"Dear {address}", None, [address])

        self.ask()

        kept = [letter.to for letter in Email.objects.order_by("pk")]
        self.assertEqual(kept, [["bob@example.com"], ["not-ada@example.com"]])

    def test_the_admin_s_history_forgets_the_address(self):
        grace = get_user_model().objects.create_superuser("grace@example.com", PASSWORD)
        for user in (self.ada, self.bob):
            LogEntry.objects.log_actions(grace.pk, [user], CHANGE, "changed", single_object=True)

        self.ask()

        lines = LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)
        self.assertRegex(lines[0], ERASED)
        self.assertEqual(lines[1], "bob@example.com")

    def test_the_admin_s_history_forgets_the_address_in_what_belongs_to_the_account(self):
        grace = get_user_model().objects.create_superuser("grace@example.com", PASSWORD)
        for user in (self.ada, self.bob):
            address = EmailAddress.objects.get(user=user)
            LogEntry.objects.log_actions(grace.pk, [address], CHANGE, "changed", single_object=True)

        self.ask()

        lines = LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)
        self.assertRegex(lines[0], ERASED)
        self.assertEqual(lines[1], "bob@example.com")

    def test_the_page_says_what_it_means_and_a_get_erases_nothing(self):
        response = self.client.get(reverse("account_erase"))

        self.assertContains(response, "cannot be undone")
        self.assertContains(response, "Your reviews stay")
        self.assert_still_there()

    def test_a_wrong_password_erases_nothing(self):
        self.assertContains(self.ask(WRONG), "That password isn’t right.")

        self.assert_still_there()

    def test_without_the_tick_nothing_is_erased(self):
        self.assertContains(self.ask(sure=""), "Please tick the box")

        self.assert_still_there()

    def test_an_empty_post_erases_nothing(self):
        self.client.post(reverse("account_erase"))

        self.assert_still_there()

    def test_a_post_from_another_site_erases_nothing(self):
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = self.client.cookies

        response = strict.post(reverse("account_erase"), {"password": PASSWORD, "sure": "on"})

        self.assertEqual(response.status_code, 403)
        self.assert_still_there()

    def test_staff_and_superusers_are_told_to_ask_another(self):
        for flag in ("is_staff", "is_superuser"):
            with self.subTest(flag):
                get_user_model().objects.filter(pk=self.ada.pk).update(
                    is_staff=flag == "is_staff", is_superuser=flag == "is_superuser"
                )

                for response in (self.client.get(reverse("account_erase")), self.ask()):
                    self.assertContains(response, "Ask another member of staff", status_code=403)
                self.assert_still_there()

    def test_guessing_at_the_password_is_limited(self):
        for _ in range(10):
            self.ask(WRONG)

        self.assert_too_many(self.ask())

        self.assert_still_there()

    def test_the_log_names_the_account_by_its_number(self):
        with self.assertLogs("security") as logs:
            self.ask()

        self.assertEqual(
            [record.getMessage() for record in logs.records],
            [f"{event} user={self.ada.pk} address=127.0.0.1" for event in ("account_erased", "logout")],
        )

    def test_nothing_is_mailed(self):
        self.ask()

        self.assertEqual(mail.outbox, [])

    def test_two_may_leave(self):
        erase(self.ada)
        erase(self.bob)

        self.assertFalse(EmailAddress.objects.exists())
