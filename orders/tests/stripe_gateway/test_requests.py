"""Every request that the shop sends, against Stripe's own schemas at the pinned API version."""

import json
import re
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from orders.models import Order, StripeCustomer
from orders.tests.cases import TillTestCase
from users.models import CustomUser

SCHEMAS = Path(settings.BASE_DIR).parent / "shared/stripe/jsonschema-requests-endive.json"
OPERATIONS = {
    r"/v1/charges": "PostCharges",
    r"/v1/payment_methods": "PostPaymentMethods",
    r"/v1/payment_intents": "PostPaymentIntents",
    r"/v1/payment_intents/pi_\w+/confirm": "PostPaymentIntentsIntentConfirm",
    r"/v1/payment_intents/pi_\w+/cancel": "PostPaymentIntentsIntentCancel",
    r"/v1/checkout/sessions": "PostCheckoutSessions",
    r"/v1/checkout/sessions/cs_\w+/expire": "PostCheckoutSessionsSessionExpire",
    # What creates a customer may be changed of it, too.
    r"/v1/customers": "PostCustomers",
    r"/v1/customers/cus_\w+": "PostCustomers",
}
pytestmark = pytest.mark.skipif(not SCHEMAS.exists(), reason="Stripe's schemas are not beside this checkout.")


@cache
def validator(operation):
    content = json.loads(SCHEMAS.read_text())
    resource = DRAFT202012.create_resource(content)
    registry = Registry().with_resource("stripe:", resource)
    reference = content["x-operations"][operation]["$ref"]
    return Draft202012Validator({"$ref": f"stripe:{reference}"}, registry=registry)


class StripeRequestTests(TillTestCase):
    def everything_that_can_happen(self):
        """Leave checkouts open, change the address, pay with every kind of card, lose answers, pay again."""
        for accept in ("text/html", "application/json"):
            self.client.post(reverse("checkout_session"), headers={"accept": accept})
            CustomUser.objects.filter(pk=self.ada.pk).update(email=f"ada{uuid4().hex}@example.com")
        for token in ("tok_chargeDeclined", "tok_threeDSecure2Required", "tok_made_up"):
            self.pay(token)
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_before", times=2)
        order_page = self.pay().url
        Order.objects.get().attempts.update(created_at="2026-01-01T00:00:00Z")
        self.client.get(order_page)
        self.pay()

    def posts(self):
        """Return the POSTs that reached Stripe, in order."""
        requests = self.stripe.ledger()["requests"]
        return [each for each in requests if each["method"] == "POST" and each["status"] is not None]

    def test_every_body_is_valid_and_every_key_names_the_order_or_the_customer(self):
        for api in ("payment_intents", "charges"):
            with self.subTest(api), override_settings(STRIPE_TOKEN_API=api):
                self.stripe.reset()
                Order.objects.all().delete()
                self.ada.user_permissions.clear()
                self.everything_that_can_happen()

                order, customer = Order.objects.get(), StripeCustomer.objects.get()
                for request in self.posts():
                    subject = customer if "customers" in request["path"] else order
                    self.assertIn(str(subject.pk), request["idempotency_key"])
                    self.assert_valid(request)

    def assert_valid(self, request):
        [operation] = [name for path, name in OPERATIONS.items() if re.fullmatch(path, request["path"])]
        errors = [error.message for error in validator(operation).iter_errors(request["parameters"])]
        self.assertEqual(errors, [], request["path"])

    def test_each_kind_of_request_is_among_them(self):
        for api in ("payment_intents", "charges"):
            with override_settings(STRIPE_TOKEN_API=api):
                self.everything_that_can_happen()
                self.ada.user_permissions.clear()
                Order.objects.all().delete()

        sent = {request["path"] for request in self.posts()}
        unsent = [path for path in OPERATIONS if not any(re.fullmatch(path, each) for each in sent)]
        self.assertEqual(unsent, [])

    def test_what_creates_a_payment_carries_the_orders_id(self):
        self.client.post(reverse("checkout_session"))
        self.pay()

        order_id = str(Order.objects.get().pk)
        sent = {each["path"]: each["parameters"] for each in self.posts()}
        session = sent["/v1/checkout/sessions"]
        for creating in (sent["/v1/payment_intents"], session, session["payment_intent_data"]):
            self.assertEqual(creating["metadata"]["order_id"], order_id)

    def test_a_misspelled_parameter_would_be_noticed(self):
        body = {"amonut": 100, "currency": "usd"}

        self.assertIs(validator("PostPaymentIntents").is_valid(body), False)

    def test_no_token_key_or_card_number_is_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            self.pay("tok_chargeDeclined")
            self.pay("tok_visa")

        said = "\n".join(logs.output)
        for secret in ("tok_", "sk_test", "4242"):
            self.assertNotIn(secret, said)
