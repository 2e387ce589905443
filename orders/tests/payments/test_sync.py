"""Settling: what Stripe has becomes what the order is and what its reader may read, rule by rule."""

from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.test import override_settings

from books import access
from books.models import Grant
from books.tests.builders import make_reader, make_staff
from orders import checkout, stripe_gateway
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus, Refund, RefundOrigin, RefundStatus
from orders.payments import refunds
from orders.payments.sync import PaymentMismatch, settle
from orders.stripe_gateway.errors import OutcomeUnknown
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase
from tests.mailbox import mail_to
from users.personal_data.erasure import erase

PRICE = 3900
REFUND_FAILS = "4000000000005126"


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
class SettlementTestCase(TillTestCase):
    """Grace runs the shop."""

    def setUp(self):
        super().setUp()
        self.grace = make_staff()

    def buy(self):
        return checkout.buy_with_token(self.ada, checkout.Purchase(), token="tok_visa")

    def open_session(self):
        return checkout.open_session(self.ada, checkout.Purchase(), embedded=True)

    def pay_unheard(self, **card):
        """Have Ada pay in a session that the shop hears nothing of; return the order and the session's id."""
        order, session = self.open_session()
        self.stripe.pay_session(session.id, **card)
        return order, session.id

    def charge(self):
        """Return the id of the newest charge that succeeded."""
        return self.succeeded_charges()[-1]["id"]

    def settle(self, order, payment_id=""):
        order = Order.objects.get(pk=order.pk)
        return settle(order, payment_id or order.stripe_charge_id)

    def kept(self):
        """Return what the shop has of each charge."""
        return [charge["amount"] - charge["amount_refunded"] for charge in self.succeeded_charges()]

    def subjects(self, person):
        return [letter.subject for letter in mail_to(person.email)]

    def assert_is(self, order, status, *, refunded=0):
        order = Order.objects.get(pk=order.pk)
        self.assertEqual((order.status, order.refunded_amount), (status, refunded))


class MismatchTests(SettlementTestCase):
    def assert_left_alone(self, order, payment_id):
        before = [list(model.objects.values()) for model in (Order, Attempt, Refund, Grant)]

        with self.assertRaises(PaymentMismatch):
            self.settle(order, payment_id)

        self.assertEqual([list(model.objects.values()) for model in (Order, Attempt, Refund, Grant)], before)
        self.assert_owns(self.ada, False)
        self.assertEqual(self.subjects(self.ada), [])

    def test_what_was_paid_must_be_what_was_ordered(self):
        order, session = self.pay_unheard()
        for change in ({"amount": 4900}, {"amount": 100}, {"currency": "eur"}, {"livemode": True}):
            with self.subTest(change):
                Order.objects.update(**change)
                self.assert_left_alone(order, session)
                Order.objects.update(amount=PRICE, currency="usd", livemode=False)

        self.settle(order, session)
        self.assert_owns(self.ada, True)

    def test_one_orders_payment_is_not_anothers(self):
        _, session = self.pay_unheard()
        bobs = make_order(make_reader("bob"))

        self.assert_left_alone(bobs, session)

    def test_a_payment_that_names_no_order_is_nobodys(self):
        order, _ = self.pay_unheard()
        self.stripe.charge_again(order_id="")

        self.assert_left_alone(order, self.charge())


class StaleReadingTests(SettlementTestCase):
    def test_what_was_read_before_the_order_moved_is_read_again(self):
        old, session = self.pay_unheard()
        answer = stripe_gateway.find_payment(session)
        self.stripe.refund(self.charge())
        self.settle(old, session)

        settle(old, session, answer=answer)

        self.assert_is(old, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_owns(self.ada, False)

    def test_what_was_read_after_the_order_is_believed(self):
        order, session = self.pay_unheard()
        answer = stripe_gateway.find_payment(session)
        asked = len(self.stripe.ledger("requests")["requests"])

        settle(order, session, answer=answer)

        self.assertEqual(len(self.stripe.ledger("requests")["requests"]), asked)
        self.assert_owns(self.ada, True)

    def test_an_order_that_keeps_moving_is_left_for_later(self):
        order, session = self.pay_unheard()
        find = stripe_gateway.find_payment

        def find_while_another_settles(payment_id):
            found = find(payment_id)
            Order.objects.filter(pk=order.pk).update(revision=Order.objects.get(pk=order.pk).revision + 1)
            return found

        with (
            mock.patch.object(stripe_gateway, "find_payment", find_while_another_settles),
            self.assertRaises(OutcomeUnknown),
        ):
            self.settle(order, session)

        self.assert_is(order, OrderStatus.PENDING)
        self.assert_owns(self.ada, False)

    def test_settling_again_changes_nothing(self):
        order, session = self.pay_unheard()
        self.settle(order, session)
        before = Order.objects.values().get()

        for payment_id in (session, order.attempts.get().stripe_payment_intent_id, self.charge()):
            self.settle(order, payment_id)

        self.assertEqual(Order.objects.values().get(), before)
        self.assertEqual(Grant.objects.count(), 1)
        self.assertEqual(len(self.subjects(self.ada)), 1)


class SecondPaymentTests(SettlementTestCase):
    def test_a_second_charge_for_an_order_goes_back_once(self):
        order = self.buy()
        self.stripe.charge_again(order_id=str(order.pk))

        for _ in range(3):
            self.settle(order, self.charge())

        self.assertEqual(self.kept(), [PRICE, 0])
        refund = Refund.objects.get()
        self.assertEqual(
            (refund.origin, refund.status, refund.amount), (RefundOrigin.DUPLICATE, "succeeded", PRICE)
        )
        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, True)
        told = [subject for subject in self.subjects(self.ada) if subject.startswith("Your refund")]
        self.assertEqual(len(told), 1)

    def test_a_second_charge_goes_back_at_once_even_if_the_order_was_read_before_the_first(self):
        order, session_id = self.pay_unheard()
        read_before = Order.objects.get(pk=order.pk)
        self.settle(order, session_id)
        self.stripe.charge_again(order_id=str(order.pk))

        settled = settle(read_before, self.charge())

        self.assertEqual(self.kept(), [PRICE, 0])
        self.assertEqual(Refund.objects.get().status, RefundStatus.SUCCEEDED)
        self.assertEqual(settled.status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_a_charge_that_arrives_after_the_refund_goes_back_too(self):
        order = self.buy()
        self.stripe.refund(self.charge())
        self.settle(order)
        self.stripe.charge_again(order_id=str(order.pk))

        self.settle(order, self.charge())

        self.assertEqual(self.kept(), [0, 0])
        self.assert_owns(self.ada, False)

    def test_the_rest_of_a_second_charge_goes_back(self):
        order = self.buy()
        self.stripe.charge_again(order_id=str(order.pk))
        self.stripe.refund(self.charge(), amount=1000)

        self.settle(order, self.charge())

        self.assertEqual(self.kept(), [PRICE, 0])
        self.assert_is(order, OrderStatus.PAID)

    def test_what_cannot_go_back_is_asked_for_once_and_told_to_staff(self):
        order = self.buy()
        self.stripe.charge_again(order_id=str(order.pk))
        self.stripe.dispute(self.charge())

        for _ in range(3):
            self.settle(order, self.charge())

        refund = Refund.objects.get()
        self.assertEqual((refund.status, refund.code), (RefundStatus.FAILED, "charge_disputed"))
        self.assertEqual(self.subjects(self.grace), [f"A refund for order {order.number} failed"])
        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def given_up_and_newer(self):
        """Return an expired order whose session is open, unknown to us, and the next order's."""
        old, old_session = self.open_session()
        Order.objects.get(pk=old.pk).move_to(OrderStatus.EXPIRED)
        old.attempts.update(outcome=AttemptOutcome.FAILED)
        new, new_session = self.open_session()
        self.assertNotEqual(old.pk, new.pk)
        return (old, old_session.id), (new, new_session.id)

    def test_a_late_payment_counts_if_the_newer_order_is_not_paid(self):
        (old, old_session), (new, new_session) = self.given_up_and_newer()
        self.stripe.pay_session(old_session)

        self.settle(old, old_session)

        self.assert_is(old, OrderStatus.PAID)
        self.assert_is(new, OrderStatus.EXPIRED)
        self.assert_owns(self.ada, True)

        self.stripe.pay_session(new_session)
        self.settle(new, new_session)
        self.assert_is(old, OrderStatus.PAID)
        self.assert_is(new, OrderStatus.REFUNDED, refunded=PRICE)
        self.assertEqual(self.kept(), [PRICE, 0])
        self.assert_owns(self.ada, True)

    def test_a_late_payment_goes_back_if_the_newer_order_is_paid(self):
        (old, old_session), (new, new_session) = self.given_up_and_newer()
        self.stripe.pay_session(new_session)
        self.settle(new, new_session)
        self.stripe.pay_session(old_session)

        self.settle(old, old_session)

        self.assert_is(old, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_is(new, OrderStatus.PAID)
        self.assertEqual(self.kept(), [PRICE, 0])
        self.assert_owns(self.ada, True)
        self.assertEqual(sum(each.startswith("Thank you") for each in self.subjects(self.ada)), 1)

    def test_a_refund_that_fails_after_the_reader_bought_again(self):
        first, session = self.pay_unheard(number=REFUND_FAILS)
        refund = self.stripe.refund(self.charge())
        self.settle(first, session)
        second = self.buy()
        self.stripe.settle_refund(refund["id"], "fail")

        self.settle(first)

        self.assert_is(first, OrderStatus.PAID)
        self.assert_is(second, OrderStatus.REFUNDED, refunded=PRICE)
        self.assertEqual(self.kept(), [PRICE, 0])
        self.assert_owns(self.ada, True)

    def test_a_refund_that_fails_while_the_newer_order_is_disputed(self):
        first, session = self.pay_unheard(number=REFUND_FAILS)
        refund = self.stripe.refund(self.charge())
        self.settle(first, session)
        second = self.buy()
        dispute = self.stripe.dispute(self.charge())
        self.settle(second)
        self.stripe.settle_refund(refund["id"], "fail")
        self.settle(first)
        self.assert_owns(self.ada, False)

        self.stripe.close_dispute(dispute["id"], "won")
        self.settle(second)

        self.assertEqual(sum(self.kept()), PRICE)
        self.assert_owns(self.ada, True)

    def test_a_late_payment_that_is_disputed_already_leaves_the_paid_order_alone(self):
        late, session = self.pay_unheard()
        late.attempts.update(outcome=AttemptOutcome.FAILED)
        late.move_to(OrderStatus.EXPIRED)
        self.stripe.dispute(self.charge())
        paid = self.buy()

        self.settle(late, session)

        self.assert_is(paid, OrderStatus.PAID)
        self.assertEqual(self.kept(), [PRICE, PRICE])
        self.assert_owns(self.ada, True)
        self.assertEqual(Refund.objects.count(), 0)

    def test_who_is_heard_of_as_disputed_first_is_thanked_once_it_is_won(self):
        order, session = self.pay_unheard()
        dispute = self.stripe.dispute(self.charge())
        self.settle(order, session)
        self.assertEqual(self.subjects(self.ada), [])

        self.stripe.close_dispute(dispute["id"], "won")
        for _ in range(2):
            self.settle(order)

        self.assertEqual(len(self.subjects(self.ada)), 1)
        self.assert_owns(self.ada, True)


class RefundTests(SettlementTestCase):
    def refund(self, order, **details):
        return refunds.refund(order, by=self.grace, reason="Asked for it.", **details)

    def test_a_part_leaves_everything_open_and_all_of_it_closes(self):
        order = self.buy()
        self.stripe.refund(self.charge(), amount=1000)
        self.settle(order)
        self.assert_is(order, OrderStatus.PAID, refunded=1000)
        self.assert_owns(self.ada, True)

        self.stripe.refund(self.charge())
        self.settle(order)
        self.assert_is(order, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_owns(self.ada, False)

    def test_what_goes_back_in_vain_opens_again(self):
        order, session = self.pay_unheard(number=REFUND_FAILS)
        refund = self.stripe.refund(self.charge())
        self.settle(order, session)
        self.assert_owns(self.ada, False)
        self.stripe.settle_refund(refund["id"], "fail")

        self.settle(order)

        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, True)
        self.assertEqual(Refund.objects.get().code, "expired_or_canceled_card")

    def test_a_refund_that_was_not_answered_is_made_once(self):
        order = self.buy()
        for fault in ("drop_answer", "drop_before"):
            with self.subTest(fault):
                self.stripe.go_wrong("POST /v1/refunds", fault, times=2)
                asked = self.refund(order, amount=1000)
                self.assertEqual(asked.status, RefundStatus.REQUESTED)

                self.settle(order)

                asked.refresh_from_db()
                self.assertEqual(asked.status, RefundStatus.SUCCEEDED)
        self.assertEqual(self.kept(), [PRICE - 2000])
        self.assert_is(order, OrderStatus.PAID, refunded=2000)

    def test_staff_here_and_in_the_dashboard_give_back_all_at_once(self):
        order = self.buy()
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=2)
        asked = self.refund(order)
        self.stripe.refund(self.charge())

        self.settle(order)

        asked.refresh_from_db()
        self.assertEqual((asked.status, asked.code), (RefundStatus.FAILED, "charge_already_refunded"))
        self.assert_is(order, OrderStatus.REFUNDED, refunded=PRICE)
        self.assertEqual(self.kept(), [0])
        self.assert_owns(self.ada, False)

    def more_than_is_left(self):
        """Return an order of which a part went back in the dashboard, unheard."""
        order = self.buy()
        self.stripe.refund(self.charge(), amount=1000)
        return order

    def test_what_stripe_refuses_to_give_back_opens_again(self):
        order = self.more_than_is_left()

        with self.assertRaises(refunds.NotRefunded):
            self.refund(order)

        self.assert_is(order, OrderStatus.PAID, refunded=1000)
        self.assertEqual(self.kept(), [PRICE - 1000])
        self.assert_owns(self.ada, True)

    def test_it_opens_again_even_if_stripe_is_lost_right_after_it_refused(self):
        order = self.more_than_is_left()
        create = stripe_gateway.create_refund

        def refuse_and_be_lost(request):
            self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)
            return create(request)

        with mock.patch.object(stripe_gateway, "create_refund", refuse_and_be_lost):
            asked = self.refund(order)
        self.assertEqual(asked.status, RefundStatus.REQUESTED)
        self.stripe.clear_faults()

        call_command("reconcile_orders", "--minutes=0", stdout=StringIO())

        asked.refresh_from_db()
        self.assertEqual(asked.status, RefundStatus.FAILED)
        self.assert_is(order, OrderStatus.PAID, refunded=1000)
        self.assert_owns(self.ada, True)

    def test_a_disputed_charge_does_not_go_back(self):
        order = self.buy()
        self.stripe.dispute(self.charge())

        with self.assertRaises(refunds.NotRefunded):
            self.refund(order)

        self.assert_is(order, OrderStatus.DISPUTED)
        self.assertEqual(self.kept(), [PRICE])
        self.assert_owns(self.ada, False)

    def test_a_refund_of_the_other_mode_is_not_asked_for(self):
        order = self.buy()
        live = make_order(self.ada, status=OrderStatus.REFUNDED, livemode=True, stripe_charge_id="ch_live")
        Refund.objects.create(order=live, amount=PRICE, origin=RefundOrigin.STAFF, stripe_charge_id="ch_live")

        self.settle(order)

        self.assertEqual(Refund.objects.get().status, RefundStatus.REQUESTED)
        self.assertEqual(self.stripe.ledger("refunds")["refunds"], [])


class DisputeTests(SettlementTestCase):
    def disputed(self, open_it):
        """Return Ada's order and the dispute about it, which the shop has recorded."""
        order = self.buy()
        dispute = open_it(self.charge())
        self.settle(order)
        return order, dispute["id"]

    def test_a_dispute_closes_the_access_and_its_end_decides(self):
        for end, status in (
            ("won", OrderStatus.PAID),
            ("prevented", OrderStatus.PAID),
            ("lost", OrderStatus.DISPUTED),
        ):
            with self.subTest(end):
                self.ada = make_reader(end)
                order, dispute = self.disputed(self.stripe.dispute)
                self.assert_is(order, OrderStatus.DISPUTED)
                self.assert_owns(self.ada, False)
                self.assertEqual(Grant.objects.get(user=self.ada).end_reason, "disputed")

                self.stripe.close_dispute(dispute, end)
                self.settle(order)

                self.assert_is(order, status)
                self.assert_owns(self.ada, status == OrderStatus.PAID)

    def test_an_inquiry_closes_nothing(self):
        for end in ("warning_closed", "prevented"):
            with self.subTest(end):
                self.ada = make_reader(end.replace("_", "-"))
                order, inquiry = self.disputed(self.stripe.inquire)
                self.assert_is(order, OrderStatus.PAID)
                self.assert_owns(self.ada, True)

                self.stripe.close_dispute(inquiry, end)
                self.settle(order)

                self.assert_is(order, OrderStatus.PAID)
                self.assert_owns(self.ada, True)

    def test_staff_are_told_once_of_each_turn(self):
        order, dispute = self.disputed(self.stripe.dispute)
        self.settle(order)
        self.stripe.close_dispute(dispute, "won")
        self.settle(order)
        self.settle(order)

        about = f"Dispute about Order {order.number}"
        self.assertEqual(self.subjects(self.grace), [f"{about}: needs response", f"{about}: won"])

    def test_what_was_refunded_stays_refunded_however_a_dispute_ends(self):
        order = self.buy()
        self.stripe.refund(self.charge())
        dispute = self.stripe.dispute(self.charge())
        for end in (None, "won"):
            if end:
                self.stripe.close_dispute(dispute["id"], end)
            self.settle(order)

            self.assert_is(order, OrderStatus.REFUNDED, refunded=PRICE)
            self.assert_owns(self.ada, False)

    def test_a_part_refunded_and_a_dispute(self):
        order = self.buy()
        self.stripe.refund(self.charge(), amount=1000)
        dispute = self.stripe.dispute(self.charge())
        self.settle(order)
        self.assert_is(order, OrderStatus.DISPUTED, refunded=1000)
        self.assert_owns(self.ada, False)

        self.stripe.close_dispute(dispute["id"], "won")
        self.settle(order)
        self.assert_is(order, OrderStatus.PAID, refunded=1000)
        self.assert_owns(self.ada, True)


class StaffTests(SettlementTestCase):
    """What staff do by hand outlasts what Stripe tells."""

    def test_what_staff_took_stays_taken_when_a_dispute_is_won(self):
        order = self.buy()
        self.ada.user_permissions.clear()
        dispute = self.stripe.dispute(self.charge())
        self.settle(order)
        self.stripe.close_dispute(dispute["id"], "won")

        self.settle(order)

        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, False)

    def test_what_staff_gave_stays_when_the_money_goes_back(self):
        order, session = self.pay_unheard()
        access.give_permission(self.ada, by=None)
        self.settle(order, session)
        self.stripe.refund(self.charge())

        self.settle(order)

        self.assert_is(order, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_owns(self.ada, True)

    def test_a_late_word_about_an_old_order_does_not_close_the_new_one(self):
        first = self.buy()
        first_charge = self.charge()
        self.stripe.refund(first_charge)
        self.settle(first)
        second = self.buy()
        self.stripe.dispute(first_charge)

        self.settle(first)

        self.assert_is(first, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_is(second, OrderStatus.PAID)
        self.assert_owns(self.ada, True)


class AttemptTests(SettlementTestCase):
    def test_a_failure_counts_for_its_attempt_alone(self):
        order, first = self.open_session()
        self.stripe.end_session(first.id, "complete_unpaid")
        self.stripe.end_session(first.id, "async_fail")
        _, second = self.open_session()

        self.settle(order, first.id)

        outcomes = list(order.attempts.values_list("outcome", flat=True))
        self.assertEqual(outcomes, [AttemptOutcome.DECLINED, AttemptOutcome.OPEN])
        self.stripe.pay_session(second.id)
        self.settle(order, second.id)
        self.settle(order, first.id)
        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_a_card_declined_in_a_session_does_not_end_it(self):
        order, session = self.pay_unheard(number="4000000000000002")
        [intent] = self.stripe.ledger("payment_intents")["payment_intents"]

        for payment_id in (intent["id"], session):
            self.settle(order, payment_id)

        self.assertEqual(order.attempts.get().outcome, AttemptOutcome.OPEN)
        self.stripe.pay_session(session)
        self.settle(order, session)
        self.assert_owns(self.ada, True)

    def test_a_bank_transfer_opens_nothing_before_it_arrives(self):
        order, session = self.open_session()
        self.stripe.end_session(session.id, "complete_unpaid")
        self.settle(order, session.id)
        self.assert_is(order, OrderStatus.PENDING)
        self.assertIs(Order.objects.get().in_doubt, True)
        self.assert_owns(self.ada, False)

        self.stripe.end_session(session.id, "async_succeed")
        self.settle(order, session.id)
        self.assert_is(order, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_an_expired_session_leaves_the_order_to_the_next_try(self):
        order, session = self.open_session()
        self.stripe.end_session(session.id, "expire")

        self.settle(order, session.id)

        self.assertEqual(order.attempts.get().outcome, AttemptOutcome.FAILED)
        self.assertEqual(self.buy().pk, order.pk)


class ErasedBuyerTests(SettlementTestCase):
    def test_who_has_left_is_not_written_to_when_their_money_goes_back(self):
        order, session = self.pay_unheard()
        self.settle(order, session)
        erase(self.ada)

        self.stripe.refund(self.charge())
        self.settle(order)

        self.assert_is(order, OrderStatus.REFUNDED, refunded=PRICE)
        self.assert_owns(self.ada, False)
        self.assertEqual(self.subjects(self.ada), [])
