"""The worker asks Stripe which ways to pay it offers, and the purchase page names them."""

from unittest import mock

from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from books.tests.builders import make_staff
from orders.checks import ways_to_pay
from orders.templatetags.ways_to_pay import ways_to_pay as in_words
from orders.tests.cases import TillTestCase

LISTED = "/v1/payment_method_configurations"


class WaysToPayTests(TillTestCase):
    def setUp(self):
        super().setUp()
        cache.clear()

    def times_asked(self):
        return [each["path"] for each in self.stripe.ledger("requests")["requests"]].count(LISTED)

    def later(self, hours):
        """Have the worker come round after this many hours."""
        moment = ways_to_pay.time.time() + hours * 3600
        with mock.patch("orders.checks.ways_to_pay.time.time", return_value=moment):
            ways_to_pay.refresh()

    def test_the_purchase_page_names_what_is_known_and_nothing_before(self):
        address = reverse("orders")
        self.assertNotContains(self.client.get(address), "PayPal")
        self.assertContains(self.client.get(address), "On Stripe’s page.")

        ways_to_pay.refresh()

        page = self.client.get(address)
        self.assertContains(page, "With PayPal, US bank account, Apple Pay or Google Pay on Stripe’s page.")
        self.assertContains(page, "More ways to pay")

    @override_settings(STRIPE_CHECKOUT="session")
    def test_where_the_session_is_the_button_the_card_is_among_them(self):
        self.stripe.set_ways_to_pay(us_bank_account="off", google_pay="off")
        ways_to_pay.refresh()

        self.assertContains(self.client.get(reverse("orders")), "By card, PayPal or Apple Pay.")

    def test_what_is_not_offered_in_a_currency_is_not_promised(self):
        ways_to_pay.refresh()

        self.assertIn("US bank account", ways_to_pay.known("usd"))
        self.assertNotIn("US bank account", ways_to_pay.known("eur"))
        self.assertIn("SEPA Direct Debit", ways_to_pay.known("eur"))

    def test_what_is_switched_on_but_not_approved_is_not_promised(self):
        self.stripe.set_ways_to_pay(paypal="pending")
        ways_to_pay.refresh()

        self.assertNotIn("PayPal", ways_to_pay.known("usd"))

    def test_only_a_few_are_named(self):
        self.stripe.set_ways_to_pay(link="on")
        ways_to_pay.refresh()

        self.assertEqual(in_words("usd"), "PayPal, US bank account, Apple Pay, Google Pay and more")

    def test_stripe_is_asked_once_an_hour(self):
        for _ in range(3):
            ways_to_pay.refresh()
        self.assertEqual(self.times_asked(), 1)

        self.later(hours=2)

        self.assertEqual(self.times_asked(), 2)

    def test_what_was_heard_last_counts_while_stripe_is_away(self):
        ways_to_pay.refresh()
        self.stripe.go_wrong(f"GET {LISTED}", "drop_before", times=9)

        self.later(hours=2)

        self.assertIn("PayPal", ways_to_pay.known("usd"))

    def test_a_stripe_that_does_not_say_is_not_asked_every_minute(self):
        self.stripe.go_wrong(f"GET {LISTED}", "error_500", times=2)

        for _ in range(3):
            ways_to_pay.refresh()

        self.assertEqual((self.times_asked(), ways_to_pay.known("usd")), (2, []))

    def test_each_mode_has_its_own(self):
        ways_to_pay.refresh()

        with override_settings(STRIPE_LIVE_MODE=True):
            self.assertEqual(ways_to_pay.known("usd"), [])

    def test_the_money_doctor_s_page_lists_them(self):
        self.client.force_login(make_staff())
        page = self.client.get(reverse("money_doctor"))
        self.assertContains(page, "Stripe has not said yet.")
        self.stripe.set_ways_to_pay(link="pending", sepa_debit="off", us_bank_account="off")

        ways_to_pay.refresh()

        page = self.client.get(reverse("money_doctor"))
        self.assertContains(page, "Stripe’s checkout offers card, PayPal, Apple Pay, Google Pay.")
        self.assertContains(page, "Stripe does not offer it yet: Link.")
