"""The first payment of an order: written in one go, with the reader locked before the order."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase, override_settings

from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader
from orders import checkout, pricing
from orders.models import Allocation, Attempt, Order, SetCredit
from orders.payments import order_state
from orders.payments.sync import settle
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase, wait_until_somebody_waits
from tests.mailbox import mail_to
from users.models import CustomUser

WRITTEN = (Order, Attempt, Allocation, Grant, SetCredit, CustomUser.user_permissions.through)


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
class SecondLookTests(TillTestCase):
    def test_settling_again_the_long_way_finds_nothing_to_change(self):
        ferry, tram = make_book("Ferry"), make_book("Tram")
        products = [ferry, make_bundle("Pair", ferry, tram), Bundle.objects.get(everything=True)]
        for product in products:
            offer = pricing.find_offer(product.reference, self.ada)
            checkout.buy_with_token(self.ada, checkout.Purchase(offer.terms), token="tok_visa")
        after_first = self.rows()

        for order in Order.objects.all():
            settle(order, order.stripe_charge_id)
            order_state.restore_access(order)

        self.assertEqual(self.rows(), after_first)
        self.assertEqual(Allocation.objects.count(), 4)
        self.assertEqual(len(mail_to(self.ada.email)), 3)

    def rows(self):
        return [list(model.objects.order_by("pk").values()) for model in WRITTEN]


@pytest.mark.postgresql
class LockTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    def setUp(self):
        self.ada = make_reader("ada")
        self.order = make_order(self.ada)

    def lock(self):
        """Lock the order as settling does, on a connection of its own; return the order."""
        try:
            with transaction.atomic():
                return order_state.lock(self.order)
        finally:
            connection.close()

    def test_the_reader_is_locked_before_the_order_and_both_are_read_as_they_are_then(self):
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                CustomUser.objects.select_for_update(no_key=True).get(pk=self.ada.pk)
                waiting = pool.submit(self.lock)
                wait_until_somebody_waits()

                # Whoever waits for the reader has not locked the order: everybody takes the reader first.
                order = Order.objects.select_for_update(no_key=True, nowait=True).get(pk=self.order.pk)
                Order.objects.filter(pk=order.pk).update(revision=order.revision + 1)
                CustomUser.objects.filter(pk=self.ada.pk).update(username="Ada the second")
            locked = waiting.result(10)

        self.assertEqual((locked.revision, locked.user.username), (order.revision + 1, "Ada the second"))
