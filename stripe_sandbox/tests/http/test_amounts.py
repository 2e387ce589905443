"""What Stripe charges at least in each currency, and the steps in which it counts."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import charge, paid_by, session

MINIMUMS = {"usd": 50, "gbp": 30, "jpy": 50, "sek": 300, "huf": 17500, "kwd": 500, "isk": 100, "krw": 50}


def in_session(amount, currency):
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "All Books"}}
    return session(line_items=[{"price_data": price, "quantity": 1}])


@pytest.mark.parametrize(("currency", "least"), MINIMUMS.items())
def test_the_smallest_amount_is_taken_and_less_is_refused(api, currency, least):
    for create, parameters in (
        (api.charges.create, lambda amount: charge(amount=amount, currency=currency)),
        (
            api.payment_intents.create,
            lambda amount: paid_by("pm_card_visa", amount=amount, currency=currency),
        ),
        (api.checkout.sessions.create, lambda amount: in_session(amount, currency)),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="must be at least") as raised:
            create(parameters(least - 10 if currency == "kwd" else least - 1))
        assert raised.value.code == "amount_too_small"

        made = create(parameters(least))

        assert (getattr(made, "amount_total", None) or made.amount, made.currency) == (least, currency)


@pytest.mark.parametrize(("currency", "amount"), [("kwd", 1505), ("isk", 12345), ("ugx", 350)])
def test_a_fraction_that_a_currency_does_not_have_is_refused(api, currency, amount):
    with pytest.raises(stripe.InvalidRequestError, match="multiple of"):
        api.charges.create(charge(amount=amount, currency=currency))
    with pytest.raises(stripe.InvalidRequestError, match="multiple of"):
        api.checkout.sessions.create(in_session(amount, currency))

    paid = api.charges.create(charge(amount=5000, currency=currency))
    with pytest.raises(stripe.InvalidRequestError, match="multiple of"):
        api.refunds.create({"charge": paid.id, "amount": 105})
    assert api.refunds.create({"charge": paid.id, "amount": 100}).currency == currency


@pytest.mark.parametrize(
    ("currency", "words"),
    [("usd", "$0.50 usd"), ("jpy", "¥50 jpy"), ("kwd", "0.500 kwd"), ("huf", "175.00 huf")],
)
def test_the_smallest_amount_is_named_in_the_currency(api, currency, words):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.charges.create(charge(amount=10, currency=currency))

    assert str(raised.value).endswith(f"Amount must be at least {words}")
