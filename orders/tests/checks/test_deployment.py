"""What `check --deploy` says about payments."""

from django.core.checks import run_checks
from django.test import TestCase, override_settings

AT_STRIPE = {
    "STRIPE_API_BASE": "https://api.stripe.com",
    "STRIPE_CHECKOUT_JS_URL": "https://checkout.stripe.com/checkout.js",
    "STRIPE_JS_URL": "https://js.stripe.com/endive/stripe.js",
}
ELSEWHERE = dict.fromkeys(AT_STRIPE, "http://127.0.0.1:8100")


@override_settings(STRIPE_WEBHOOK_SECRETS=["whsec_1"], **AT_STRIPE)
class DeploymentCheckTests(TestCase):
    def said(self, *, deploy=True):
        messages = run_checks(include_deployment_checks=deploy)
        return sorted(each.id for each in messages if each.id.startswith("orders."))

    def test_test_keys_are_warned_of_before_a_deployment(self):
        self.assertEqual(self.said(), ["orders.W001"])

    def test_at_home_they_are_not(self):
        self.assertEqual(self.said(deploy=False), [])

    @override_settings(STRIPE_LIVE_MODE=True)
    def test_live_keys_are_not(self):
        self.assertEqual(self.said(), [])

    @override_settings(STRIPE_LIVE_MODE=True, STRIPE_WEBHOOK_SECRETS=[])
    def test_an_endpoint_that_is_off_is_warned_of(self):
        self.assertEqual(self.said(), ["orders.W002"])

    @override_settings(**ELSEWHERE)
    def test_another_stripe_is_not_warned_of(self):
        self.assertEqual(self.said(), ["orders.W001"])

    def test_half_of_another_stripe_is_warned_of(self):
        for name, address in ELSEWHERE.items():
            with self.subTest(name), override_settings(**{name: address}):
                self.assertEqual(self.said(), ["orders.W001", "orders.W003"])
