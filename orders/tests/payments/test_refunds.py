"""Refunds: which access ends, which stays, who is told, and what Stripe has in the end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from books.models import Bundle
from books.tests.builders import make_reader, make_staff
from orders.models import Order, OrderStatus, Refund, RefundOrigin, RefundStatus
from orders.payments import refunds
from orders.payments.refunds import NotRefunded
from orders.tests.builders import add_line
from orders.tests.staff_cases import DeskTestCase
from users.models import CustomUser


class RefundTests(DeskTestCase):
    def test_a_full_refund_closes_the_books_and_tells_buyer_and_staff(self):
        made = self.refund(reason="She had meant another shop.")

        self.assertEqual((made.status, made.amount, made.requested_by), ("succeeded", 3900, self.grace))
        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual([refund["amount"] for refund in self.refunds_at_stripe()], [3900])
        self.assertEqual(self.letters(self.ada), [f"Your refund for order {self.order.number}"])
        self.assertEqual(self.letters(self.grace), [f"Refund of $39.00 for order {self.order.number}"])
        alarm = next(letter for letter in mail.outbox if letter.to == [self.grace.email])
        self.assertIn("She had meant another shop.", alarm.body)

    def test_a_partial_refund_leaves_the_books_open(self):
        made = self.refund(amount=1000)

        self.assertEqual((made.status, made.amount), ("succeeded", 1000))
        self.assert_order(OrderStatus.PAID, 1000)
        self.assert_owns(self.ada, True)
        self.assertEqual(refunds.refundable(Order.objects.get()), 2900)

    def test_the_rest_after_a_partial_refund_closes_them(self):
        self.refund(amount=1000)

        self.refund()

        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual([refund["amount"] for refund in self.refunds_at_stripe()], [1000, 2900])

    def test_a_refund_of_one_line_closes_that_line(self):
        self.add_line(900)

        self.refund(lines=[self.order.lines.get(amount=3000)])

        self.assert_order(OrderStatus.PAID, 3000)
        self.assert_owns(self.ada, False)
        self.assertEqual([refund["amount"] for refund in self.refunds_at_stripe()], [3000])

    def test_a_refund_of_another_line_leaves_all_books_open(self):
        self.add_line(900)

        self.refund(lines=[self.order.lines.get(amount=900)])

        self.assert_order(OrderStatus.PAID, 900)
        self.assert_owns(self.ada, True)

    def test_a_line_goes_back_once(self):
        self.add_line(900)
        self.refund(lines=[self.order.lines.get(amount=900)])

        with self.assertRaisesMessage(NotRefunded, "these lines cannot be refunded"):
            self.refund(lines=[self.order.lines.get(amount=900)])

        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def test_asked_for_again_under_its_id_it_is_the_same_refund(self):
        first = self.refund(amount=1000)

        second = self.refund(amount=1000, refund_id=first.pk)

        self.assertEqual(second, first)
        self.assert_order(OrderStatus.PAID, 1000)
        self.assertEqual(len(self.refunds_at_stripe()), 1)
        self.assertEqual(len(self.letters(self.ada)), 1)

    def add_line(self, amount):
        """Make the order one for two products, as those of bundles will be."""
        self.order.lines.update(amount=3900 - amount)
        other = Bundle.objects.create(title="Two by the sea", slug="two-by-the-sea", price=amount)
        add_line(self.order, other)


class NotRefundedTests(DeskTestCase):
    def assert_refused(self, sentence, **what):
        with self.assertRaisesMessage(NotRefunded, sentence):
            self.refund(**what)
        self.assert_nothing_refunded()

    def test_never_more_than_was_paid(self):
        for amount in (3901, 0, -1):
            with self.subTest(amount):
                self.assert_refused("you can refund from $0.01 to $39.00", amount=amount)

    def test_never_more_than_is_left(self):
        self.refund(amount=1000)

        with self.assertRaisesMessage(NotRefunded, "you can refund from $0.01 to $29.00"):
            self.refund(amount=2901)

        self.assert_order(OrderStatus.PAID, 1000)
        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def test_not_without_a_reason(self):
        self.assert_refused("A refund needs a reason.", reason="  ")

    def test_not_without_the_permission(self):
        clerk = CustomUser.objects.create_user("clerk@example.com", is_staff=True)

        self.assert_refused("You don't have permission to refund orders.", by=clerk)

    def test_not_an_order_of_the_other_mode(self):
        Order.objects.update(livemode=True)

        self.assert_refused("other mode")

    def test_not_lines_of_another_order(self):
        other = Order.objects.create(user=make_reader("bob"), item="all-books", amount=100, currency="usd")
        line = add_line(other, Bundle.objects.get(everything=True))

        self.assert_refused("these lines cannot be refunded", lines=[line])

    def test_not_under_the_id_of_another_orders_refund(self):
        first = self.refund()
        again = self.buy()

        with self.assertRaisesMessage(NotRefunded, "Reload the page"):
            self.refund(again, refund_id=first.pk)

        self.assert_order(OrderStatus.PAID, 0, again)
        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def test_not_while_the_bank_decides(self):
        self.stripe.dispute(self.order.stripe_charge_id)
        self.hear()
        self.assert_order(OrderStatus.DISPUTED, 0)
        self.assert_owns(self.ada, False)

        with self.assertRaisesMessage(NotRefunded, "the bank decides about the money"):
            self.refund()

        self.assertEqual((Refund.objects.count(), self.refunds_at_stripe()), (0, []))

    def test_again_once_the_bank_has_decided_for_the_shop(self):
        dispute = self.stripe.dispute(self.order.stripe_charge_id)
        self.hear()
        self.stripe.close_dispute(dispute["id"], "won")
        self.hear()
        self.assert_owns(self.ada, True)

        self.refund()

        self.assert_order(OrderStatus.REFUNDED, 3900)

    def test_an_order_that_was_never_paid_has_nothing_to_give_back(self):
        pending = Order.objects.create(user=make_reader("bob"), item="all-books", amount=100, currency="usd")

        self.assert_refused("has nothing left to refund", order=pending)

    @patch.object(refunds, "REFUNDS_PER_HOUR", 2)
    def test_so_many_in_an_hour_and_the_next_one_waits(self):
        self.refund(amount=100)
        self.refund(amount=100)

        with (
            self.assertLogs("orders.payments.refunds", "ERROR") as logs,
            self.assertRaisesMessage(NotRefunded, "2 refunds in the last hour"),
        ):
            self.refund(amount=100)

        self.assertIn(f"User {self.grace.pk}", logs.output[0])
        self.assert_order(OrderStatus.PAID, 200)
        self.assertEqual(len(self.refunds_at_stripe()), 2)

        Refund.objects.update(created_at=timezone.now() - timedelta(hours=1))
        self.refund(amount=100)
        self.assert_order(OrderStatus.PAID, 300)

    @patch.object(refunds, "REFUNDS_PER_HOUR", 2)
    @override_settings(RATE_LIMITS=False)
    def test_without_limits_nobody_waits(self):
        for _ in range(3):
            self.refund(amount=100)

        self.assert_order(OrderStatus.PAID, 300)


class StripeAwayTests(DeskTestCase):
    def test_while_stripe_is_away_the_books_are_closed_and_the_refund_waits(self):
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=2)

        made = self.refund()

        self.assertEqual(made.status, RefundStatus.REQUESTED)
        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual((self.refunds_at_stripe(), self.letters(self.ada)), ([], []))

    def test_when_it_is_back_exactly_one_refund_is_made(self):
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=2)
        made = self.refund()

        self.hear()
        self.hear()

        made.refresh_from_db()
        self.assertEqual(made.status, RefundStatus.SUCCEEDED)
        self.assertEqual([refund["id"] for refund in self.refunds_at_stripe()], [made.stripe_refund_id])
        self.assertEqual(len(self.letters(self.ada)), 1)

    def test_a_lost_answer_is_one_refund(self):
        self.stripe.go_wrong("POST /v1/refunds", "drop_answer", times=2)

        made = self.refund()
        self.hear()

        made.refresh_from_db()
        self.assertEqual(made.status, RefundStatus.SUCCEEDED)
        self.assertEqual([refund["id"] for refund in self.refunds_at_stripe()], [made.stripe_refund_id])
        self.assert_order(OrderStatus.REFUNDED, 3900)

    def test_after_two_minutes_it_is_asked_for_under_another_key_and_made_once(self):
        self.stripe.go_wrong("POST /v1/refunds", "error_500", times=2)
        made = self.refund()
        Refund.objects.update(asked_at=timezone.now() - timedelta(minutes=3))

        self.hear()

        made.refresh_from_db()
        self.assertEqual((made.status, made.asks), (RefundStatus.SUCCEEDED, 2))
        self.assertEqual(len(self.refunds_at_stripe()), 1)


class RefusedByStripeTests(DeskTestCase):
    def test_refunded_in_the_dashboard_before_it_stays_closed(self):
        self.stripe.refund(self.order.stripe_charge_id)

        with self.assertRaisesMessage(NotRefunded, "charge_already_refunded"):
            self.refund()

        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual(len(self.refunds_at_stripe()), 1)
        statuses = dict(Refund.objects.values_list("origin", "status"))
        self.assertEqual(statuses, {RefundOrigin.STAFF: "failed", RefundOrigin.DASHBOARD: "succeeded"})

    def test_disputed_unheard_of_before_the_order_is_what_stripe_says(self):
        self.stripe.dispute(self.order.stripe_charge_id)

        with self.assertRaisesMessage(NotRefunded, "charge_disputed"):
            self.refund()

        self.assert_order(OrderStatus.DISPUTED, 0)
        self.assert_owns(self.ada, False)
        self.assertEqual(self.refunds_at_stripe(), [])


class LateFailureTests(DeskTestCase):
    """The money comes back from the bank after Stripe has sent it."""

    card = "4000000000005126"

    def fail(self, refund):
        self.stripe.settle_refund(refund.stripe_refund_id, "fail")
        self.hear()

    def test_the_books_open_again_and_both_sides_are_told(self):
        made = self.refund()
        self.assert_owns(self.ada, False)
        mail.outbox.clear()

        self.fail(made)

        made.refresh_from_db()
        self.assertEqual(made.status, RefundStatus.FAILED)
        self.assert_order(OrderStatus.PAID, 0)
        self.assert_owns(self.ada, True)
        self.assertEqual(
            self.letters(self.ada), [f"Your refund for order {self.order.number} did not arrive"]
        )
        self.assertEqual(self.letters(self.grace), [f"A refund for order {self.order.number} failed"])

    def test_it_can_be_tried_again(self):
        self.fail(self.refund())

        self.refund()

        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)

    def test_what_staff_took_by_hand_stays_taken(self):
        self.ada.user_permissions.clear()
        made = self.refund()

        self.fail(made)

        self.assert_order(OrderStatus.PAID, 0)
        self.assert_owns(self.ada, False)

    def test_bought_again_meanwhile_one_of_the_two_payments_stays(self):
        made = self.refund()
        second = self.buy()
        self.assert_owns(self.ada, True)

        self.fail(made)
        self.hear()

        self.assert_owns(self.ada, True)
        self.assertEqual(len(self.unrefunded_charges()), 1)
        self.assert_order(OrderStatus.PAID, 0)
        self.assert_order(OrderStatus.REFUNDED, 3900, second)

    def test_a_failed_part_leaves_everything_open(self):
        self.fail(self.refund(amount=1000))

        self.assert_order(OrderStatus.PAID, 0)
        self.assert_owns(self.ada, True)


class OfItselfTests(DeskTestCase):
    """Refunds that nobody asked for here."""

    def test_a_second_payment_goes_back_by_itself_and_both_sides_hear_of_it_once(self):
        self.stripe.charge_again(order_id=str(self.order.pk))

        self.hear()
        self.hear()

        self.assertEqual(
            [charge["id"] for charge in self.unrefunded_charges()], [self.order.stripe_charge_id]
        )
        self.assert_order(OrderStatus.PAID, 0)
        self.assert_owns(self.ada, True)
        made = Refund.objects.get()
        self.assertEqual((made.origin, made.status), (RefundOrigin.DUPLICATE, RefundStatus.SUCCEEDED))
        for person in (self.ada, self.grace):
            [letter] = [letter for letter in mail.outbox if letter.to == [person.email]]
            self.assertIn("paid twice", letter.body)

    def test_refunds_in_stripes_dashboard_count_the_same(self):
        self.stripe.refund(self.order.stripe_charge_id, amount=1000)
        self.hear()
        self.assert_order(OrderStatus.PAID, 1000)
        self.assert_owns(self.ada, True)

        self.stripe.refund(self.order.stripe_charge_id, amount=2900)
        self.hear()

        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual(
            list(Refund.objects.values_list("origin", "amount").order_by("amount")),
            [(RefundOrigin.DASHBOARD, 1000), (RefundOrigin.DASHBOARD, 2900)],
        )
        self.assertEqual(len(self.letters(self.ada)), 2)


class LetterTests(DeskTestCase):
    """What the letters say besides the amount."""

    def assert_written(self, person, *sentences):
        letter = [letter for letter in mail.outbox if letter.to == [person.email]][-1]
        for sentence in sentences:
            self.assertIn(sentence, " ".join(letter.body.split()))

    def test_all_of_it_is_closed_and_says_so(self):
        self.refund()

        self.assert_written(self.ada, "We have refunded $39.00", "are no longer in your library.")

    def test_a_part_leaves_it_open_and_says_so(self):
        self.refund(amount=1000)

        self.assert_written(self.ada, "We have refunded $10.00", "You keep the books from this order")

    def test_a_line_is_named(self):
        self.order.lines.update(amount=3000)

        self.refund(lines=[self.order.lines.get()])

        self.assert_written(
            self.ada, "All Books is no longer in your library.", "Everything else you own stays yours."
        )

    def test_what_was_refunded_before_is_nothing_to_do_for_staff(self):
        self.stripe.refund(self.order.stripe_charge_id)

        with self.assertRaises(NotRefunded):
            self.refund()

        self.assert_written(self.grace, "nothing left to do")

    def test_a_dispute_is_told_with_the_day_of_the_answer(self):
        dispute = self.stripe.dispute(self.order.stripe_charge_id)
        self.hear()
        self.assert_written(self.grace, "The money is held back", "Answer it in Stripe's dashboard by")

        self.stripe.close_dispute(dispute["id"], "lost")
        self.hear()
        self.assert_written(self.grace, "the money is gone, and this order no longer gives access")
        self.assertEqual(self.letters(self.ada), [])

    def test_an_inquiry_is_told_as_one(self):
        self.stripe.inquire(self.order.stripe_charge_id)

        self.hear()

        self.assert_written(self.grace, "no money has moved", "Answer it in Stripe's dashboard by")
        self.assert_owns(self.ada, True)

    def test_nobody_writes_to_somebody_who_has_left(self):
        CustomUser.objects.filter(pk=self.ada.pk).update(email="1@erased.invalid")

        self.refund()

        self.assertEqual([letter.to for letter in mail.outbox], [[self.grace.email]])


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    """Several desks, or one impatient hand, at the same moment."""

    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(make_reader("ada"))
        self.client.post(reverse("charge"), {"stripeToken": "tok_visa"})
        self.order = Order.objects.get()

    def refund_ten_times(self, **what):
        """Ask for the same refund from ten connections; return how many were not refused."""

        def ask(_):
            try:
                refunds.refund(self.order, by=self.grace, reason="Asked for.", **what)
            except NotRefunded:
                return 0
            finally:
                connection.close()
            return 1

        with ThreadPoolExecutor(10) as pool:
            return sum(pool.map(ask, range(10)))

    def amounts_at_stripe(self):
        return [refund["amount"] for refund in self.stripe.ledger("refunds")["refunds"]]

    def test_the_same_form_is_one_refund(self):
        answered = self.refund_ten_times(amount=1000, refund_id=uuid4())

        self.assertEqual((answered, Refund.objects.count()), (10, 1))
        self.assertEqual(self.amounts_at_stripe(), [1000])
        self.order.refresh_from_db()
        self.assertEqual((self.order.status, self.order.refunded_amount), (OrderStatus.PAID, 1000))

    def test_ten_forms_do_not_give_back_more_than_was_paid(self):
        answered = self.refund_ten_times(amount=1500)

        self.assertEqual((answered, Refund.objects.count()), (2, 2))
        self.assertEqual(self.amounts_at_stripe(), [1500, 1500])
        self.order.refresh_from_db()
        self.assertEqual((self.order.status, self.order.refunded_amount), (OrderStatus.PAID, 3000))
