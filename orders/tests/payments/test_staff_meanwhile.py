"""Staff give, suspend and restore grants while the order that brought them is settled."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_reader, make_staff
from orders.models import OrderStatus
from orders.payments import order_state
from orders.tests.builders import add_line, make_order
from orders.tests.cases import wait_until_somebody_waits
from users.models import CustomUser


@pytest.mark.postgresql
class StaffMeanwhileTests(TransactionTestCase):
    """Ada has paid for two books in one order."""

    serialized_rollback = True  # with what migrations brought: All Books

    def setUp(self):
        self.ada = make_reader("ada")
        self.ferry, self.tram = make_book("The Ferry"), make_book("The Tram")
        self.order = make_order(self.ada, product=self.ferry, status=OrderStatus.PAID, item="cart")
        add_line(self.order, self.tram)
        order_state.restore_access(self.order)

    def act(self, verb):
        """Suspend or restore both grants, as staff do in the admin, the second one first."""
        try:
            with transaction.atomic():
                verb(list(Grant.objects.order_by("-pk")), by=None)
        finally:
            connection.close()

    def meanwhile(self, verb, first, then):
        """Call the verb in a second connection between these two calls; return why each grant has ended."""
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                first()
                acting = pool.submit(self.act, verb)
                wait_until_somebody_waits()
                then()
            acting.result(10)
        return list(Grant.objects.order_by("pk").values_list("end_reason", flat=True))

    def dispute(self, book):
        access.revoke(self.ada, book, order_id=self.order.pk, reason=access.DISPUTED)

    def reads(self):
        ada = CustomUser.objects.get(pk=self.ada.pk)
        return [access.may_read(ada, book) for book in (self.ferry, self.tram)]

    def test_what_a_bank_took_back_in_the_meantime_is_not_suspended(self):
        def settle():
            order_state.lock(self.order)
            self.dispute(self.ferry)

        reasons = self.meanwhile(access.suspend, settle, lambda: self.dispute(self.tram))

        self.assertEqual(reasons, [access.DISPUTED, access.DISPUTED])
        self.assertEqual(self.reads(), [False, False])

    def test_two_members_of_staff_do_not_wait_for_each_other(self):
        for verb, reason in ((access.suspend, access.SUSPENDED), (access.restore, "")):
            with self.subTest(reason):
                first, second = Grant.objects.order_by("pk")

                reasons = self.meanwhile(
                    verb,
                    partial(verb, [first], by=None),
                    partial(verb, [second], by=None),
                )

                self.assertEqual(reasons, [reason, reason])

    def test_what_is_refunded_while_staff_restore_it_stays_ended(self):
        self.act(access.suspend)

        def refund():
            order_state.lock(self.order)
            for book in (self.ferry, self.tram):
                access.revoke(self.ada, book, order_id=self.order.pk, reason=access.REFUNDED)

        reasons = self.meanwhile(access.restore, refund, lambda: None)

        self.assertEqual(reasons, [access.REFUNDED, access.REFUNDED])
        self.assertEqual(self.reads(), [False, False])

    def test_all_books_given_while_an_order_for_them_is_refunded_stay(self):
        grace, everything = make_staff(), Bundle.objects.get(everything=True)
        order = make_order(self.ada, status=OrderStatus.PAID, stripe_charge_id="ch_all_books")

        def refund():
            locked = order_state.lock(order)
            access.revoke(locked.user, everything, order_id=order.pk, reason=access.REFUNDED)

        def give(grants, *, by):
            access.give(CustomUser.objects.get(pk=self.ada.pk), everything, by=grace, note="A friend.")

        self.meanwhile(give, refund, lambda: None)

        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)), True)

    def test_otherwise_both_are_suspended_and_restored(self):
        self.act(access.suspend)
        self.assertEqual(self.reads(), [False, False])

        self.act(access.restore)
        self.assertEqual(self.reads(), [True, True])
