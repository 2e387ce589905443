"""Many posts at once, on a database that many connections can write to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse

from books import access
from books.tests.builders import make_reader
from orders.models import Order, OrderStatus
from users.models import CustomUser

POSTS = 20


@pytest.mark.postgresql
class ParallelPostsTests(TransactionTestCase):
    """The requests are real and each has its own connection; only the browser is missing."""

    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.ada = make_reader("ada")
        self.session = Client()
        self.session.force_login(self.ada)

    def post_all(self, tokens):
        """Post every token at the same time from the same session; return the statuses."""

        def post(token):
            browser = Client()
            browser.cookies = self.session.cookies
            try:
                return browser.post(reverse("charge"), {"stripeToken": token}).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(POSTS) as pool:
            return list(pool.map(post, tokens))

    def assert_bought_once(self):
        succeeded = [charge for charge in self.stripe.charges if charge["status"] == "succeeded"]
        self.assertEqual(len(succeeded), 1)
        self.assertEqual(Order.objects.filter(status=OrderStatus.PAID).count(), 1)
        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)), True)

    def test_the_same_token_twenty_times_is_one_charge(self):
        for api in ("payment_intents", "charges"):
            with self.subTest(api), override_settings(STRIPE_TOKEN_API=api):
                self.stripe.reset()
                Order.objects.all().delete()
                self.ada.user_permissions.clear()

                statuses = self.post_all([self.single_use_token()] * POSTS)

                self.assertEqual(set(statuses), {302})
                self.assert_bought_once()

    def test_twenty_different_tokens_are_one_charge(self):
        statuses = self.post_all([self.single_use_token() for _ in range(POSTS)])

        self.assertEqual(set(statuses), {302})
        self.assert_bought_once()

    def test_twenty_declines_at_once_are_no_charge(self):
        self.post_all(["tok_chargeDeclined"] * POSTS)

        self.assertEqual([charge for charge in self.stripe.charges if charge["status"] == "succeeded"], [])
        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)), False)

    def single_use_token(self):
        """Return a token as Stripe's form makes one: good for one payment."""
        return self.stripe.make_token("4242424242424242")
