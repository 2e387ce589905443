"""PaymentIntents: their statuses, what is refused, and what is final."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import intent, paid_by


def test_a_payment_intent_can_be_confirmed_later(api):
    made = api.payment_intents.create(intent(metadata={"order_id": "1"}, description="All Books"))
    assert made.status == "requires_payment_method"
    paid = api.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.metadata["order_id"]) == ("succeeded", "1")
    charge = api.charges.retrieve(paid.latest_charge)
    assert (charge.metadata["order_id"], charge.description) == ("1", "All Books")


def test_a_declined_intent_takes_another_card(api):
    made = api.payment_intents.create(intent(payment_method="pm_card_visa_chargeDeclined"))
    assert made.status == "requires_confirmation"
    with pytest.raises(stripe.CardError):
        api.payment_intents.confirm(made.id)
    paid = api.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = api.charges.list({"payment_intent": made.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_success_is_final(api):
    paid = api.payment_intents.create(paid_by("pm_card_visa"))
    for move in (api.payment_intents.confirm, api.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            move(paid.id)
        assert (raised.value.http_status, raised.value.code) == (400, "payment_intent_unexpected_state")
        assert raised.value.error.payment_intent.status == "succeeded"
    assert len(api.charges.list().data) == 1


@pytest.mark.parametrize("method", ["pm_card_threeDSecure2Required", None])
def test_cancelled_before_it_is_paid(api, method):
    made = api.payment_intents.create(paid_by(method) if method else intent())
    cancelled = api.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    assert cancelled.next_action is None
    for move in (api.payment_intents.confirm, api.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
            move(made.id)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (intent(payment_method_types=["card"]), "payment_method_types_no_longer_supported"),
        (intent(confirm=True), "payment_intent_unexpected_state"),
        (intent(error_on_requires_action=True), None),
        (paid_by("pm_1nothing"), "resource_missing"),
        (paid_by("pm_card_visa", automatic_payment_methods={"enabled": True}), None),
        (intent(capture_method="someday"), None),
    ],
)
def test_a_refused_payment_intent_leaves_nothing_behind(api, parameters, code):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.payment_intents.create(parameters)
    assert (raised.value.http_status, raised.value.code) == (400, code)
    assert api.payment_intents.list().data == []


def test_expands_what_can_be_expanded(api):
    paid = api.payment_intents.create(
        paid_by("pm_card_visa", expand=["payment_method", "latest_charge.payment_intent"])
    )
    assert paid.payment_method.card.last4 == "4242"
    assert paid.latest_charge.payment_intent.id == paid.id
    listed = api.payment_intents.list({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.status == "succeeded"
    for path in ("amount", "nothing", "latest_charge.source_transfer"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            api.payment_intents.retrieve(paid.id, {"expand": [path]})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.payment_intents.list({"expand": ["latest_charge"]})


def test_an_unknown_payment_intent_is_not_found(api):
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_x'") as raised:
        api.payment_intents.retrieve("pi_x")
    assert (raised.value.http_status, raised.value.code) == (404, "resource_missing")
