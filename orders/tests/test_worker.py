"""What the background process does, one round at a time."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import InterfaceError, OperationalError
from django.test import TransactionTestCase
from django.utils import timezone
from post_office.models import STATUS, Email

from books.tests.builders import make_reader
from orders.models import Attempt, Order, OrderStatus
from orders.tests.builders import make_order


@pytest.mark.usefixtures("sandbox")
class WorkerTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    def setUp(self):
        self.ada = make_reader("ada")

    def queue_a_mail(self):
        return Email.objects.create(
            from_email="books@example.com", to=["ada@example.com"], subject="Hello", status=STATUS.queued
        )

    def test_it_sends_what_is_queued(self):
        queued = self.queue_a_mail()

        call_command("run_worker", "--once")

        queued.refresh_from_db()
        self.assertEqual(queued.status, STATUS.sent)

    def test_a_mail_server_that_is_down_costs_neither_the_mail_nor_the_worker(self):
        queued = self.queue_a_mail()
        down = mock.patch.object(Email, "dispatch", side_effect=SMTPServerDisconnected("down"))

        with down:
            call_command("run_worker", "--once")

        queued.refresh_from_db()
        self.assertEqual(queued.status, STATUS.requeued)
        self.assertEqual(mail.outbox, [])

    def test_a_database_that_is_away_ends_the_round_and_not_the_worker(self):
        for error in (OperationalError, InterfaceError):
            with (
                self.subTest(error),
                mock.patch("orders.reconciliation.reconcile", side_effect=error("gone")),
            ):
                call_command("run_worker", "--once")

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
