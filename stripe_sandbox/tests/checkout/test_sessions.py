"""Checkout Sessions whose card is declined, disputed, or needs the bank's confirmation."""

import http.client

import pytest

from stripe_sandbox.tests.payments import card, intent, session

NEEDS_BANK = "4000002760003184"
ORDER = {"order_id": "1"}


def open_session(api, **more):
    return api.checkout.sessions.create(session(payment_intent_data={"metadata": ORDER}, **more))


def pay(control, made, number, **more):
    control("POST", f"checkout_sessions/{made.id}/pay", {"number": number, "email": "j@example.com", **more})


def types(api, **filters):
    return [one.type for one in api.events.list({"limit": 100, **filters}).data][::-1]


def test_a_declined_card_leaves_it_open(api, control):
    made = open_session(api)
    pay(control, made, "4000000000000002")
    shown = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert (shown.status, shown.payment_status, shown.url) == ("open", "unpaid", made.url)
    assert shown.payment_intent.status == "requires_payment_method"
    assert shown.payment_intent.last_payment_error.code == "card_declined"
    assert not shown.payment_intent.latest_charge.paid
    assert types(api) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    pay(control, made, "4242424242424242")
    paid = api.checkout.sessions.retrieve(made.id)
    assert (paid.status, paid.payment_intent) == ("complete", shown.payment_intent.id)
    assert types(api)[3:] == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_a_session_can_expire_while_the_bank_asks(api, control):
    made = open_session(api)
    pay(control, made, NEEDS_BANK)
    waiting = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_intent.status) == ("open", "requires_action")
    assert api.checkout.sessions.expire(made.id).status == "expired"
    ended = api.payment_intents.retrieve(waiting.payment_intent.id)
    assert (ended.status, ended.next_action, ended.latest_charge) == ("canceled", None, None)
    assert types(api)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_an_answer_after_expiry_takes_no_money(api, control, server):
    made = open_session(api)
    pay(control, made, NEEDS_BANK)
    identifier = api.checkout.sessions.expire(made.id).payment_intent
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("POST", f"/three_d_secure/{identifier}", "outcome=complete")
    assert connection.getresponse().status == 303
    connection.close()
    assert api.charges.list().data == []
    assert api.checkout.sessions.retrieve(made.id).status == "expired"


@pytest.mark.parametrize(("agreed", "status"), [(True, "complete"), (False, "open")])
def test_the_buyers_answer_at_the_bank_decides(api, control, agreed, status):
    made = open_session(api)
    pay(control, made, NEEDS_BANK, authenticate=agreed)
    assert api.checkout.sessions.retrieve(made.id).status == status
    assert bool(api.charges.list().data) is agreed


def test_metadata_goes_from_the_payment_intent_to_its_charge_only(api, control):
    made = open_session(api, metadata={"of": "session"})
    pay(control, made, "4242424242424242")
    paid = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert paid.metadata.to_dict() == {"of": "session"}
    assert paid.payment_intent.metadata.to_dict() == ORDER
    assert paid.payment_intent.latest_charge.metadata.to_dict() == ORDER
    refund = api.refunds.create({"payment_intent": paid.payment_intent.id, "metadata": {"of": "refund"}})
    assert refund.metadata.to_dict() == {"of": "refund"}
    assert api.charges.retrieve(refund.charge).metadata.to_dict() == ORDER


def by_session(api, control, number):
    made = open_session(api)
    pay(control, made, number)
    return api.checkout.sessions.retrieve(made.id).payment_intent


def by_token(api, control, number):
    token = api.tokens.create({"card": card(number)})
    method = api.payment_methods.create({"type": "card", "card": {"token": token.id}})
    return api.payment_intents.create(intent(payment_method=method.id, confirm=True)).id


@pytest.mark.parametrize("payment", [by_session, by_token])
@pytest.mark.parametrize(
    ("number", "reason", "status"),
    [
        ("4000000000000259", "fraudulent", "needs_response"),
        ("4000000000002685", "product_not_received", "needs_response"),
        ("4000000000001976", "fraudulent", "warning_needs_response"),
    ],
)
def test_cards_that_are_disputed_at_once(api, control, payment, number, reason, status):
    paid = api.payment_intents.retrieve(payment(api, control, number), {"expand": ["latest_charge"]})
    assert (paid.status, paid.latest_charge.disputed) == ("succeeded", True)
    (dispute,) = api.disputes.list({"charge": paid.latest_charge.id}).data
    assert (dispute.reason, dispute.status, dispute.payment_intent) == (reason, status, paid.id)
    moved = ["charge.dispute.funds_withdrawn"] if status == "needs_response" else []
    assert types(api, type="charge.dispute.*") == ["charge.dispute.created", *moved]


def test_addresses_name_the_session(api, control, server):
    back = "http://127.0.0.1:8000/{}/?session_id={{CHECKOUT_SESSION_ID}}"
    made = open_session(api, success_url=back.format("thanks"), cancel_url=back.format("no"))
    assert made.cancel_url == back.format("no")
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("GET", f"/c/pay/{made.id}")
    assert f"http://127.0.0.1:8000/no/?session_id={made.id}" in connection.getresponse().read().decode()
    pay(control, made, "4242424242424242")
    connection.request("GET", f"/c/pay/{made.id}")
    answer = connection.getresponse()
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/thanks/?session_id={made.id}"
    connection.close()
