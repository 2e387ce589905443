"""Guests in the database, in the admin, and when they leave."""

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from post_office.models import Email

from books import access
from books.tests.builders import make_book, make_staff
from orders.models import Order, OrderStatus
from orders.payments.mail import queue_thanks
from orders.reconciliation.shop_side import read_cases
from orders.tests.builders import make_order
from users.models import CustomUser
from users.personal_data.erasure import erase
from users.tests.builders import log_in_as, make_guest, make_reader

ADDRESS = "carol@example.com"


class GuestTestCase(TestCase):
    def setUp(self):
        cache.clear()
        self.guest = make_guest()
        self.order = make_order(self.guest, product=make_book(), status=OrderStatus.PAID, email=ADDRESS)


class ConstraintTests(GuestTestCase):
    def assert_refused(self, **changes):
        with self.assertRaises(IntegrityError), transaction.atomic():
            CustomUser.objects.filter(pk=self.guest.pk).update(**changes)

    def test_a_guest_has_no_address_and_no_staff_rights(self):
        self.assert_refused(email=ADDRESS)
        self.assert_refused(is_guest=False)
        self.assert_refused(is_staff=True)
        self.assert_refused(is_superuser=True)

    def test_an_account_has_no_guest_s_address_and_is_moved_nowhere(self):
        self.guest = make_reader()

        self.assert_refused(email="guest-1@guest.invalid")
        self.assert_refused(is_guest=True)
        self.assert_refused(moved_to=self.guest.pk)


class KeepingTests(GuestTestCase):
    PAGES = ("library", "order_list", "account_overview")

    def test_a_guest_is_told_that_only_this_browser_has_what_they_bought(self):
        browser = log_in_as(self.guest)

        for name in self.PAGES:
            with self.subTest(name):
                self.assertContains(browser.get(reverse(name)), "Only this browser has your books.")
        self.assertContains(browser.get(reverse("keep_books")), f"a link to {ADDRESS}")

    def test_a_guest_reads_what_leaving_the_browser_means_and_how_to_come_back(self):
        buyer, visitor = log_in_as(self.guest), log_in_as(make_guest("b"))

        for name in ("account_overview", "account_logout"):
            with self.subTest(name):
                page = buyer.get(reverse(name))
                self.assertContains(page, "Nothing is lost: the link in")
                self.assertContains(page, f'<a href="{reverse("order_find")}">find your order</a>')
                self.assertNotContains(page, "Log out")
                page = visitor.get(reverse(name))
                self.assertContains(page, "this browser forgets your address and your cart")
                self.assertNotContains(page, "Nothing is lost")

    def test_a_guest_whose_card_was_declined_is_not_told_of_books_they_do_not_have(self):
        visitor = make_guest("b")
        make_order(visitor, product=make_book("The Pier"), email=ADDRESS)
        browser = log_in_as(visitor)

        for name in self.PAGES:
            with self.subTest(name):
                self.assertNotContains(browser.get(reverse(name)), "has your books")
        self.assertRedirects(browser.get(reverse("keep_books")), reverse("library"))
        self.assertRedirects(browser.post(reverse("keep_books")), reverse("library"))
        self.assertFalse(Email.objects.exists())


class LeavingTests(GuestTestCase):
    def test_the_export_has_what_was_bought_and_where_the_letters_went(self):
        data = log_in_as(self.guest).get(reverse("account_export")).json()

        self.assertEqual([order["email"] for order in data["orders"]], [ADDRESS])

    def test_a_guest_erases_their_data_with_a_tick_and_no_password(self):
        browser = log_in_as(self.guest)
        page = browser.get(reverse("account_erase"))
        self.assertNotContains(page, "password")

        self.assertContains(browser.post(reverse("account_erase"), {"sent": "yes"}), "Please tick the box")
        browser.post(reverse("account_erase"), {"sure": "on"})

        self.guest.refresh_from_db()
        self.assertEqual((self.guest.is_erased, self.guest.is_guest), (True, False))
        self.assertEqual(Order.objects.get().email, "")
        self.assertEqual(browser.get(reverse("library")).status_code, 302)

    @override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
    def test_the_letters_about_the_order_go_and_the_others_to_that_address_stay(self):
        queue_thanks(self.order)
        others = make_order(
            make_guest("b"), product=make_book("The Tram"), status=OrderStatus.PAID, email=ADDRESS
        )
        queue_thanks(others)

        erase(self.guest)

        self.assertEqual(
            [letter.subject for letter in Email.objects.all()], [f"Thank you for your order {others.number}"]
        )
        others.refresh_from_db()
        self.assertEqual(others.email, ADDRESS)


class LetterTests(GuestTestCase):
    def test_news_of_an_edition_is_written_to_accounts_and_never_to_a_guest_s_made_up_address(self):
        book = self.order.lines.get().book
        dan = make_reader("dan@example.com")
        make_order(dan, product=book, status=OrderStatus.PAID)

        self.assertEqual(list(access.readers_of(book)), [dan])


class StaffTests(GuestTestCase):
    def setUp(self):
        super().setUp()
        self.staff = Client()
        self.staff.force_login(make_staff())

    def test_guests_are_listed_apart(self):
        make_reader("ada@example.com")
        page = reverse("admin:users_customuser_changelist")

        guests = self.staff.get(page, {"is_guest__exact": "1"})
        others = self.staff.get(page, {"is_guest__exact": "0"})

        self.assertContains(guests, self.guest.email)
        self.assertNotContains(guests, "ada@example.com")
        self.assertContains(others, "ada@example.com")
        self.assertNotContains(others, self.guest.email)

    def test_the_page_of_a_guest_has_no_address_or_password_to_change(self):
        page = self.staff.get(reverse("admin:users_customuser_change", args=[self.guest.pk]))

        self.assertNotContains(page, 'name="email"')
        self.assertNotContains(page, "password/")

    def test_orders_are_found_by_the_address_that_was_typed(self):
        make_order(make_reader("dan@example.com"), product=make_book("The Tram"))

        page = self.staff.get(reverse("admin:orders_order_changelist"), {"q": "carol@"})

        self.assertContains(page, self.order.number)
        self.assertContains(page, "1 order")

    def test_the_doctor_names_the_address_of_a_guest_s_order(self):
        [case] = read_cases(Order.objects.all())

        self.assertEqual((case.as_row()["user"], case.as_row()["access"]), (ADDRESS, True))
