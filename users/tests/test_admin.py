from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from users.tests.builders import PASSWORD, AccountTestCase, make_reader

USERS = reverse("admin:users_customuser_changelist")
PASSWORDS = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
SPECIAL_STATUS = {"content_type__app_label": "books", "codename": "special_status"}


def change_url(user):
    return reverse("admin:users_customuser_change", args=[user.pk])


class UserAdminTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.grace = get_user_model().objects.create_superuser("grace@example.com", PASSWORD)
        self.ada = make_reader(username="Ada")
        self.client.force_login(self.grace)

    def form_of(self, user, **changes):
        response = self.client.get(change_url(user))
        form = response.context["adminform"].form
        data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        data |= {name: [item.pk for item in value] for name, value in data.items() if isinstance(value, list)}
        data = {name: value for name, value in data.items() if value not in (None, False)}
        return data | changes

    def test_nobody_types_a_template_into_a_form(self):
        response = self.client.get(reverse("admin:app_list", args=["post_office"]))

        self.assertContains(response, "Emails")
        self.assertNotContains(response, "Email Templates")

    def test_the_admin_is_in_the_shop_s_words_not_in_those_of_what_it_is_made_of(self):
        response = self.client.get(reverse("admin:index"))

        self.assertContains(response, "Mail")
        self.assertContains(response, "Staff rights")
        self.assertNotContains(response, "Post Office")
        self.assertNotContains(response, "Authentication and Authorization")

    def test_people_are_added_by_their_address(self):
        data = PASSWORDS | {"email": "Bob@Example.com"}

        self.client.post(reverse("admin:users_customuser_add"), data)

        self.assertTrue(get_user_model().objects.get(email="bob@example.com").check_password(PASSWORD))

    def test_an_address_in_use_is_refused_in_any_case(self):
        data = PASSWORDS | {"email": "ADA@example.com"}

        response = self.client.post(reverse("admin:users_customuser_add"), data)

        self.assertEqual(response.status_code, 200)
        self.assertEqual(get_user_model().objects.filter(email__iexact="ada@example.com").count(), 1)

    def test_people_are_found_by_address_and_public_name(self):
        make_reader("bob@example.com")

        for query in ("ada@", "Ada"):
            response = self.client.get(USERS, {"q": query})
            self.assertEqual([user.email for user in response.context["cl"].queryset], ["ada@example.com"])

    def test_the_list_says_who_reads_all_books(self):
        permission = Permission.objects.get(**SPECIAL_STATUS)
        self.ada.user_permissions.add(permission)
        club = Group.objects.create(name="Club")
        club.permissions.add(permission)
        member = make_reader("member@example.com")
        member.groups.add(club)
        make_reader("bob@example.com")

        readers = {}
        for answer in ("yes", "no"):
            queryset = self.client.get(USERS, {"all_books": answer}).context["cl"].queryset
            readers[answer] = {user.email for user in queryset}

        self.assertEqual(readers["yes"], {"grace@example.com", "ada@example.com", "member@example.com"})
        self.assertEqual(readers["no"], {"bob@example.com"})

    def test_the_list_needs_as_many_queries_for_one_as_for_many(self):
        for readers in (1, 25):
            with self.subTest(readers):
                for number in range(readers):
                    make_reader(f"reader{readers}.{number}@example.com")
                with self.assertNumQueries(4):
                    self.client.get(USERS)

    def test_staff_give_all_books_in_the_form(self):
        permission = Permission.objects.get(**SPECIAL_STATUS)
        self.assertContains(self.client.get(change_url(self.ada)), "Can read all books")

        self.client.post(change_url(self.ada), self.form_of(self.ada, user_permissions=[permission.pk]))

        self.assertTrue(get_user_model().objects.get(pk=self.ada.pk).has_perm("books.special_status"))

    def test_an_address_changed_by_staff_replaces_the_old_one(self):
        self.client.post(change_url(self.ada), self.form_of(self.ada, email="ada@new.example.com"))

        self.assertFalse(EmailAddress.objects.filter(user=self.ada, email="ada@example.com").exists())
        reader = Client()
        self.log_in("ada@example.com", client=reader)
        self.assert_not_logged_in(reader)
        response = self.log_in("ada@new.example.com", client=reader)
        self.assertRedirects(
            response, reverse("account_email_verification_sent"), fetch_redirect_response=False
        )

    def test_all_sessions_of_the_chosen_people_end_and_no_others(self):
        make_reader("bob@example.com")
        phone, laptop, bob = Client(), Client(), Client()
        self.log_in(client=phone)
        self.log_in(client=laptop)
        self.log_in("bob@example.com", client=bob)

        self.client.post(USERS, {"action": "end_all_sessions", "_selected_action": [self.ada.pk]})

        self.assert_not_logged_in(phone)
        self.assert_not_logged_in(laptop)
        self.assert_logged_in(bob)

    def test_the_admin_logs_out_like_the_shop(self):
        response = self.client.post(reverse("admin:logout"))

        self.assertIn("Clear-Site-Data", response.headers)
        self.assert_not_logged_in()

    def test_the_admin_s_password_page_is_the_shop_s(self):
        response = self.client.get(reverse("admin:password_change"))

        self.assertRedirects(response, reverse("account_change_password"), fetch_redirect_response=False)


class StaffWithoutAllRightsTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.grace = get_user_model().objects.create_superuser("grace@example.com", PASSWORD)
        self.ada = make_reader()
        helper = make_reader("helper@example.com")
        helper.is_staff = True
        helper.save()
        helper.user_permissions.set(Permission.objects.filter(content_type__app_label="users"))
        self.client.force_login(helper)

    def test_they_give_all_books_and_nothing_more(self):
        special = Permission.objects.get(**SPECIAL_STATUS)
        other = Permission.objects.get(codename="delete_customuser")
        data = {"email": "ada@example.com", "is_active": "on", "is_staff": "on", "is_superuser": "on"}

        self.client.post(change_url(self.ada), data | {"user_permissions": [other.pk]})
        self.assertFalse(self.ada.user_permissions.exists())
        self.client.post(change_url(self.ada), data | {"user_permissions": [special.pk]})

        self.ada.refresh_from_db()
        self.assertEqual((self.ada.is_staff, self.ada.is_superuser), (False, False))
        self.assertEqual(list(self.ada.user_permissions.all()), [special])

    def test_they_do_not_touch_the_accounts_of_staff(self):
        for address in (
            change_url(self.grace),
            reverse("admin:auth_user_password_change", args=[self.grace.pk]),
        ):
            with self.subTest(address):
                response = self.client.post(address, PASSWORDS)
                self.assertEqual(response.status_code, 403)
