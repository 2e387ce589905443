"""What no webhook has reported is found out by asking: reconcile_orders settles it."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_reader, make_staff
from orders.models import (
    Attempt,
    AttemptOutcome,
    Dispute,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
    StripeCustomer,
    StripeEvent,
)
from orders.payments import catch_up, sync, webhooks
from orders.tests.cases import TillTestCase
from tests import programs

CONFIRM = "POST /v1/payment_intents/*/confirm"


def reconcile(minutes=0):
    """Return what was said."""
    out = StringIO()
    call_command("reconcile_orders", f"--minutes={minutes}", stdout=out)
    return out.getvalue()


def letters(subject):
    """Return the mails whose subjects begin so."""
    return [letter for letter in mail.outbox if letter.subject.startswith(subject)]


class WithoutWebhooksTests(TillTestCase):
    def bought(self):
        """Return the order that Ada has just paid."""
        self.pay()
        return Order.objects.get()

    def open_session(self):
        """Open a Checkout Session for Ada and return its id."""
        self.client.post(reverse("checkout_session"), {"item": self.shown_item()})
        return Attempt.objects.get().stripe_checkout_session_id

    def ask_for_refund(self, order, amount=3900):
        """Write a refund down as staff do, without asking Stripe."""
        refund = Refund.objects.create(
            order=order, amount=amount, origin=RefundOrigin.STAFF, stripe_charge_id=order.stripe_charge_id
        )
        Refund.objects.update(created_at=timezone.now() - timedelta(minutes=3))
        return refund

    def refunds_at_stripe(self):
        return [refund["amount"] for refund in self.stripe.ledger("refunds")["refunds"]]

    def begin_again(self):
        self.stripe.reset()
        Order.objects.all().delete()
        StripeCustomer.objects.all().delete()
        Grant.objects.all().delete()
        self.ada.user_permissions.clear()

    def assert_is(self, status, *, reads):
        """Compare the order and the reader's access, after reconciling and after doing it once more."""
        for _ in range(2):
            reconcile()
            self.assertEqual(Order.objects.get().status, status)
            self.assert_owns(self.ada, reads)

    def test_refunds_made_in_the_dashboard(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id, amount=1000)

        self.assert_is(OrderStatus.PAID, reads=True)
        self.assertEqual(Order.objects.get().refunded_amount, 1000)

        self.stripe.refund(order.stripe_charge_id)
        self.assert_is(OrderStatus.REFUNDED, reads=False)

    def test_a_refund_that_fails_later_opens_again(self):
        order = self.bought()
        refund = self.stripe.refund(order.stripe_charge_id)
        self.assert_is(OrderStatus.REFUNDED, reads=False)

        self.stripe.settle_refund(refund["id"], "fail")

        self.assert_is(OrderStatus.PAID, reads=True)

    def test_disputes_that_open_and_are_won_or_lost(self):
        for outcome, status, reads in (
            ("won", OrderStatus.PAID, True),
            ("lost", OrderStatus.DISPUTED, False),
        ):
            with self.subTest(outcome):
                self.begin_again()
                dispute = self.stripe.dispute(self.bought().stripe_charge_id)
                self.assert_is(OrderStatus.DISPUTED, reads=False)

                self.stripe.close_dispute(dispute["id"], outcome)

                self.assert_is(status, reads=reads)
                self.assertEqual(Dispute.objects.get().status, outcome)

    def test_an_inquiry_closes_nothing(self):
        self.stripe.inquire(self.bought().stripe_charge_id)

        self.assert_is(OrderStatus.PAID, reads=True)
        self.assertIs(Dispute.objects.get().is_inquiry, True)

    def test_a_session_that_was_paid(self):
        self.stripe.pay_session(self.open_session())

        self.assert_is(OrderStatus.PAID, reads=True)
        self.assertEqual(len(letters("Thank you")), 1)

    def test_a_session_that_has_expired_can_be_paid_again(self):
        self.stripe.end_session(self.open_session(), "expire")

        self.assert_is(OrderStatus.PENDING, reads=False)

        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.FAILED)
        self.pay()
        self.assert_is(OrderStatus.PAID, reads=True)

    def test_a_session_that_is_open_stays_so(self):
        self.open_session()

        self.assert_is(OrderStatus.PENDING, reads=False)

        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.OPEN)

    def test_a_payment_that_takes_its_time_and_then_arrives_or_does_not(self):
        for outcome, status, reads in (
            ("async_succeed", OrderStatus.PAID, True),
            ("async_fail", OrderStatus.PENDING, False),
        ):
            with self.subTest(outcome):
                self.begin_again()
                session_id = self.open_session()
                self.stripe.end_session(session_id, "complete_unpaid")
                self.assert_is(OrderStatus.PENDING, reads=False)
                self.assertIs(Order.objects.get().in_doubt, True)

                self.stripe.end_session(session_id, outcome)

                self.assert_is(status, reads=reads)
                self.assertIs(Order.objects.get().in_doubt, False)

    def test_a_refund_that_stripe_was_not_asked_for_yet_is_made_once(self):
        refund = self.ask_for_refund(self.bought())

        self.assertIn("1 refunds sent", reconcile())
        self.assertIn("0 refunds sent", reconcile())

        refund.refresh_from_db()
        self.assertEqual(refund.status, RefundStatus.SUCCEEDED)
        self.assertEqual(self.refunds_at_stripe(), [3900])
        self.assert_owns(self.ada, False)

    def test_a_refund_whose_answer_was_lost_is_made_once(self):
        self.ask_for_refund(self.bought())
        self.stripe.go_wrong("POST /v1/refunds", "drop_answer", times=2)
        with self.assertRaises(SystemExit):
            reconcile()

        reconcile()

        self.assertEqual(self.refunds_at_stripe(), [3900])
        self.assertEqual(Refund.objects.get().status, RefundStatus.SUCCEEDED)

    def test_a_refund_that_stripe_refuses_fails_and_does_not_hold_up_the_next(self):
        order = self.bought()
        dispute = self.stripe.dispute(order.stripe_charge_id)
        refund = self.ask_for_refund(order)
        self.client.force_login(make_reader("bob"))
        self.pay()
        self.ask_for_refund(Order.objects.get(user__email="bob@example.com"), amount=1000)

        reconcile()

        refund.refresh_from_db()
        self.assertEqual((refund.status, refund.code), (RefundStatus.FAILED, "charge_disputed"))
        self.assertEqual(self.refunds_at_stripe(), [1000])
        self.assertEqual(Dispute.objects.get().stripe_dispute_id, dispute["id"])

    def test_a_session_for_what_its_buyer_has_got_otherwise_is_closed(self):
        self.open_session()
        reconcile(minutes=10)
        self.assertEqual(self.statuses_of_sessions(), ["open"])

        access.give(self.ada, Bundle.objects.get(everything=True), by=make_staff(), note="A friend.")
        reconcile(minutes=10)

        self.assertEqual(self.statuses_of_sessions(), ["expired"])

    def statuses_of_sessions(self):
        return [each["status"] for each in self.stripe.ledger("checkout_sessions")["checkout_sessions"]]

    def test_younger_things_are_left_alone(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id, amount=1000)
        self.ask_for_refund(order, amount=500)
        self.client.force_login(make_reader("bob"))
        self.stripe.go_wrong(CONFIRM, "drop_answer", times=2)
        self.pay()

        reconcile(minutes=10)

        order.refresh_from_db()
        self.assertEqual((order.refunded_amount, self.refunds_at_stripe()), (0, [1000]))
        self.assertIs(Order.objects.get(user__email="bob@example.com").in_doubt, True)

        reconcile(minutes=0)

        order.refresh_from_db()
        self.assertEqual((order.refunded_amount, self.refunds_at_stripe()), (1500, [1000, 500]))
        self.assertIs(Order.objects.get(user__email="bob@example.com").in_doubt, False)

    def test_without_stripe_it_ends_with_2_and_goes_on_another_time(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=2)

        with self.assertRaises(SystemExit) as ended:
            reconcile()

        self.assertEqual(ended.exception.code, 2)
        self.assert_owns(self.ada, True)
        self.assert_is(OrderStatus.REFUNDED, reads=False)

    def test_what_it_heard_before_is_not_asked_for_again(self):
        self.bought()
        reconcile()

        self.assertIn("0 events recovered", reconcile())

    def test_losing_its_place_costs_nothing_but_time(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        reconcile()

        with mock.patch.object(catch_up.cache, "get", lambda key, default: default):
            self.assertIn("0 events recovered", reconcile())

        self.assertEqual(Refund.objects.count(), 1)


class FailedEventsTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.pay()
        self.order = Order.objects.get()
        # Only what is kept can help: Stripe has forgotten its events.
        self.enterContext(mock.patch("orders.stripe_gateway.list_events", return_value=()))

    def keep_event(self, number=1, order=None, **fields):
        """Write down an event that could not be handled."""
        order = order or self.order
        values = {
            "type": "charge.refunded",
            "payment_id": order.stripe_payment_intent_id,
            "order": order,
            "livemode": False,
            "created_at": timezone.now(),
            "error": "OutcomeUnknown: APIConnectionError",
            "attempts": 1,
        }
        return StripeEvent.objects.create(id=f"evt_{number}", **values | fields)

    def test_an_event_that_failed_is_tried_again(self):
        event = self.keep_event()
        self.stripe.refund(self.order.stripe_charge_id)

        self.assertIn("1 events recovered", reconcile())

        event.refresh_from_db()
        self.assertIsNotNone(event.handled_at)
        self.assertEqual((event.error, event.attempts), ("", 2))
        self.assert_owns(self.ada, False)

    def test_one_that_fails_again_is_kept(self):
        event = self.keep_event()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=2)

        with self.assertRaises(SystemExit) as ended:
            reconcile()

        event.refresh_from_db()
        self.assertEqual((ended.exception.code, event.handled_at, event.attempts), (2, None, 2))

    def test_one_that_cannot_be_handled_does_not_hold_up_the_others(self):
        self.client.force_login(make_reader("bob"))
        self.pay()
        healthy = Order.objects.get(user__email="bob@example.com")
        broken_event = self.keep_event(1)
        self.keep_event(2, healthy)
        self.stripe.refund(healthy.stripe_charge_id)
        settle = sync.settle

        def settle_some(order, payment_id):
            if order == self.order:
                raise RuntimeError("a defect")
            return settle(order, payment_id)

        with mock.patch.object(webhooks, "settle", settle_some):
            reconcile()

        broken_event.refresh_from_db()
        healthy.refresh_from_db()
        self.assertEqual((broken_event.handled_at, broken_event.error), (None, "RuntimeError"))
        self.assertEqual(healthy.status, OrderStatus.REFUNDED)

    def test_a_database_that_is_away_ends_it(self):
        self.keep_event()

        with (
            mock.patch.object(webhooks, "handle", side_effect=OperationalError("gone")),
            self.assertRaises(OperationalError),
        ):
            reconcile()


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    """Two processes that reconcile at the same moment, each with its own connection."""

    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def pay(self, name):
        browser = Client()
        browser.force_login(make_reader(name))
        browser.post(reverse("charge"), {"stripeToken": "tok_visa"})
        return Order.objects.get(user__email=f"{name}@example.com")

    def test_everything_happens_once(self):
        refunded = self.pay("ada")
        Refund.objects.create(
            order=refunded, amount=3900, origin=RefundOrigin.STAFF, stripe_charge_id=refunded.stripe_charge_id
        )
        disputed = self.pay("bob")
        self.stripe.dispute(disputed.stripe_charge_id)
        self.stripe.go_wrong(CONFIRM, "drop_answer", times=2)
        lost = self.pay("carl")

        def work(_):
            try:
                return catch_up.reconcile(older_than=timedelta())
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(work, range(4)))

        self.assertEqual([outcome.unreachable for outcome in outcomes], [False] * 4)
        found = {order.pk: order.status for order in Order.objects.all()}
        self.assertEqual(
            found,
            {
                refunded.pk: OrderStatus.REFUNDED,
                disputed.pk: OrderStatus.DISPUTED,
                lost.pk: OrderStatus.PAID,
            },
        )
        ledger = self.stripe.ledger("charges", "refunds")
        self.assertEqual(len([each for each in ledger["charges"] if each["paid"]]), 3)
        self.assertEqual([refund["amount"] for refund in ledger["refunds"]], [3900])
        self.assertEqual(len(letters("Thank you")), 3)
        self.assertEqual(len(letters("Your refund")), 1)


def test_the_answer_in_json_is_one_object_and_nothing_else(tmp_path, migrated, sandbox_process):
    variables = {
        "DATABASE_URL": f"sqlite:///{shutil.copy(migrated, tmp_path)}",
        "STRIPE_LIVE_MODE": None,
        "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_made_up",
        "STRIPE_TEST_SECRET_KEY": "sk_test_made_up",
    }
    sandbox_process.reset()

    reached = programs.manage("reconcile_orders", "--json", **variables, STRIPE_API_BASE=sandbox_process.url)
    away = programs.manage("reconcile_orders", "--json", **variables, STRIPE_API_BASE="http://127.0.0.1:9")

    nothing = {"settled": 0, "ended": 0, "in_doubt": 0, "refunds": 0, "events": 0}
    assert (reached.returncode, json.loads(reached.stdout)) == (0, nothing | {"unreachable": False})
    assert (away.returncode, json.loads(away.stdout)) == (2, nothing | {"unreachable": True})
    assert "Stripe answered APIConnectionError" in away.stderr
