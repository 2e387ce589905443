"""What happens to orders when their buyer asks for the data or leaves."""

from django.core import mail
from django.test import TestCase

from books import access
from books.models import Bundle
from books.tests.builders import make_reader
from orders.models import Order, OrderStatus
from orders.payments.mail import queue_thanks
from orders.tests.builders import make_order
from users.models import CustomUser
from users.personal_data.erasure import erase
from users.personal_data.export import export


class LeavingTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.order = make_order(self.ada, status=OrderStatus.PAID)
        make_order(make_reader("bob"), status=OrderStatus.PAID)

    def test_the_export_holds_one_s_own_orders_and_what_they_opened(self):
        data = export(self.ada)

        self.assertEqual([order["id"] for order in data["orders"]], [self.order.pk])
        self.assertEqual(data["orders"][0]["amount"], 3900)
        self.assertEqual([grant["order_id"] for grant in data["grants"]], [self.order.pk])
        self.assertEqual(data["grants"][0]["bundle__title"], "All Books")

    def test_an_erased_account_s_order_stays_and_opens_nothing(self):
        before = Order.objects.filter(pk=self.order.pk).values().get()

        erase(self.ada)

        # Without the address that its letters went to.
        self.assertEqual(Order.objects.filter(pk=self.order.pk).values().get(), before | {"email": ""})
        self.assertFalse(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)))

    def test_ending_an_order_twice_leaves_what_staff_gave_in_between(self):
        all_books = Bundle.objects.get(everything=True)
        access.revoke(self.ada, all_books, order_id=self.order.pk, reason="refunded")
        access.give_permission(self.ada, by=None)

        access.revoke(self.ada, all_books, order_id=self.order.pk, reason="refunded")

        self.assertTrue(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)))

    def test_nobody_is_thanked_who_has_left(self):
        erase(self.ada)

        queue_thanks(self.order)

        self.assertEqual(mail.outbox, [])
