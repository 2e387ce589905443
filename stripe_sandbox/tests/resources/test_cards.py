"""Every test card does what Stripe documents, in both ways to pay."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.resources import cards
from stripe_sandbox.tests.payments import card, charge, paid_by

DECLINED = [
    ("4000000000000002", "card_declined", "generic_decline"),
    ("4000000000009995", "card_declined", "insufficient_funds"),
    ("4000000000009987", "card_declined", "lost_card"),
    ("4000000000009979", "card_declined", "stolen_card"),
    ("4000000000000069", "expired_card", "expired_card"),
    ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    ("4000000000000119", "processing_error", "processing_error"),
    ("4000000000006975", "card_declined", "card_velocity_exceeded"),
    ("4000000000000341", "card_declined", "generic_decline"),
]
AUTHENTICATION_REQUIRED = [
    "4000002500003155",
    "4000002760003184",
    "4000000000003220",
    "4000008400001629",
]
SUCCEEDING = sorted(
    {one.number for one in cards.TEST_CARDS}
    - {number for number, *_ in DECLINED}
    - {*AUTHENTICATION_REQUIRED}
)


def payment_method(api, number):
    cvc = "1234" if number.startswith("37") else "123"
    token = api.tokens.create({"card": card(number, cvc=cvc)})
    return api.payment_methods.create({"type": "card", "card": {"token": token.id}})


@pytest.mark.parametrize("number", SUCCEEDING)
def test_a_good_card_pays(api, number):
    intent = api.payment_intents.create(paid_by(payment_method(api, number).id, expand=["latest_charge"]))
    assert (intent.status, intent.amount_received) == ("succeeded", 3900)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("succeeded", True)
    assert intent.latest_charge.payment_intent == intent.id
    assert intent.latest_charge.payment_method_details.card.last4 == number[-4:]


@pytest.mark.parametrize(("number", "code", "decline_code"), DECLINED)
def test_a_bad_card_is_declined_by_payment_intents(api, number, code, decline_code):
    with pytest.raises(stripe.CardError) as raised:
        api.payment_intents.create(paid_by(payment_method(api, number).id))
    error = raised.value.error
    assert (raised.value.http_status, error.code, error.decline_code) == (402, code, decline_code)
    intent = api.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.decline_code == decline_code
    assert intent.latest_charge == error.charge
    failed = api.charges.retrieve(error.charge)
    assert (failed.status, failed.paid, failed.failure_code) == ("failed", False, code)


@pytest.mark.parametrize(("number", "code", "decline_code"), DECLINED)
def test_a_bad_card_is_declined_by_charges(api, number, code, decline_code):
    token = api.tokens.create({"card": card(number)})
    with pytest.raises(stripe.CardError) as raised:
        api.charges.create(charge(token.id))
    assert (raised.value.code, raised.value.error.decline_code) == (code, decline_code)
    assert api.charges.retrieve(raised.value.error.charge).status == "failed"


@pytest.mark.parametrize("number", AUTHENTICATION_REQUIRED)
def test_a_card_can_need_authentication(api, number):
    parameters = paid_by(payment_method(api, number).id, return_url="http://localhost/back")
    intent = api.payment_intents.create(parameters)
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert intent.next_action.redirect_to_url.return_url == "http://localhost/back"


@pytest.mark.parametrize("number", AUTHENTICATION_REQUIRED)
def test_such_a_card_is_declined_where_nobody_can_authenticate(api, number):
    method = payment_method(api, number)
    with pytest.raises(stripe.CardError) as raised:
        api.payment_intents.create(paid_by(method.id, error_on_requires_action=True))
    assert raised.value.code == "authentication_required"
    assert raised.value.error.payment_intent.status == "requires_payment_method"
    token = api.tokens.create({"card": card(number)})
    with pytest.raises(stripe.CardError) as raised:
        api.charges.create(charge(token.id))
    assert (raised.value.code, raised.value.error.decline_code) == (
        "card_declined",
        "authentication_required",
    )


@pytest.mark.parametrize("name", [one.token for one in cards.TEST_CARDS if one.token])
def test_well_known_tokens_can_be_used_again(api, name):
    for _ in range(2):
        made = api.payment_methods.create({"type": "card", "card": {"token": name}})
        assert made.card.last4 == cards.by_token(name).last4


@pytest.mark.parametrize("name", [one.payment_method for one in cards.TEST_CARDS if one.payment_method])
def test_well_known_payment_methods_can_be_used_again(api, name):
    assert api.payment_methods.retrieve(name).id != api.payment_methods.retrieve(name).id
    intent = api.payment_intents.create({"amount": 3900, "currency": "usd", "payment_method": name})
    assert intent.status == "requires_confirmation"
