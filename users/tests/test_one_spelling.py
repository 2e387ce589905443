"""One mailbox is one account, however its domain is written; what only looks alike is another."""

from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import SimpleTestCase, TransactionTestCase
from django.urls import reverse

from users.addresses import normalised
from users.models import CustomUser, LetterPlace
from users.tests.builders import PASSWORD, AccountTestCase, code_in, make_reader

UNICODE = "kunde@bücher.example"
ASCII = "kunde@xn--bcher-kva.example"
SPELLINGS = [
    ASCII,
    UNICODE,
    "Kunde@Bücher.EXAMPLE",
    "KUNDE@XN--BCHER-KVA.EXAMPLE",
    "kunde@bu\u0308cher.example",  # u and a combining diaeresis
    "kunde@ｂücher.example",  # a full-width b
    "kunde@bücher。example.",  # an ideographic full stop, and the dot of the root
]
# One mailbox in several spellings each, for mail systems if not for the shop (RFC 5321, 4.1.2 and 4.1.3).
MANIFOLD = [
    '"zoe"@example.com',
    r'"\zoe"@example.com',
    r'"z\o\e"@example.com',
    '"z(o)e"@example.com',
    "zoe@[127.0.0.1]",
    "zoe@[::1]",
    "zoe@[0:0:0:0:0:0:0:1]",
]
WITHOUT_QUOTES = "Please write the address as in ada@example.com, without quotation marks and brackets."
# To the eye, or to IDNA 2003, much the same; to the mail system somebody else.
OTHERS = ["kunde@bucher.example", "kunde@büсher.example", "kunde@buecher.example"]


class NormalisedTests(SimpleTestCase):
    def test_every_spelling_of_a_mailbox_is_one(self):
        self.assertEqual({normalised(spelling) for spelling in SPELLINGS}, {ASCII})

    def test_look_alikes_stay_apart(self):
        self.assertEqual(len({ASCII, *(normalised(other) for other in OTHERS)}), 1 + len(OTHERS))
        self.assertNotEqual(normalised("a@straße.example"), normalised("a@strasse.example"))

    def test_what_is_no_name_in_the_idna_is_left_alone(self):
        for address in ("", "ada", "ada@localhost", "ada@[127.0.0.1]", "ada@my_host.example", "a@❤.example"):
            with self.subTest(address):
                self.assertEqual(normalised(address), address)


class AccountTests(AccountTestCase):
    # Those that forms let through: no form takes a domain that ends in a dot.
    typed = [spelling for spelling in SPELLINGS if not spelling.endswith(".")]

    def test_a_second_sign_up_under_any_spelling_makes_no_second_account(self):
        make_reader(ASCII)
        for spelling in self.typed:
            self.client.cookies.clear()

            self.sign_up(spelling)

        self.assertEqual(CustomUser.objects.count(), 1)
        self.assertEqual({tuple(letter.to) for letter in mail.outbox}, {(ASCII,)})
        self.assertEqual(self.last_mail.subject, "You already have an account at Bookstore")

    def test_who_signed_up_under_one_logs_in_under_any(self):
        self.sign_up(UNICODE)
        self.enter_code(code_in(self.last_mail.body))
        for spelling in self.typed:
            self.client.cookies.clear()
            with self.subTest(spelling):
                self.log_in(spelling, PASSWORD)

                self.assert_logged_in()

    def test_a_reset_asked_for_under_any_goes_to_the_account_s_own_address(self):
        make_reader(ASCII)
        make_reader("kunde@strasse.example")
        for typed, address in [(UNICODE, ASCII), ("kunde@straße.example", "kunde@xn--strae-oqa.example")]:
            self.ask_for_reset(typed)

            self.assertEqual(self.last_mail.to, [address])
        self.assertIn("We have no account with this address", self.last_mail.body)

    def test_an_address_is_changed_to_its_one_spelling(self):
        reader = make_reader()
        self.log_in()

        self.ask_for_change(UNICODE)
        self.enter_code(code_in(self.last_mail.body))

        reader.refresh_from_db()
        self.assertEqual(reader.email, ASCII)
        self.assertEqual([row.email for row in EmailAddress.objects.all()], [ASCII])

    def test_look_alikes_are_accounts_of_their_own(self):
        make_reader(ASCII)
        for other in OTHERS:
            self.client.cookies.clear()
            self.sign_up(other)

        self.assertEqual(CustomUser.objects.count(), 1 + len(OTHERS))

    def test_a_domain_that_no_mail_can_reach_is_refused(self):
        for address in (
            "ada@❤.example",
            "ada@a\u200db.example",
            f"{'a' * 90}@{'.'.join(['日本語' * 6] * 5)}.de",
        ):
            with self.subTest(address):
                self.assertContains(self.sign_up(address), "Enter a valid email address.")
                self.assertContains(self.ask_for_reset(address), "Enter a valid email address.")

        self.assertEqual((CustomUser.objects.count(), mail.outbox), (0, []))


class ManifoldTests(AccountTestCase):
    def assert_refused(self, page):
        self.assertContains(page, "without quotation marks and brackets.")

    def test_nobody_signs_up_with_one_or_has_letters_written_to_it(self):
        for address in MANIFOLD:
            with self.subTest(address):
                self.assert_refused(self.sign_up(address))
                self.assert_refused(self.ask_for_reset(address))
                self.assertEqual(self.log_in(address).status_code, 200)
                self.assert_not_logged_in()

        rows = (CustomUser.objects.count(), EmailAddress.objects.count(), LetterPlace.objects.count())
        self.assertEqual((rows, mail.outbox), ((0, 0, 0), []))

    def test_comments_are_part_of_no_address(self):
        for address in ("zoe(at home)@example.com", "(home)zoe@example.com", "zoe@(home)example.com"):
            self.assertContains(self.sign_up(address), "Enter a valid email address.")

        self.assertEqual(CustomUser.objects.count(), 0)

    def test_no_reader_changes_to_one(self):
        reader = make_reader()
        self.log_in()
        for address in MANIFOLD:
            with self.subTest(address):
                change = {"email": address, "action_add": ""}
                self.assert_refused(self.client.post(reverse("account_email"), change))

        reader.refresh_from_db()
        self.assertEqual(reader.email, "ada@example.com")
        self.assertEqual((EmailAddress.objects.count(), mail.outbox), (1, []))

    def test_staff_save_none(self):
        self.client.force_login(CustomUser.objects.create_superuser("grace@example.com", PASSWORD))
        for address in MANIFOLD:
            with self.subTest(address):
                new = {"email": address, "usable_password": "false"}
                self.assert_refused(self.client.post(reverse("admin:users_customuser_add"), new))

        self.assertEqual(CustomUser.objects.count(), 1)

    def test_the_command_line_makes_none(self):
        for address in MANIFOLD:
            with self.subTest(address), self.assertRaisesMessage(CommandError, WITHOUT_QUOTES):
                call_command("createsuperuser", email=address, interactive=False)

        self.assertEqual(CustomUser.objects.count(), 0)

    def test_what_people_do_have_in_their_addresses_is_taken(self):
        for address in (
            "o'hara@example.com",
            "zoe+books@example.com",
            "z.o-e_1@example.com",
            "a{b}@example.com",
        ):
            self.client.cookies.clear()
            self.sign_up(address)
            call_command("createsuperuser", email=f"s{address}", interactive=False, verbosity=0)

        self.assertEqual(CustomUser.objects.count(), 8)


class StaffTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(CustomUser.objects.create_superuser("grace@example.com", PASSWORD))

    def test_the_admin_stores_the_one_spelling_and_refuses_a_second_account(self):
        new = {"email": UNICODE, "usable_password": "false"}

        self.client.post(reverse("admin:users_customuser_add"), new)
        page = self.client.post(reverse("admin:users_customuser_add"), new | {"email": ASCII})

        self.assertContains(page, "User with this E-mail address already exists.")
        self.assertEqual([user.email for user in CustomUser.objects.exclude(is_staff=True)], [ASCII])

    def test_the_command_line_finds_and_makes_people_by_any_spelling(self):
        made = CustomUser.objects.create_user(UNICODE)

        self.assertEqual(made.email, ASCII)
        self.assertEqual(CustomUser.objects.get_by_natural_key(UNICODE), made)

    def test_the_database_takes_no_other_spelling(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            CustomUser.objects.create(email=UNICODE)
        with self.assertRaisesMessage(ValidationError, "No mail can be sent to this domain."):
            CustomUser(email="ada@❤.example", password="!").full_clean()


class MigrationTests(TransactionTestCase):
    serialized_rollback = True

    def setUp(self):
        call_command("migrate", "users", "0003", verbosity=0)
        self.ada = self.make("ada@example.com")

    def tearDown(self):
        # Not through the models: those of other apps have columns that their migrations took back.
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {EmailAddress._meta.db_table}")  # noqa: S608
            cursor.execute(f"DELETE FROM {CustomUser._meta.db_table}")  # noqa: S608
        # Every app: those whose migrations depend on these went back with them.
        call_command("migrate", verbosity=0)

    def make(self, email):
        """Save a reader as the shop did before, in the table as it was."""
        before = MigrationExecutor(connection).loader.project_state(("users", "0003_letter_places")).apps
        user = before.get_model("users", "CustomUser").objects.create(email=email)
        EmailAddress.objects.create(user_id=user.pk, email=email, verified=True, primary=True)
        return user

    def write(self, user, email):
        """Store an address as the shop did before."""
        CustomUser.objects.filter(pk=user.pk).update(email=email)
        EmailAddress.objects.filter(user=user.pk).update(email=email)

    def rows(self):
        return [
            list(rows.order_by("pk").values_list("email", flat=True))
            for rows in (CustomUser.objects, EmailAddress.objects)
        ]

    def test_what_staff_have_to_mend_stops_it_and_then_there_is_one_spelling(self):
        """In one test, because the way back to the tables as they were takes most of the time."""
        bob, carol = self.make(ASCII), self.make("carol@example.com")
        self.write(self.ada, UNICODE)
        self.write(carol, "carol@straße.example")
        before = self.rows()

        with self.assertRaisesMessage(
            CommandError,
            "1 mailboxes have more than one account, written with and without xn--:"
            f" users {self.ada.pk} and {bob.pk}. Change the address of all but one",
        ):
            call_command("migrate", "users", verbosity=0)

        self.assertEqual(self.rows(), before)
        self.write(bob, "bob@example.com")
        self.write(self.ada, "ada@❤.example")

        with self.assertRaisesMessage(CommandError, f"no mail can be sent: users {self.ada.pk}."):
            call_command("migrate", "users", verbosity=0)

        self.write(carol, "carol@example.com")
        self.write(self.ada, UNICODE)
        EmailAddress.objects.create(user_id=self.ada.pk, email=ASCII)

        call_command("migrate", "users", verbosity=0)

        others = ["bob@example.com", "carol@example.com"]
        self.assertEqual(self.rows(), [[ASCII, *others], [*others, ASCII]])
