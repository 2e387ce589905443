"""The webhook: what Stripe signed is taken once, everything else is refused and leaves nothing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse

from books.models import Grant
from books.tests.builders import make_reader
from orders import checkout
from orders.models import Order, OrderStatus, StripeEvent
from orders.stripe_gateway.events import EVENT_TYPES
from orders.tests.cases import TillTestCase
from orders.tests.stripe_events import SECRET, post, signature, tell
from tests.mailbox import mail_to

OFFICIAL = Path(settings.BASE_DIR).parent / "shared/stripe/events.json"
LARGEST_BODY = 1024 * 1024
PARALLEL = 50
QUEUE = {"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}}


def charge_unheard(case):
    """Have Ada pay without the shop knowing; return Stripe's event about the payment."""
    _, session = checkout.open_session(case.ada, checkout.Purchase(), embedded=True)
    case.stripe.pay_session(session.id)
    events = case.stripe.ledger("events")["events"]
    return next(event for event in events if event["type"] == "payment_intent.succeeded")


@override_settings(MAILERS=QUEUE)
class WebhookTestCase(TillTestCase):
    """Ada has paid in a session and not come back; `self.event` is Stripe's event about it."""

    def setUp(self):
        super().setUp()
        self.event = charge_unheard(self)
        self.asked_before = self.number_of_requests()
        self.stranger = Client()

    def number_of_requests(self):
        return len(self.stripe.ledger("requests")["requests"])

    def tell(self, **changes):
        return tell(self.stranger, self.event | changes)

    def assert_nothing_came_of_it(self):
        """Neither row, nor question to Stripe, nor access."""
        self.assertEqual(StripeEvent.objects.count(), 0)
        self.assertEqual(self.number_of_requests(), self.asked_before)
        self.assert_owns(self.ada, False)

    def assert_bought(self):
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def assert_kept(self, **expected):
        """Compare the one row that was written."""
        [row] = StripeEvent.objects.values(*expected)
        self.assertEqual(row, expected)


class RefusedTests(WebhookTestCase):
    """What Stripe did not sign, or what is no event: 400, no query, no question to Stripe."""

    def assert_refused(self, body, header):
        with self.assertNumQueries(0):
            answer = post(self.stranger, body, header)

        self.assertEqual(answer.status_code, 400)
        self.assert_nothing_came_of_it()

    def test_every_header_that_does_not_sign_the_body(self):
        body = json.dumps(self.event).encode()
        now = int(time.time())
        good = signature(body)
        sealed = good.partition(",")[2]
        headers = {
            "missing": None,
            "empty": "",
            "garbage": "garbage",
            "only commas": ",,=,;",
            "not ASCII": f"t={now},v1=\xe9,{sealed}",
            "nothing but bytes above ASCII": "\xff\xfe",
            "no moment": sealed,
            "no hash": f"t={now}",
            "an empty hash": f"t={now},v1=",
            "a hash of another scheme": good.replace("v1=", "v0="),
            "moment not a number": f"t=now,{sealed}",
            "moment empty": f"t=,{sealed}",
            "moment huge": f"t={'9' * 5000},{sealed}",
            "moment negative": f"t=-1,{sealed}",
            "stale by 301 seconds": signature(body, moment=now - 301),
            "another secret": signature(body, "whsec_of_somebody_else"),
            "the empty secret": signature(body, ""),
            "over another body": signature(body.replace(b"3900", b"1")),
            "over another moment": f"t={now - 1},{sealed}",
        }
        for name, header in headers.items():
            with self.subTest(name):
                self.assert_refused(body, header)

    def test_a_signature_that_is_not_yet_stale_is_taken(self):
        body = json.dumps(self.event).encode()

        answer = post(self.stranger, body, signature(body, moment=int(time.time()) - 290))

        self.assertEqual(answer.status_code, 200)
        self.assert_bought()

    def test_every_signed_body_that_is_no_event(self):
        without = {
            f"without {name}": json.dumps(
                {key: self.event[key] for key in self.event if key != name}
            ).encode()
            for name in ("id", "object", "type", "data", "created", "livemode")
        }
        wrong = {
            f"wrong: {changes}": json.dumps(self.event | changes).encode()
            for changes in (
                {"id": None},
                {"id": 7},
                {"id": "evt_" + "1" * 252},
                # As JSON spells what PostgreSQL keeps in no text, and what is half a character.
                {"id": "evt_\x00"},
                {"type": "charge.refunded\ud800"},
                {"api_version": "2026\x00"},
                {"data": {"object": {"object": "charge", "id": "ch_\x00"}}},
                {"data": {"object": {"object": "charge", "id": "ch_1", "metadata": {"order_id": "\x00"}}}},
                {"created": float("nan")},
                {"created": -(10**15)},
                {"type": ["charge.refunded"]},
                {"data": None},
                {"data": []},
                {"data": {}},
                {"data": {"object": None}},
                {"data": {"object": "ch_1"}},
                {"created": "yesterday"},
                {"created": None},
                {"created": 10**30},
                # A thin event: it has no object, and was not asked for.
                {"object": "v2.core.event"},
                {"data": {"object": {"object": "charge", "id": {"id": "ch_1"}}}},
            )
        }
        bodies = {
            "empty": b"",
            "not UTF-8": b"\xff\xfe",
            "not UTF-8 inside": b'{"id": "\xe9"}',
            "no JSON": b"{",
            "a list": b"[]",
            "null": b"null",
            "a text": b'"x"',
            "nothing": b"{}",
            "a number": b"1",
            "true": b"true",
            "not a number": b"NaN",
            "deep": b"[" * 100_000,
            "deep objects": b'{"a":' * 40_000,
            **without,
            **wrong,
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.assert_refused(body, signature(body))

    def test_what_is_too_large_is_not_read(self):
        body = b" " * (LARGEST_BODY + 1)

        answer = post(self.stranger, body, signature(body))

        self.assertEqual(answer.status_code, 413)
        self.assert_nothing_came_of_it()

    def test_the_largest_event_is_taken(self):
        body = json.dumps(self.event).encode().ljust(LARGEST_BODY)

        self.assertEqual(post(self.stranger, body, signature(body)).status_code, 200)
        self.assert_bought()

    def test_a_body_whose_length_is_not_told_is_not_read(self):
        body = json.dumps(self.event).encode().ljust(LARGEST_BODY + 1)

        answer = post(self.stranger, body, signature(body), CONTENT_LENGTH="")

        self.assertIn(answer.status_code, {400, 413})
        self.assert_nothing_came_of_it()

    def test_only_posts_are_answered(self):
        for method in ("get", "head", "put", "delete"):
            with self.subTest(method):
                answer = getattr(self.stranger, method)(reverse("stripe_webhook"))

                self.assertEqual(answer.status_code, 405)
        self.assert_nothing_came_of_it()


class SecretTests(WebhookTestCase):
    def test_while_one_secret_replaces_the_other_both_are_taken(self):
        body = json.dumps(self.event).encode()
        with override_settings(STRIPE_WEBHOOK_SECRETS=["whsec_new", "whsec_old"]):
            for secret in ("whsec_new", "whsec_old"):
                with self.subTest(secret):
                    self.assertEqual(post(self.stranger, body, signature(body, secret)).status_code, 200)

            self.assertEqual(post(self.stranger, body, signature(body, SECRET)).status_code, 400)
        self.assert_bought()

    def test_of_two_hashes_the_second_may_be_the_right_one(self):
        body = json.dumps(self.event).encode()

        answer = post(self.stranger, body, signature(body, "whsec_old", SECRET))

        self.assertEqual(answer.status_code, 200)
        self.assert_bought()

    @override_settings(STRIPE_WEBHOOK_SECRETS=[])
    def test_without_a_secret_there_is_no_webhook(self):
        body = json.dumps(self.event).encode()
        for header in (signature(body), signature(body, ""), None):
            with self.subTest(header):
                self.assertEqual(post(self.stranger, body, header).status_code, 404)
        self.assert_nothing_came_of_it()


class HandledTests(WebhookTestCase):
    def test_stripe_is_neither_logged_in_nor_has_it_a_csrf_token(self):
        self.stranger = Client(enforce_csrf_checks=True)

        answer = self.tell()

        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assert_bought()
        self.assert_kept(
            id=self.event["id"], ignored="", error="", attempts=1, order_id=Order.objects.get().pk
        )

    def test_what_is_known_already_is_taken_and_changes_nothing(self):
        self.tell()
        asked = self.number_of_requests()

        answer = self.tell()

        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.number_of_requests(), asked)
        self.assert_kept(id=self.event["id"], attempts=1)
        self.assertEqual(len(mail_to(self.ada.email)), 1)

    def test_two_events_about_one_change_are_one_change(self):
        self.tell()

        answer = self.tell(id="evt_the_same_again")

        self.assertEqual(answer.status_code, 200)
        self.assertEqual(Grant.objects.count(), 1)
        self.assertEqual(len(mail_to(self.ada.email)), 1)

    def test_the_body_is_not_believed(self):
        stripe_object = self.event["data"]["object"] | {"amount": 1, "status": "canceled", "currency": "eur"}

        self.tell(data={"object": stripe_object})

        self.assert_bought()

    def test_what_concerns_nobody_is_taken_written_down_and_opens_nothing(self):
        unknown_order = {"order_id": "11111111-1111-4111-8111-111111111111"}
        payment = {"object": "payment_intent", "metadata": {}}
        changes = {
            "a type of no interest": {"type": "customer.created"},
            "a type to come": {"type": "charge.made_up_next_year"},
            "an object to come": {"data": {"object": {"object": "made_up", "id": "mu_1"}}},
            "an object without an id": {"data": {"object": {"object": "balance"}}},
            "the other mode": {"livemode": True},
            "an unknown payment": {"data": {"object": payment | {"id": "pi_of_nobody"}}},
            "an unknown order": {
                "data": {"object": payment | {"id": "pi_of_nobody", "metadata": unknown_order}}
            },
            "no order's id": {
                "data": {"object": payment | {"id": "pi_of_nobody", "metadata": {"order_id": "7"}}}
            },
        }
        for number, (name, change) in enumerate(changes.items()):
            with self.subTest(name):
                answer = self.tell(id=f"evt_{number}", **change)

                row = StripeEvent.objects.get(pk=f"evt_{number}")
                self.assertEqual(answer.status_code, 200)
                self.assertIsNotNone(row.handled_at)
                self.assertNotEqual(row.ignored, "")
        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)
        self.assert_owns(self.ada, False)

    def test_a_charge_for_an_unknown_order_is_told_to_staff(self):
        self.stripe.charge_again(order_id="11111111-1111-4111-8111-111111111111")
        told = self.stripe.ledger("events")["events"][-1]

        with self.assertLogs("orders.payments.webhooks", "ERROR") as logs:
            answer = tell(self.stranger, told)

        self.assertEqual(answer.status_code, 200)
        self.assertIn("no order of this shop", logs.output[0])
        self.assert_kept(id=told["id"], ignored="no order of this shop", order_id=None)

    def test_another_orders_payment_does_not_pay_for_this_one(self):
        bob = make_reader("bob")
        self.client.force_login(bob)
        self.pay("tok_chargeDeclined")
        stripe_object = self.event["data"]["object"]
        bobs = {"order_id": str(Order.objects.get(user=bob).pk)}

        answer = self.tell(data={"object": stripe_object | {"metadata": bobs}})

        self.assertEqual(answer.status_code, 200)
        self.assertEqual(Order.objects.get(user=bob).status, OrderStatus.PENDING)
        self.assert_owns(bob, False)
        self.assertNotEqual(StripeEvent.objects.get().ignored, "")

    @override_settings(STRIPE_LIVE_MODE=True)
    def test_a_test_event_does_nothing_in_live_mode(self):
        answer = self.tell()

        self.assertEqual(answer.status_code, 200)
        self.assert_kept(ignored="the other mode (test or live)")
        self.assert_owns(self.ada, False)

    def test_every_type_that_is_subscribed_to_is_handled(self):
        for number, kind in enumerate(EVENT_TYPES):
            with self.subTest(kind):
                answer = self.tell(id=f"evt_{number}", type=kind)

                self.assertEqual(answer.status_code, 200)
                self.assertEqual(StripeEvent.objects.get(pk=f"evt_{number}").ignored, "")
        self.assert_bought()

    @pytest.mark.skipif(not OFFICIAL.exists(), reason="Stripe's own events are not beside this checkout.")
    def test_events_as_stripe_describes_them_are_taken(self):
        described = json.loads(OFFICIAL.read_text())["events"]
        for number, (name, event) in enumerate(described.items()):
            with self.subTest(name):
                answer = tell(self.stranger, event | {"id": f"evt_{number}"})

                self.assertEqual(answer.status_code, 200)
                self.assertEqual(StripeEvent.objects.get(pk=f"evt_{number}").type, event["type"])
        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)


class NotHandledTests(WebhookTestCase):
    def lose_stripe(self):
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

    def find_stripe(self):
        self.stripe.clear_faults()

    def test_without_stripe_it_is_kept_and_asked_for_again(self):
        self.lose_stripe()
        answers = [self.tell(), self.tell()]

        self.assertEqual([answer.status_code for answer in answers], [503, 503])
        self.assert_kept(error="OutcomeUnknown: APIConnectionError", attempts=2, handled_at=None)
        self.assert_owns(self.ada, False)

        self.find_stripe()
        self.assertEqual(self.tell().status_code, 200)
        self.assert_kept(error="", attempts=3)
        self.assert_bought()

    def test_what_stripe_does_not_send_again_is_made_up_for_by_reconciling(self):
        self.lose_stripe()
        self.tell()
        self.find_stripe()

        call_command("reconcile_orders", "--minutes=0", verbosity=0)

        self.assertIsNotNone(StripeEvent.objects.get(pk=self.event["id"]).handled_at)
        self.assert_bought()

    def test_a_key_that_stripe_does_not_take_is_no_reason_to_forget_the_event(self):
        with override_settings(STRIPE_SECRET_KEY="sk_live_of_the_wrong_mode"):
            self.assertEqual(self.tell().status_code, 503)

        self.assertEqual(self.tell().status_code, 200)
        self.assert_bought()

    def test_a_database_that_fails_while_it_is_handled_is_a_5xx_and_loses_nothing(self):
        self.stranger = Client(raise_request_exception=False)
        with mock.patch("orders.payments.mail.queue_thanks", side_effect=OperationalError("gone")):
            answer = self.tell()

        self.assertGreaterEqual(answer.status_code, 500)
        self.assert_owns(self.ada, False)
        self.assert_kept(error="OperationalError", handled_at=None)
        self.assertEqual(self.tell().status_code, 200)
        self.assert_bought()

    def test_a_database_that_is_away_is_a_5xx(self):
        self.stranger = Client(raise_request_exception=False)
        with mock.patch.object(StripeEvent.objects, "bulk_create", side_effect=OperationalError("gone")):
            answer = self.tell()

        self.assertGreaterEqual(answer.status_code, 500)
        self.assert_nothing_came_of_it()
        self.assertEqual(self.tell().status_code, 200)

    def test_neither_secret_nor_address_nor_hash_is_logged(self):
        body = json.dumps(self.event).encode()
        with self.assertLogs(level="DEBUG") as logs:
            self.tell()
            post(self.stranger, body, signature(body, "whsec_of_somebody_else"))

        said = "\n".join(logs.output)
        for secret in (SECRET, "v1=", self.ada.email, "sk_test"):
            self.assertNotIn(secret, said)


@override_settings(MAILERS=QUEUE)
@pytest.mark.postgresql
class ParallelDeliveryTests(TransactionTestCase):
    """Deliveries with a connection each, as Stripe's come in."""

    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.ada = make_reader("ada")
        self.event = charge_unheard(self)

    def tell_all(self, events):
        def deliver(event):
            try:
                return tell(Client(), event).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(PARALLEL) as pool:
            return set(pool.map(deliver, events))

    def assert_one_of_each(self):
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(Grant.objects.filter(ended_at=None).count(), 1)
        self.assertEqual(len(mail_to(self.ada.email)), 1)

    def test_fifty_copies_at_once_are_one_mail_one_grant_and_one_row(self):
        self.assertEqual(self.tell_all([self.event] * PARALLEL), {200})

        self.assert_one_of_each()
        self.assertEqual(StripeEvent.objects.count(), 1)

    def test_fifty_events_about_one_payment_are_one_mail_and_one_grant(self):
        answers = self.tell_all([self.event | {"id": f"evt_{number}"} for number in range(PARALLEL)])

        self.assertEqual(answers, {200})
        self.assert_one_of_each()
        self.assertEqual(StripeEvent.objects.filter(handled_at=None).count(), 0)
