"""Every way back to a book, after every way to lose it: nobody reads what is unpaid or suspended."""

from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from orders.claiming import claim
from orders.giving import redeeming, seats
from orders.models import Order
from orders.payments import order_state
from orders.payments.sync import settle
from orders.reconciliation.differences import NOTES, find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.stripe_gateway.types import Payment, StripeDispute, StripeRefund
from orders.tests.builders import make_order
from orders.tests.giving.cases import make_copies, token_of
from users.models import CustomUser
from users.tests.builders import make_guest


class Case(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.grace = make_staff()
        cls.ferry, cls.tram = make_book("The Ferry"), make_book("The Tram")
        cls.pair = make_bundle("Two Journeys", cls.ferry, cls.tram)
        cls.all_books = Bundle.objects.get(everything=True)

    def setUp(self):
        self.payments, self.number = {}, 0

    @contextmanager
    def cell(self, **of_table):
        """Try one cell of a table; nothing of it is left for the next."""
        start = transaction.savepoint_create()
        try:
            with self.subTest(**of_table):
                yield
        finally:
            transaction.savepoint_rollback(start)

    def name(self):
        self.number += 1
        return f"{self.number}"

    def buy(self, reader, product):
        order = make_order(reader, product=product, status="paid", stripe_charge_id=f"ch_{self.name()}")
        return self.paid(order)

    def give_copy(self, reader, copies=1):
        """Have Carol buy copies of The Ferry, of which the reader takes the first; return the order."""
        carol = make_reader(f"carol{self.name()}")
        order = self.paid(make_copies(carol, self.ferry, copies, nonce=f"gift-{self.name()}"))
        redeeming.redeem(token_of(order), reader)
        return order

    def paid(self, order):
        self.payments[order.pk] = Payment(
            state="succeeded",
            amount=order.amount,
            currency=order.currency,
            livemode=order.livemode,
            order_id=str(order.pk),
            attempt="1",
            charge_id=order.stripe_charge_id,
        )
        return order

    # What happens at Stripe, and is heard.

    def hear(self, order, **changes):
        payment = self.payments[order.pk] = replace(self.payments[order.pk], **changes)
        settle(Order.objects.get(pk=order.pk), payment.charge_id, answer=payment)

    def refund(self, order, *, status="succeeded"):
        charge = self.payments[order.pk].charge_id
        self.hear(order, refunds=(StripeRefund(f"re_{charge}", order.amount, status, charge),))

    def fail_the_refund(self, order):
        self.refund(order, status="failed")

    def dispute(self, order, status="needs_response"):
        charge, now = self.payments[order.pk].charge_id, timezone.now()
        made = StripeDispute(f"dp_{charge}", order.amount, status, "fraudulent", charge, now, None)
        self.hear(order, disputes=(made,))

    def lose(self, order):
        self.dispute(order, "lost")

    def win(self, order):
        self.dispute(order, "won")

    # What staff do.

    def suspend(self, reader):
        access.suspend(Grant.objects.filter(user=reader), by=self.grace)

    def restore(self, reader):
        """Restore what the reader has of suspended grants on the page of grants; return the page."""
        self.client.force_login(self.grace)
        chosen = list(Grant.objects.filter(user=reader).values_list("pk", flat=True))
        data = {"action": "restore", "_selected_action": chosen}
        return self.client.post(reverse("admin:books_grant_changelist"), data, follow=True)

    # What a person notices.

    def reads(self, reader):
        return access.may_read(CustomUser.objects.get(pk=reader.pk), self.ferry)

    def assert_the_doctor_finds_nothing(self):
        found = [each for case in read_cases(Order.objects.all()) for each in find_shop_differences(case)]
        self.assertEqual([each for each in found if each.kind not in NOTES], [])


# What opens The Ferry to a reader, by its name.
WAYS = {
    "a book": lambda case, reader: case.buy(reader, case.ferry),
    "a bundle": lambda case, reader: case.buy(reader, case.pair),
    "All Books": lambda case, reader: case.buy(reader, case.all_books),
    "a gift": lambda case, reader: case.give_copy(reader),
    "one of three copies": lambda case, reader: case.give_copy(reader, 3),
}
# How that may end while staff have suspended it, and whether it is still paid for then.
ENDS = {
    "nothing": (lambda case, order: None, True),
    "refunded": (lambda case, order: case.refund(order), False),
    "disputed": (lambda case, order: case.dispute(order), False),
    "lost to a bank": (lambda case, order: case.lose(order), False),
    "refunded in vain": (lambda case, order: (case.refund(order), case.fail_the_refund(order)), True),
    "disputed and won": (lambda case, order: (case.dispute(order), case.win(order)), True),
    "won after a refund": (
        lambda case, order: (case.refund(order), case.dispute(order), case.win(order)),
        False,
    ),
}


class RestoringTests(Case):
    def test_what_is_restored_is_read_exactly_if_it_is_still_paid_for(self):
        for way, acquire in WAYS.items():
            for end, (happen, is_paid) in ENDS.items():
                with self.cell(way=way, end=end):
                    reader = make_reader(f"reader{self.name()}")
                    order = acquire(self, reader)
                    self.suspend(reader)
                    happen(self, order)
                    self.assertIs(self.reads(reader), False)
                    self.assert_the_doctor_finds_nothing()

                    self.restore(reader)

                    self.assertIs(self.reads(reader), is_paid)
                    self.assert_the_doctor_finds_nothing()

    def test_staff_are_told_what_stays_ended_and_why(self):
        ada = make_reader("ada")
        order = self.buy(ada, self.ferry)
        self.suspend(ada)
        self.refund(order)

        page = self.restore(ada)

        self.assertContains(page, "0 grants restored.")
        self.assertContains(page, "1 grant stays ended, because its order no longer gives it: refunded.")
        [grant] = Grant.objects.filter(user=ada)
        self.assertEqual(grant.end_reason, access.REFUNDED)
        said = LogEntry.objects.filter(object_id=str(grant.pk)).values_list("change_message", flat=True)
        self.assertIn("No longer suspended, but refunded.", said)

    def test_a_refund_that_fails_after_staff_have_restored_gives_it_back(self):
        ada = make_reader("ada")
        order = self.buy(ada, self.all_books)
        self.suspend(ada)
        self.refund(order)
        self.restore(ada)

        self.fail_the_refund(order)

        self.assertIs(self.reads(ada), True)
        self.assert_the_doctor_finds_nothing()

    def test_what_staff_gave_is_restored_whatever_becomes_of_orders(self):
        ada = make_reader("ada")
        access.give(ada, self.ferry, by=self.grace, note="A friend.")
        order = self.buy(ada, self.ferry)
        self.suspend(ada)
        self.refund(order)

        page = self.restore(ada)

        self.assertContains(page, "1 grant restored.")
        self.assertIs(self.reads(ada), True)
        self.assert_the_doctor_finds_nothing()

    def test_a_copy_that_went_to_somebody_else_is_not_restored(self):
        ada, tom = make_reader("ada"), make_reader("tom")
        order = self.give_copy(ada, 2)
        self.suspend(ada)
        seats.release(order, 1)
        redeeming.redeem(token_of(order), tom)
        self.assert_the_doctor_finds_nothing()

        page = self.restore(ada)

        self.assertContains(page, "1 grant stays ended, because its order no longer gives it: released.")
        self.assertEqual((self.reads(ada), self.reads(tom)), (False, True))
        self.assert_the_doctor_finds_nothing()

    def test_a_claim_does_not_lift_a_suspension_by_what_the_account_had_left(self):
        account, guest = make_reader("account"), make_guest()
        order = self.give_copy(account, copies=2)
        seats.release(order, 1)
        redeeming.redeem(token_of(order), guest)
        self.suspend(guest)

        claim(guest, account)
        order_state.restore_access(order)

        self.assertIs(self.reads(account), False)
        self.assert_the_doctor_finds_nothing()
        self.restore(account)
        self.assertIs(self.reads(account), True)

    def test_a_copy_taken_again_stays_suspended_until_staff_restore_it(self):
        ada = make_reader("ada")
        order = self.give_copy(ada, copies=2)
        self.suspend(ada)
        seats.release(order, 1)

        redeeming.redeem(token_of(order), ada)

        self.assertIs(self.reads(ada), False)
        self.assert_the_doctor_finds_nothing()
        self.restore(ada)
        self.assertIs(self.reads(ada), True)

    def test_what_ended_before_this_was_noted_is_not_restored_either(self):
        note = import_module("orders.migrations.0031_suspended_and_ended").note
        for way, acquire in WAYS.items():
            for end, (happen, is_paid) in ENDS.items():
                with self.cell(way=way, end=end):
                    reader = make_reader(f"reader{self.name()}")
                    order = acquire(self, reader)
                    self.suspend(reader)
                    happen(self, order)
                    Grant.objects.update(ended_otherwise="")

                    note(apps, None)
                    self.restore(reader)

                    self.assertIs(self.reads(reader), is_paid)


# Who may open what is closed, beside staff who restore it.
OTHER_WAYS_BACK = {
    "the dispute is won": lambda case, order, reader: case.win(order),
    "the refund fails": lambda case, order, reader: case.fail_the_refund(order),
    "the doctor repairs": lambda case, order, reader: order_state.restore_access(order),
    "a guest claims": lambda case, order, reader: case.claim_as(reader),
    "Stripe is asked once more": lambda case, order, reader: case.hear(order),
}
AFTER = {
    "refunded": lambda case, order, reader: case.refund(order),
    "disputed": lambda case, order, reader: case.dispute(order),
    "lost to a bank": lambda case, order, reader: case.lose(order),
    "suspended": lambda case, order, reader: case.suspend(reader),
    "suspended and refunded": lambda case, order, reader: (case.suspend(reader), case.refund(order)),
}
# The one way back from each: nothing brings back what was never paid for again.
OPENED_BY = {
    ("refunded", "the refund fails"),
    ("disputed", "the dispute is won"),
    ("lost to a bank", "the dispute is won"),
}


class OtherWaysBackTests(Case):
    def claim_as(self, guest):
        """Have a guest claim into a new account, which everybody looks at from then on."""
        account = make_reader(f"account{self.name()}")
        claim(guest, account)
        self.reader = account

    def test_each_way_back_opens_what_its_own_end_has_closed_and_nothing_else(self):
        for way, acquire in WAYS.items():
            for end, happen in AFTER.items():
                for back, open_again in OTHER_WAYS_BACK.items():
                    with self.cell(way=way, end=end, back=back):
                        self.reader = make_guest(self.name())
                        order = acquire(self, self.reader)
                        happen(self, order, self.reader)

                        open_again(self, order, self.reader)

                        self.assertIs(self.reads(self.reader), (end, back) in OPENED_BY)
                        self.assert_the_doctor_finds_nothing()
