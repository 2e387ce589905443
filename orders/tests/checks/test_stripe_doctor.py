"""stripe_doctor says what works, what does not, and what to set instead."""

import re
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
import stripe  # noqa: TID251 (its errors, which the gateway turns into its own)
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase, override_settings

from books.models import PriceList
from orders.stripe_gateway import account as stripe_account
from orders.stripe_gateway.errors import NothingCharged, OutcomeUnknown
from orders.stripe_gateway.events import EVENT_TYPES

ENDPOINT = "http://127.0.0.1:8000/orders/webhook/"
GOING_LIVE = Path(__file__).resolve().parents[3] / "docs/going-live.md"


def refused(error=stripe.PermissionError, **details):
    return mock.Mock(side_effect=error("No.", **details))


def missing(http_status):
    """Return a question that Stripe answers with a complaint about its object."""
    return mock.Mock(side_effect=stripe.InvalidRequestError("No.", "id", http_status=http_status))


@override_settings(SITE_URL="http://127.0.0.1:8000")
class StripeDoctorTests(TestCase):
    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def examine(self):
        """Return the printed lines and the exit code."""
        out, err, code = StringIO(), StringIO(), 0
        try:
            call_command("stripe_doctor", stdout=out, stderr=err)
        except SystemExit as ended:
            code = ended.code
        self.said = out.getvalue() + err.getvalue()
        for secret in ("sk_test_sandbox", "pk_test_sandbox", "whsec_for_tests"):
            self.assertNotIn(secret, self.said)
        return out.getvalue().splitlines(), code

    def assert_says(self, level, words, *, code):
        lines, ended = self.examine()
        self.assertTrue([line for line in lines if line.startswith(level) and words in line], self.said)
        self.assertEqual(ended, code, self.said)

    def set_up_webhook(self, **wrong):
        self.stripe.send_events_to(ENDPOINT, "whsec_for_tests", **wrong)

    def test_a_shop_in_order_hears_nothing_wrong(self):
        self.set_up_webhook()
        PriceList.objects.create(currency="eur")

        lines, code = self.examine()

        self.assertEqual((code, [line for line in lines if line.startswith("wrong")]), (0, []))
        for words in (
            "test mode: no real money moves, with a secret key",
            "which is not Stripe itself",
            "accepts the secret key",
            "acct_1StripeSandbox in US, its currency usd; the shop sells in usd, eur.",
            "can take payments",
            "asks for 2026-10-28.endive",
            "Both keys belong to one account",
            "takes card tokens from the server",
            f"sends every event that the shop wants to {ENDPOINT}",
        ):
            self.assertIn(words, self.said)

    def test_nothing_is_charged_and_every_post_has_a_key_of_its_own(self):
        with override_settings(STRIPE_TOKEN_API="charges"):
            self.examine()
            self.examine()

        ledger = self.stripe.ledger()
        self.assertEqual(ledger["charges"], [])
        keys = [request["idempotency_key"] for request in ledger["requests"] if request["method"] == "POST"]
        self.assertTrue(all(re.fullmatch(r"stripe-doctor-[0-9a-f-]{36}", key) for key in keys), keys)
        self.assertEqual(len(set(keys)), len(keys))

    def test_without_stripe_it_ends_with_2(self):
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=99)

        _, code = self.examine()

        self.assertEqual(code, 2)
        self.assertIn("Stripe could not be reached", self.said)

    def test_a_stripe_that_is_asked_too_often_is_not_a_wrong_key(self):
        with mock.patch.dict(
            stripe_account.QUESTIONS, Account=refused(stripe.RateLimitError, code="rate_limit")
        ):
            _, code = self.examine()

        self.assertEqual(code, 2)

    @override_settings(STRIPE_SECRET_KEY="sk_wrong")
    def test_a_key_that_stripe_does_not_accept_is_wrong(self):
        self.assert_says("wrong", "does not accept the secret key", code=1)

    @override_settings(STRIPE_PUBLISHABLE_KEY="pk_wrong")
    def test_a_publishable_key_that_stripe_does_not_accept_is_wrong(self):
        for checkout in ("token", "session"):
            with override_settings(STRIPE_CHECKOUT=checkout):
                self.assert_says("wrong", "does not accept the publishable key", code=1)

    @override_settings(STRIPE_PUBLISHABLE_KEY="")
    def test_a_missing_key_is_wrong(self):
        self.assert_says("wrong", "a key of this mode is missing", code=1)

    def test_keys_of_two_accounts_are_wrong(self):
        with mock.patch.object(stripe_account, "_make_payment_method") as make:
            make.side_effect = NothingCharged("resource_missing")
            self.assert_says("wrong", "belong to different accounts", code=1)

    def test_a_form_that_cannot_be_tried_from_here_is_a_warning(self):
        with mock.patch.object(stripe_account, "_make_payment_method") as make:
            make.side_effect = (NothingCharged("unsafe"), None)
            self.assert_says("warn", "could not be tried (unsafe)", code=0)

    def test_a_card_token_that_stripe_does_not_use_is_wrong(self):
        with mock.patch.object(stripe_account, "_make_payment_method") as make:
            make.side_effect = (None, NothingCharged("PermissionError"))
            self.assert_says("wrong", "A card token cannot be used", code=1)

    def test_a_restricted_key_may_read_and_is_not_tried_at_writing(self):
        answers = dict.fromkeys(stripe_account.QUESTIONS, mock.Mock())
        with (
            override_settings(STRIPE_SECRET_KEY="rk_test_sandbox"),
            mock.patch.dict(stripe_account.QUESTIONS, answers),
            mock.patch("orders.checks.stripe_account._account", return_value=()),
            mock.patch.dict(
                stripe_account.OPTIONAL_QUESTIONS,
                dict.fromkeys(stripe_account.OPTIONAL_QUESTIONS, mock.Mock()),
            ),
            mock.patch("orders.checks.ways_to_pay.examine", return_value=()),
            mock.patch("orders.checks.stripe_account._checkout", return_value=()),
            mock.patch("orders.checks.stripe_account._webhook", return_value=()),
        ):
            self.assert_says("warn", "Only the first payment shows whether it can write", code=0)

    def test_it_lists_the_ways_to_pay_that_stripe_offers(self):
        self.stripe.set_ways_to_pay(sepa_debit="off")

        self.assert_says(
            "ok", "checkout offers: card, PayPal, US bank account, Apple Pay, Google Pay.", code=0
        )

    def test_a_way_that_stripe_has_not_approved_yet_is_a_warning(self):
        self.stripe.set_ways_to_pay(paypal="pending")

        self.assert_says("warn", "Stripe does not offer it yet: PayPal.", code=0)

    def test_an_account_with_cards_only_hears_that_there_is_more(self):
        others = ("paypal", "us_bank_account", "sepa_debit", "apple_pay", "google_pay")
        self.stripe.set_ways_to_pay(**dict.fromkeys(others, "off"))

        self.assert_says("ok", "can be switched on in Stripe's dashboard", code=0)

    def test_an_account_without_any_way_to_pay_is_wrong(self):
        others = ("card", "paypal", "us_bank_account", "sepa_debit", "apple_pay", "google_pay")
        self.stripe.set_ways_to_pay(**dict.fromkeys(others, "off"))

        self.assert_says("wrong", "No way to pay is switched on", code=1)

    def test_what_the_shop_can_do_without_is_a_warning(self):
        for name in stripe_account.OPTIONAL_QUESTIONS:
            with mock.patch.dict(stripe_account.OPTIONAL_QUESTIONS, {name: refused()}):
                self.assert_says("warn", f"The key cannot read {name}:", code=0)

    def test_what_is_not_there_may_still_be_read(self):
        for error, code in ((missing(404), 0), (missing(400), 2)):
            with mock.patch.dict(stripe_account.QUESTIONS, {"Payment methods": error}):
                self.assertEqual(self.examine()[1], code)

    def test_a_key_that_may_not_read_the_account_is_still_looked_at(self):
        with mock.patch.dict(stripe_account.QUESTIONS, {"Account": refused()}):
            self.assert_says("wrong", "The key cannot read: Account.", code=1)

        self.assertIn("Both keys belong to one account", self.said)

    @override_settings(STRIPE_API_BASE="https://api.stripe.com")
    def test_the_real_address_is_said_to_be_stripes_own(self):
        answers = dict.fromkeys(stripe_account.QUESTIONS, mock.Mock(side_effect=OutcomeUnknown("offline")))
        with mock.patch.dict(stripe_account.QUESTIONS, answers):
            self.assert_says("ok", "asks Stripe itself, at https://api.stripe.com", code=2)

    def test_a_library_for_another_version_is_a_warning(self):
        with mock.patch.object(stripe_account, "library_version", return_value=("99.0.0", "2027-01-01.fig")):
            self.assert_says("warn", "was made for API version 2027-01-01.fig", code=0)

    def test_a_right_that_the_key_lacks_is_named(self):
        lacking = {"Disputes": refused(), "Webhook endpoints": refused()}
        with mock.patch.dict(stripe_account.QUESTIONS, lacking):
            self.assert_says("wrong", "The key cannot read: Disputes, Webhook endpoints.", code=1)

    def test_every_permission_that_is_tried_stands_in_the_guide(self):
        table = (
            GOING_LIVE.read_text().split("permission of the restricted key")[1].split("everything else")[0]
        )
        named = {
            name.strip() for row in re.findall(r"^\| ([A-Z][^|]+) \|", table, re.M) for name in row.split(",")
        }

        self.assertEqual(named, {*stripe_account.QUESTIONS, *stripe_account.OPTIONAL_QUESTIONS})

    def test_an_account_that_may_not_charge_is_wrong_in_live_mode_and_a_warning_in_test_mode(self):
        self.stripe.change_account(charges_enabled=False)

        self.assert_says("warn", "cannot take real money yet", code=0)
        with override_settings(STRIPE_LIVE_MODE=True):
            self.assert_says("wrong", "cannot take payments yet", code=1)

    def test_an_account_without_card_tokens_is_told_what_to_set(self):
        self.stripe.set_policies(card_tokens="refused")

        self.assert_says("wrong", "set STRIPE_CHECKOUT=session", code=1)
        with override_settings(STRIPE_CHECKOUT="session"):
            self.assert_says("ok", "which STRIPE_CHECKOUT=session does not need", code=0)

    def test_the_charges_api_is_said_to_be_untried(self):
        self.assert_says("ok", "takes card tokens from the server", code=0)
        with override_settings(STRIPE_TOKEN_API="charges"):
            self.assert_says("warn", "cannot be tried without a charge", code=0)

    def test_live_mode_makes_no_token_and_says_that_it_cannot(self):
        with override_settings(STRIPE_LIVE_MODE=True):
            self.assert_says("warn", "cannot be tried in live mode without a card", code=1)

        posts = [
            request for request in self.stripe.ledger("requests")["requests"] if request["method"] == "POST"
        ]
        self.assertEqual(posts, [])

    @override_settings(STRIPE_WEBHOOK_SECRETS=[])
    def test_without_a_secret_it_says_what_is_lost(self):
        self.assert_says("warn", "STRIPE_WEBHOOK_SECRET is not set", code=0)

    def test_a_missing_endpoint_is_wrong_in_live_mode_and_a_warning_in_test_mode(self):
        self.assert_says("warn", f"no webhook endpoint {ENDPOINT}", code=0)
        with override_settings(STRIPE_LIVE_MODE=True):
            self.assert_says("wrong", f"no webhook endpoint {ENDPOINT}", code=1)

    def test_an_endpoint_that_is_set_up_wrongly_is_told_how(self):
        for wrong, words in (
            ({"status": "disabled"}, "is disabled"),
            ({"api_version": "2020-08-27"}, "uses API version 2020-08-27"),
            ({"api_version": None}, "uses API version (account default)"),
            ({"enabled_events": EVENT_TYPES[1:]}, f"does not send: {EVENT_TYPES[0]}."),
        ):
            with self.subTest(words):
                self.set_up_webhook(**wrong)
                self.assert_says("wrong", words, code=1)

    def test_an_endpoint_with_exactly_our_events_is_right(self):
        self.set_up_webhook(enabled_events=EVENT_TYPES)

        self.assert_says("ok", "sends every event that the shop wants", code=0)


class GoingLiveTests(SimpleTestCase):
    def test_the_guide_lists_exactly_the_events_that_are_handled(self):
        listed = GOING_LIVE.read_text().split("exactly these events")[1].split("```")[1].split()

        self.assertEqual(sorted(listed), sorted(EVENT_TYPES))
