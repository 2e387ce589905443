"""Answers match Stripe's published schemas; so do the logged parameters of calls.

The answers in every other test are checked as well, by ``conftest.CheckedClient``.
"""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import REQUEST_SCHEMAS, check_against_schema, validator
from stripe_sandbox.tests.payments import card, charge, intent, paid_by

pytestmark = pytest.mark.usefixtures("needs_schemas")

SHIPPING = {"name": "Jenny", "address": {"line1": "1 Main Street", "country": "US"}}


def test_every_kind_of_object_matches_its_schema(api):
    token = api.tokens.create({"card": card(name="Jenny", address_zip="10115")})
    method = api.payment_methods.create(
        {"type": "card", "card": card(), "billing_details": {"email": "j@example.com"}}
    )
    waiting = api.payment_intents.create(paid_by("pm_card_threeDSecure2Required", use_stripe_sdk=True))
    paid = api.payment_intents.create(paid_by(method.id, shipping=SHIPPING, expand=["latest_charge"]))
    plain_charge = api.charges.create(charge(token.id, shipping=SHIPPING, capture=False))
    lists = [api.charges.list(), api.payment_intents.list({"expand": ["data.payment_method"]})]
    for answer in (token, method, waiting, paid, plain_charge, *lists):
        check_against_schema(answer.to_dict())


def test_every_kind_of_error_matches_its_schema(api):
    for call in (
        lambda: api.charges.create(charge("tok_chargeDeclined")),
        lambda: api.payment_intents.create(paid_by("pm_card_visa_chargeDeclined")),
        lambda: api.charges.retrieve("ch_nothing"),
        lambda: api.tokens.create({"card": card("4242424242424241")}),
    ):
        with pytest.raises(stripe.StripeError) as raised:
            call()
        check_against_schema(raised.value.json_body)


def test_logged_parameters_are_what_the_library_may_send(api, control):
    made = api.payment_intents.create(intent(metadata={"order_id": "1"}, shipping=SHIPPING))
    api.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]})
    api.charges.create(charge(capture=True))
    definitions = (
        "payment_intent_create_params.PaymentIntentCreateParams",
        "payment_intent_confirm_params.PaymentIntentConfirmParams",
        "charge_create_params.ChargeCreateParams",
    )
    for call, definition in zip(control("GET", "ledger")["requests"], definitions, strict=True):
        validator(definition, REQUEST_SCHEMAS).validate(call["parameters"])
