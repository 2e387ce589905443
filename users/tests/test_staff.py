"""Nobody gets more out of some rights of staff than those rights; whose account is touched is told."""

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from users.staff import accounts_beneath
from users.tests.builders import PASSWORD, AccountTestCase, make_reader

USERS = reverse("admin:users_customuser_changelist")
GROUPS = reverse("admin:auth_group_changelist")
NEW_PASSWORD = "another long walk by the sea"
PASSWORDS = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


def right(name):
    app_label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


def page(user, name="change"):
    return reverse(f"admin:users_customuser_{name}", args=[user.pk])


def password_page(user):
    return reverse("admin:auth_user_password_change", args=[user.pk])


class StaffTestCase(AccountTestCase):
    """Grace may do everything; Helga may do everything to accounts and groups; Ada reads all books."""

    def setUp(self):
        super().setUp()
        self.grace = get_user_model().objects.create_superuser("grace@example.com", PASSWORD)
        self.helga = make_reader("helga@example.com", is_staff=True)
        self.helga.user_permissions.set(
            Permission.objects.filter(content_type__app_label__in=["users", "auth"])
        )
        self.ada = make_reader()
        self.ada.user_permissions.add(right("books.special_status"))
        self.client.force_login(self.helga)

    def people_above(self):
        """Return whom Helga may not touch: by a flag, by a right, by a group, with the account closed too."""
        desk = Group.objects.create(name="Desk")
        desk.permissions.add(right("orders.refund_order"))
        in_group = make_reader("in-group@example.com")
        in_group.groups.add(desk)
        with_right = make_reader("with-right@example.com")
        with_right.user_permissions.add(right("orders.view_order"))
        closed = make_reader("closed@example.com", is_active=False, is_superuser=True)
        return [self.grace, in_group, with_right, closed, make_reader("staff@example.com", is_staff=True)]

    def rows(self, user):
        """Return all that an attempt on somebody could have changed."""
        return (
            list(get_user_model().objects.filter(pk=user.pk).values()),
            list(user.user_permissions.values_list("pk", flat=True)),
            list(user.groups.values_list("pk", flat=True)),
            list(EmailAddress.objects.filter(user=user).values()),
        )

    def act(self, action, *people, client=None, **data):
        chosen = {"action": action, "_selected_action": [person.pk for person in people]}
        return (client or self.client).post(USERS, chosen | data, follow=True)


class GroupTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.desk = Group.objects.create(name="Desk")
        self.helga.groups.add(self.desk)
        self.addresses = [GROUPS, reverse("admin:auth_group_add")]
        self.addresses += [
            reverse(f"admin:auth_group_{name}", args=[self.desk.pk])
            for name in ("change", "delete", "history")
        ]

    def test_a_helper_with_every_right_to_groups_gets_nowhere(self):
        everything = list(Permission.objects.values_list("pk", flat=True))

        for address in self.addresses:
            for answer in (
                self.client.get(address),
                self.client.post(address, {"name": "Desk", "permissions": everything, "post": "yes"}),
            ):
                self.assertEqual(answer.status_code, 403, address)

        self.assertEqual(list(Group.objects.values_list("name", flat=True)), ["Desk"])
        self.assertFalse(self.desk.permissions.exists())
        self.assertNotContains(self.client.get(reverse("admin:index")), GROUPS)

    def test_a_superuser_changes_groups(self):
        self.client.force_login(self.grace)
        view_order = right("orders.view_order")

        self.client.post(self.addresses[2], {"name": "Desk", "permissions": [view_order.pk]})

        self.assertEqual(list(self.desk.permissions.all()), [view_order])
        self.assertEqual({self.client.get(address).status_code for address in self.addresses}, {200})


class BeneathTests(StaffTestCase):
    def test_beneath_a_helper_are_readers_and_beneath_a_superuser_is_everybody(self):
        above = self.people_above()
        make_reader("erased-1@erased.invalid")

        self.assertEqual(list(accounts_beneath(self.helga)), [self.ada])
        self.assertEqual(set(accounts_beneath(self.grace)), {self.ada, self.helga, *above})

    def test_a_helper_changes_deletes_and_gives_passwords_to_nobody_above(self):
        for person in [*self.people_above(), self.helga]:
            before = self.rows(person)
            for address, data in (
                (page(person), {"email": "mine@example.com", "is_active": "on"}),
                (page(person, "delete"), {"post": "yes"}),
                (password_page(person), PASSWORDS),
            ):
                with self.subTest(person=person.email, address=address):
                    self.assertEqual(self.client.post(address, data).status_code, 403)
                    self.assertEqual(self.rows(person), before)
        self.assertEqual(mail.outbox, [])

    def test_a_helper_changes_a_reader_and_gives_them_a_password(self):
        self.client.post(page(self.ada), {"email": "ada@example.com", "username": "Ada", "is_active": "on"})
        self.client.post(password_page(self.ada), PASSWORDS)

        self.ada.refresh_from_db()
        self.assertEqual(self.ada.username, "Ada")
        self.assertTrue(self.ada.check_password(NEW_PASSWORD))

    def test_what_a_helper_posts_beside_the_form_gives_nobody_a_right(self):
        everything = {
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "groups": [Group.objects.create(name="Desk").pk],
            "user_permissions": [right("users.view_customuser").pk],
        }

        self.client.post(page(self.ada), {"email": "ada@example.com"} | everything)
        new = {"email": "new@example.com"} | PASSWORDS | everything
        self.client.post(reverse("admin:users_customuser_add"), new)

        for person in (self.ada, get_user_model().objects.get(email="new@example.com")):
            person.refresh_from_db()
            self.assertEqual((person.is_staff, person.is_superuser), (False, False))
            self.assertFalse(person.groups.exists())
            self.assertFalse(person.user_permissions.exclude(codename="special_status").exists())

    def test_an_erased_account_is_changed_by_nobody(self):
        gone = make_reader("erased-1@erased.invalid", is_active=False)
        self.client.force_login(self.grace)

        for address, data in (
            (page(gone), {"email": "mine@example.com", "is_active": "on"}),
            (password_page(gone), PASSWORDS),
        ):
            self.assertEqual(self.client.post(address, data).status_code, 403)

        gone.refresh_from_db()
        self.assertEqual((gone.email, gone.is_active), ("erased-1@erased.invalid", False))


class SessionsTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.devices = {person: Client() for person in (self.grace, self.ada)}
        for person, device in self.devices.items():
            self.log_in(person.email, client=device)

    def test_a_helper_ends_the_sessions_of_readers_and_of_nobody_above(self):
        answer = self.act("end_all_sessions", self.grace, self.ada, self.helga)

        self.assert_logged_in(self.devices[self.grace])
        self.assert_not_logged_in(self.devices[self.ada])
        self.assertContains(answer, "Sessions ended: 1.")
        self.assertContains(answer, "2 users were left alone: only superusers may change them.")

    def test_a_superuser_ends_everybody_s(self):
        desk = Client()
        desk.force_login(self.grace)

        answer = self.act("end_all_sessions", self.grace, self.ada, client=desk)

        self.assert_not_logged_in(self.devices[self.grace])
        self.assert_not_logged_in(self.devices[self.ada])
        self.assertNotContains(answer, "left alone", status_code=answer.status_code)


class TellingTests(StaffTestCase):
    def setUp(self):
        super().setUp()
        self.address = {"email": "ada@new.example.com", "is_active": "on"}

    def letters(self):
        return {letter.to[0]: letter for letter in mail.outbox}

    def test_the_old_and_the_new_address_are_told_of_the_change(self):
        with self.assertLogs("security") as logs:
            self.client.post(page(self.ada), self.address)

        letters = self.letters()
        self.assertEqual(set(letters), {"ada@example.com", "ada@new.example.com"})
        for letter in letters.values():
            self.assertEqual(letter.subject, "Your e-mail address for Bookstore was changed")
            self.assertIn("from ada@example.com to ada@new.example.com", letter.body)
        self.assertIn(f"email_changed_by_staff user={self.helga.pk} ", logs.output[0])

    def test_a_password_set_by_staff_is_told_and_logs_out_everywhere(self):
        phone = Client()
        self.log_in(client=phone)

        with self.assertLogs("security") as logs:
            self.client.post(password_page(self.ada), PASSWORDS)

        self.assert_not_logged_in(phone)
        self.assertEqual(set(self.letters()), {"ada@example.com"})
        self.assertIn("set a new password", mail.outbox[0].body)
        self.assertIn(reverse("account_reset_password"), mail.outbox[0].body)
        self.assertNotIn(NEW_PASSWORD, mail.outbox[0].body)
        self.assertIn(f"password_changed_by_staff user={self.helga.pk} ", logs.output[0])

    def test_a_password_taken_away_is_told(self):
        self.client.post(password_page(self.ada), {"usable_password": "false", "unset-password": "1"})

        self.ada.refresh_from_db()
        self.assertFalse(self.ada.has_usable_password())
        self.assertIn("removed the password", mail.outbox[0].body)

    def test_nobody_is_told_of_what_did_not_happen(self):
        self.client.get(password_page(self.ada))
        self.client.post(password_page(self.ada), PASSWORDS | {"password2": "something else"})
        self.client.post(page(self.ada), {"email": "ada@example.com", "username": "Ada", "is_active": "on"})
        self.client.post(page(self.ada), {"email": "grace@example.com", "is_active": "on"})

        self.assertEqual(mail.outbox, [])

    def test_letter_and_change_are_one_transaction(self):
        lines = LogEntry.objects.count()
        for address, data in ((page(self.ada), self.address), (password_page(self.ada), PASSWORDS)):
            before = self.rows(self.ada)
            with self.subTest(address), self.settings(MAILERS=UNREACHABLE), self.assertRaises(OSError):
                self.client.post(address, data)
            self.assertEqual(self.rows(self.ada), before)
        self.assertEqual(LogEntry.objects.count(), lines)


class BrokenBackend:
    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise OSError("The queue cannot be written to.")


UNREACHABLE = {"default": {"BACKEND": "users.tests.test_staff.BrokenBackend"}}
