"""What the background process does, one round at a time."""

import signal
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import InterfaceError, OperationalError
from django.test import Client, TransactionTestCase
from django.urls import reverse
from django.utils import timezone
from post_office.models import STATUS, Email

from books.tests.builders import make_reader
from orders.models import Attempt, Order, OrderStatus, Refund
from orders.payments.sync import LONGEST_CALL
from orders.tests.builders import make_order


class WorkerTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.ada = make_reader("ada")

    def queue_a_mail(self):
        return Email.objects.create(
            from_email="books@example.com",
            to=["ada@example.com"],
            subject="Hello",
            message="Your code is ABCD-EFGH.",
            status=STATUS.queued,
        )

    def test_it_sends_what_is_queued(self):
        queued = self.queue_a_mail()

        call_command("run_worker", "--once")

        queued.refresh_from_db()
        self.assertEqual(queued.status, STATUS.sent)
        self.assertIn("ABCD-EFGH", mail.outbox[0].body)

    def test_what_it_has_sent_is_forgotten_and_what_expired_is_not_sent(self):
        sent, expired = self.queue_a_mail(), self.queue_a_mail()
        Email.objects.filter(pk=expired.pk).update(expires_at=timezone.now())

        call_command("run_worker", "--once")

        letters = Email.objects.values_list("pk", "status", "message")
        self.assertCountEqual(letters, [(sent.pk, STATUS.sent, ""), (expired.pk, STATUS.failed, "")])
        self.assertEqual(len(mail.outbox), 1)

    def test_a_mail_server_that_is_down_costs_neither_the_mail_nor_the_worker(self):
        queued = self.queue_a_mail()
        down = mock.patch.object(Email, "dispatch", side_effect=SMTPServerDisconnected("down"))

        with down:
            call_command("run_worker", "--once")

        queued.refresh_from_db()
        self.assertEqual(queued.status, STATUS.requeued)
        self.assertEqual(mail.outbox, [])

    def test_whatever_fails_ends_neither_the_worker_nor_the_rest_of_the_round(self):
        for error in (OperationalError, InterfaceError, RuntimeError, KeyError):
            for part in ("orders.payments.catch_up.reconcile", "orders.payments.catch_up.expire_orders"):
                queued = self.queue_a_mail()
                with (
                    self.subTest(error, part=part),
                    mock.patch(part, side_effect=error("gone")),
                    self.assertLogs("orders.management.commands.run_worker", "ERROR"),
                ):
                    call_command("run_worker", "--once")

                queued.refresh_from_db()
                self.assertEqual(queued.status, STATUS.sent)

    def test_a_stripe_that_is_away_ends_neither(self):
        queued = self.queue_a_mail()
        make_order(self.ada)
        Order.objects.update(created_at=timezone.now() - timedelta(hours=25))
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

        with self.assertLogs("orders.management.commands.run_worker", "WARNING"):
            call_command("run_worker", "--once")

        queued.refresh_from_db()
        self.assertEqual(queued.status, STATUS.sent)
        self.assertEqual(Order.objects.get().status, OrderStatus.EXPIRED)

    def test_it_works_each_second_reconciles_each_minute_and_ends_when_told(self):
        clock = mock.Mock(now=0.0)
        handlers = {}

        def wait(self, seconds):
            clock.now += seconds
            if clock.now > 150:
                handlers[signal.SIGTERM]()

        with (
            mock.patch("orders.management.commands.run_worker.time.monotonic", side_effect=lambda: clock.now),
            mock.patch("orders.management.commands.run_worker.signal.signal", handlers.__setitem__),
            mock.patch("orders.management.commands.run_worker.threading.Event.wait", wait),
            mock.patch("orders.management.commands.run_worker.queue.send") as send,
            mock.patch("orders.payments.catch_up.reconcile") as reconcile,
        ):
            reconcile.return_value.unreachable = False
            call_command("run_worker")

        self.assertEqual(reconcile.call_count, 3)
        self.assertEqual(send.call_count, 151)

    def test_a_refund_that_stripe_has_not_answered_is_sent_as_soon_as_no_call_can_be_under_way(self):
        ada = Client()
        ada.force_login(self.ada)
        ada.post(reverse("charge"), {"stripeToken": "tok_visa"})
        order = Order.objects.get()
        refund = Refund.objects.create(
            order=order, amount=3900, origin="staff", stripe_charge_id=order.stripe_charge_id
        )
        Refund.objects.update(created_at=timezone.now() - LONGEST_CALL)

        call_command("run_worker", "--once")

        refund.refresh_from_db()
        self.assertEqual(refund.status, "succeeded")
        self.assertEqual(len(self.stripe.ledger("refunds")["refunds"]), 1)

    def test_it_ends_what_never_reached_stripe(self):
        order = make_order(self.ada)
        attempt = Attempt.objects.create(order=order, number=1, api="payment_intents")
        Attempt.objects.update(created_at=timezone.now() - timedelta(minutes=3))

        call_command("run_worker", "--once")

        attempt.refresh_from_db()
        self.assertEqual((attempt.outcome, attempt.code), ("failed", "never_reached_stripe"))

    def test_it_gives_up_orders_that_nobody_paid_in_a_day(self):
        make_order(self.ada)
        young = make_order(make_reader("bob"))
        Order.objects.filter(user=self.ada).update(created_at=timezone.now() - timedelta(hours=25))

        call_command("run_worker", "--once")

        self.assertEqual(Order.objects.get(user=self.ada).status, OrderStatus.EXPIRED)
        self.assertEqual(Order.objects.get(pk=young.pk).status, OrderStatus.PENDING)

    def test_it_does_not_give_up_an_order_in_doubt(self):
        order = make_order(self.ada)
        Attempt.objects.create(order=order, number=1, api="payment_intents")
        Order.objects.update(created_at=timezone.now() - timedelta(hours=25))

        call_command("run_worker", "--once")

        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)
