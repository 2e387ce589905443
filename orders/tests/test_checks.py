"""What `check --deploy` says about payments."""

from django.core.checks import run_checks
from django.test import TestCase, override_settings


class DeploymentCheckTests(TestCase):
    def said(self, *, deploy=True):
        return [each.id for each in run_checks(include_deployment_checks=deploy) if each.id == "orders.W001"]

    def test_test_keys_are_warned_of_before_a_deployment(self):
        self.assertEqual(self.said(), ["orders.W001"])

    def test_at_home_they_are_not(self):
        self.assertEqual(self.said(deploy=False), [])

    @override_settings(STRIPE_LIVE_MODE=True)
    def test_live_keys_are_not(self):
        self.assertEqual(self.said(), [])
