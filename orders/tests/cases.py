"""What tests of buying share: a reader at the till, and a Stripe that keeps a ledger."""

from time import sleep

import pytest
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from books import access
from books.tests.builders import make_reader
from orders.models import Order
from users.models import CustomUser


def wait_until_somebody_waits():
    """Wait until a connection to PostgreSQL waits for a lock that another one holds."""
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
            sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")


class TillTestCase(TestCase):
    """Ada is logged in and owns nothing; `self.stripe` is an empty sandbox, a process of its own."""

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)

    def shown_item(self):
        """Return the signed item of the purchase page's form."""
        return self.client.get(reverse("orders")).context["offer"].signed()

    def pay(self, token="tok_visa", **fields):  # noqa: S107 (one of Stripe's test tokens)
        """Post what Stripe's checkout posts."""
        return self.client.post(reverse("charge"), {"stripeToken": token, **fields})

    def succeeded_charges(self):
        return [charge for charge in self.stripe.charges if charge["status"] == "succeeded"]

    def assert_owns(self, user, expected):
        """Compare what a fresh look at the reader's rights says; a user object remembers old ones."""
        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=user.pk)), expected)

    def assert_nothing_bought(self):
        """Neither order paid, nor charge made, nor permission given."""
        self.assertEqual(Order.objects.filter(paid_at__isnull=False).count(), 0)
        self.assertEqual(self.succeeded_charges(), [])
        self.assert_owns(self.ada, False)
