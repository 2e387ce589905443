"""Tokens are checked when they are made, and can be used once."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import card, charge, paid_by


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "4242"}, "incorrect_number", "number"),
        ({"number": "4242 4242 4242 424x"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": 0}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 2020}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": 19}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": 2999}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"cvc": "1234"}, "invalid_cvc", "cvc"),
        ({"number": "378282246310005", "cvc": "123"}, "invalid_cvc", "cvc"),
        ({"number": "4111111111111111"}, "card_declined", "number"),
    ],
)
def test_a_wrong_card_makes_no_token(api, changes, code, param):
    with pytest.raises(stripe.CardError) as raised:
        api.tokens.create({"card": card(**changes)})
    assert (raised.value.code, raised.value.param) == (code, param)


def test_a_token_holds_the_last_four_digits_only(api, control):
    token = api.tokens.create({"card": card("4242 4242-4242 4242", exp_year=40, address_zip="10115")})
    retrieved = api.tokens.retrieve(token.id)
    assert (retrieved.card.last4, retrieved.card.exp_year, retrieved.used) == ("4242", 2040, False)
    call = control("GET", "ledger")["requests"][0]
    assert call["parameters"]["card"] == card(exp_year=40, address_zip="10115") | {"number": "…", "cvc": "…"}


@pytest.mark.parametrize("first", ["charge", "payment method"])
def test_a_token_is_used_once(api, first):
    token = api.tokens.create({"card": card()})
    if first == "charge":
        api.charges.create(charge(token.id))
    else:
        api.payment_methods.create({"type": "card", "card": {"token": token.id}})
    assert api.tokens.retrieve(token.id).used
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.charges.create(charge(token.id))
    assert (raised.value.http_status, raised.value.code) == (400, "token_already_used")
    with pytest.raises(stripe.InvalidRequestError, match="more than once"):
        api.payment_methods.create({"type": "card", "card": {"token": token.id}})


def test_an_unknown_token_is_refused(api):
    with pytest.raises(stripe.InvalidRequestError, match="No such token") as raised:
        api.charges.create(charge("tok_1nothing"))
    assert (raised.value.http_status, raised.value.code) == (400, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.tokens.retrieve("tok_1nothing")
    assert raised.value.http_status == 404


def test_the_account_refuses_tokens_from_the_browser(api, api_in_browser, control):
    assert api_in_browser.tokens.create({"card": card()}).type == "card"
    control("POST", "policies", {"card_tokens": "refused"})
    with pytest.raises(stripe.InvalidRequestError, match="integration surface is unsupported"):
        api_in_browser.tokens.create({"card": card()})
    assert api.tokens.create({"card": card()}).type == "card"


def test_the_account_refuses_charges_from_tokens(api, control):
    control("POST", "policies", {"charges_api": "refused"})
    token = api.tokens.create({"card": card()})
    with pytest.raises(stripe.InvalidRequestError, match="end of life") as raised:
        api.charges.create(charge(token.id))
    assert (raised.value.http_status, raised.value.code) == (400, None)
    method = api.payment_methods.create({"type": "card", "card": {"token": token.id}})
    assert api.payment_intents.create(paid_by(method.id)).status == "succeeded"


def test_a_payment_method_without_customer_pays_once(api):
    method = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    api.payment_intents.create(paid_by(method.id))
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        api.payment_intents.create(paid_by(method.id))
    assert len(api.payment_intents.list().data) == 1
