"""Refunds, disputes and Checkout Sessions, and their events."""

import time

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import connect
from stripe_sandbox.tests.payments import charge, paid_by, session


def types(api, **filters):
    return [one.type for one in api.events.list({"limit": 100, **filters}).data][::-1]


@pytest.fixture
def paid(api):
    """A PaymentIntent of $39 that succeeded."""
    return api.payment_intents.create(paid_by("pm_card_visa"))


def pay_with(api, number):
    method = api.payment_methods.create(
        {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
    )
    return api.payment_intents.create(paid_by(method.id))


def test_a_charge_is_refunded_in_parts(api, paid):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.refunds.create({"payment_intent": paid.id, "amount": 3901})
    assert str(raised.value).endswith("Refund amount ($39.01) is greater than charge amount ($39.00)")
    first = api.refunds.create({"payment_intent": paid.id, "amount": 1000, "metadata": {"order_id": "1"}})
    assert (first.status, first.charge, first.metadata["order_id"]) == ("succeeded", paid.latest_charge, "1")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as raised:
        api.refunds.create({"charge": paid.latest_charge, "amount": 2901})
    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, None, "amount")
    api.refunds.create({"charge": paid.latest_charge, "reason": "requested_by_customer"})
    whole = api.charges.retrieve(paid.latest_charge, {"expand": ["refunds"]})
    assert (whole.amount_refunded, whole.refunded, len(whole.refunds.data)) == (3900, True, 2)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.refunds.create({"charge": paid.latest_charge})
    assert raised.value.code == "charge_already_refunded"
    assert api.refunds.retrieve(first.id).amount == 1000
    assert len(api.refunds.list({"payment_intent": paid.id, "limit": 1}).data) == 1
    assert types(api) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        *["charge.refunded", "refund.created"] * 2,
    ]


@pytest.mark.parametrize(
    "parameters", [{}, {"charge": "ch_x"}, {"payment_intent": "pi_x"}, {"charge": "ch_x", "amount": 0}]
)
def test_wrong_refunds_are_refused(api, parameters):
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.create(parameters)


def test_a_pending_refund_can_succeed(api, control):
    refund = api.refunds.create({"payment_intent": pay_with(api, "4000000000007726").id})
    assert refund.status == "pending"
    control("POST", f"refunds/{refund.id}/succeed")
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert types(api)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_failed_refund_returns_the_money_to_the_charge(api, control):
    refund = api.refunds.create({"payment_intent": pay_with(api, "4000000000005126").id})
    assert refund.status == "succeeded"
    control("POST", f"refunds/{refund.id}/fail")
    assert api.refunds.retrieve(refund.id).status == "failed"
    assert api.charges.retrieve(refund.charge).amount_refunded == 0
    event = api.events.list({"type": "refund.failed"}).data[0]
    assert event.data.object["status"] == "failed"


@pytest.mark.parametrize(
    ("number", "first", "then", "refunded_amount", "told"),
    [
        ("4000000000007726", "pending", "succeeded", 3900, ["refund.updated", "charge.refund.updated"]),
        (
            "4000000000005126",
            "succeeded",
            "failed",
            0,
            ["charge.updated", "refund.updated", "charge.refund.updated", "refund.failed"],
        ),
    ],
)
def test_some_refunds_change_on_their_own(api, sandbox, number, first, then, refunded_amount, told):
    refund = api.refunds.create({"payment_intent": pay_with(api, number).id})
    before = api.charges.retrieve(refund.charge)
    assert (refund.status, before.amount_refunded, before.refunded) == (first, 3900, True)
    ledger = sandbox.ledger
    ledger.set_private(refund.id, ledger.private(refund.id) | {"due": time.time()})
    until = time.monotonic() + 60
    while api.refunds.retrieve(refund.id).status == first and time.monotonic() < until:
        time.sleep(0.05)
    assert api.refunds.retrieve(refund.id).status == then
    after = api.charges.retrieve(refund.charge)
    assert (after.amount_refunded, after.refunded) == (refunded_amount, refunded_amount == 3900)
    assert types(api)[-len(told) :] == told
    if then == "failed":
        again = api.refunds.create({"charge": refund.charge})
        assert (again.id != refund.id, again.amount) == (True, 3900)


def test_some_cards_are_disputed_right_away(api, control):
    paid = pay_with(api, "4000000000000259")
    dispute = api.disputes.list({"payment_intent": paid.id}).data[0]
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.refunds.create({"payment_intent": paid.id})
    assert raised.value.code == "charge_disputed"
    control("POST", f"disputes/{dispute.id}/close", {"status": "won"})
    assert api.disputes.retrieve(dispute.id).status == "won"
    assert types(api, type="charge.dispute.*") == [
        f"charge.dispute.{word}" for word in ("created", "funds_withdrawn", "closed", "funds_reinstated")
    ]
    inquiry = api.disputes.list({"charge": pay_with(api, "4000000000001976").latest_charge}).data[0]
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    control("POST", f"disputes/{inquiry.id}/close", {"status": "warning_closed"})


def test_any_charge_can_be_disputed(api, control):
    paid = api.charges.create(charge())
    dispute = control("POST", f"charges/{paid.id}/dispute", {"reason": "product_not_received"})
    assert control("POST", f"disputes/{dispute['id']}/review")["status"] == "under_review"
    assert control("POST", f"disputes/{dispute['id']}/close", {"status": "lost"})["status"] == "lost"
    other = control("POST", f"charges/{api.charges.create(charge()).id}/inquiry")
    assert control("POST", f"disputes/{other['id']}/escalate")["status"] == "needs_response"
    assert control("POST", f"disputes/{other['id']}/close", {"status": "prevented"})["status"] == "prevented"


def test_events_are_found_by_type(api, paid):
    key = {"idempotency_key": "refund-1"}
    api.refunds.create({"payment_intent": paid.id}, key)
    event = api.events.list({"types": ["refund.created", "charge.failed"]}).data[0]
    assert (event.type, event.request.idempotency_key) == ("refund.created", "refund-1")
    assert api.events.retrieve(event.id).api_version == "2026-10-28.endive"
    assert types(api, delivery_success=False) == []
    assert len(types(api, delivery_success=True)) == 5


def test_a_session_is_paid(api, control):
    made = api.checkout.sessions.create(session(payment_intent_data={"metadata": {"order_id": "1"}}))
    assert (made.status, made.payment_status, made.payment_intent) == ("open", "unpaid", None)
    shown = api.checkout.sessions.retrieve(made.id, {"expand": ["line_items"]})
    assert shown.line_items.data[0].quantity == 1
    assert api.checkout.sessions.line_items.list(made.id).data[0].amount_total == 3900
    control("POST", f"checkout_sessions/{made.id}/pay", {"email": "j@example.com"})
    done = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.payment_intent.metadata["order_id"] == "1"
    assert done.payment_intent.latest_charge.paid
    assert types(api)[-1] == "checkout.session.completed"
    assert api.checkout.sessions.list({"payment_intent": done.payment_intent.id}).data[0].id == made.id
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        api.checkout.sessions.expire(made.id)


def test_how_long_refunds_take_is_a_flag(start, http_client):
    _, url = start("--refund-seconds", "0.1")
    api = connect(url, http_client)
    refund = api.refunds.create({"payment_intent": pay_with(api, "4000000000007726").id})
    until = time.monotonic() + 60
    while api.refunds.retrieve(refund.id).status == "pending" and time.monotonic() < until:
        time.sleep(0.05)
    assert api.refunds.retrieve(refund.id).status == "succeeded"


@pytest.mark.parametrize(("end", "status"), [("async_succeed", "paid"), ("async_fail", "unpaid")])
def test_a_session_is_paid_later(api, control, end, status):
    made = api.checkout.sessions.create(session("embedded_page"))
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert control("POST", f"checkout_sessions/{made.id}/complete_unpaid")["payment_status"] == "unpaid"
    control("POST", f"checkout_sessions/{made.id}/{end}")
    assert api.checkout.sessions.retrieve(made.id).payment_status == status


def test_a_session_expires(api, sandbox):
    made = api.checkout.sessions.create(session())
    assert api.checkout.sessions.expire(made.id).status == "expired"
    other = api.checkout.sessions.create(session())
    ledger = sandbox.ledger
    ledger.save(ledger.get("checkout.session", other.id) | {"expires_at": int(time.time())})
    until = time.monotonic() + 60
    while api.checkout.sessions.retrieve(other.id).status == "open" and time.monotonic() < until:
        time.sleep(0.05)
    assert types(api) == ["checkout.session.expired"] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"ui_mode": "hosted"},
        {"ui_mode": "embedded"},
        {"ui_mode": "embedded_page"},
        {"success_url": "nowhere"},
        {"return_url": "http://127.0.0.1/"},
        {"redirect_on_completion": "always"},
        {"payment_method_types": ["card"]},
        {"allowed_payment_method_types": ["klarna"]},
        {"line_items": []},
        {"expires_at": 1},
        {"mode": "subscription"},
        {"locale": "tlh"},
    ],
)
def test_wrong_sessions_are_refused(api, changes):
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.create(session() | changes)
