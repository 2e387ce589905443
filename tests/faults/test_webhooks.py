"""Events from Stripe: early, duplicated, late, in any order, forged, or missing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest

from tests.faults import proxy
from tests.faults.shop import OLD_WEBHOOK_SECRET, WEBHOOK_SECRET, signed

pytestmark = pytest.mark.postgresql

CONFIRM = "POST /v1/payment_intents/*/confirm"
SUCCEEDED = "payment_intent.succeeded"


@pytest.fixture
def in_doubt(scene, ada):
    """Ada was charged, and the shop does not know it."""
    with scene.to_stripe.always(CONFIRM, proxy.drop_answer):
        ada.pay()
    assert not scene.owns(ada)
    return ada


def test_webhook_before_the_answer(scene, ada):
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(ada.pay)
    held.wait()

    scene.hear()
    assert scene.owns(ada)
    held.release()

    assert paying.result().status == 302
    assert scene.statuses(ada) == ["paid"]


def test_webhook_and_answer_at_the_same_moment(scene, ada):
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(ada.pay)
    held.wait()
    with scene.locked_orders(ada):
        held.release()
        hearing = [scene.in_background(scene.tell, event) for event in scene.events()]
        scene.wait_for_somebody_at_the_lock()

    assert paying.result().status == 302
    assert {each.result().status for each in hearing} == {200}
    assert scene.owns(ada)


def test_the_webhook_alone_gives_access(scene, in_doubt):
    scene.hear()

    assert scene.owns(in_doubt)
    assert {each["status"] for each in scene.stripe.ledger()["deliveries"]} == {200}


def test_fifty_copies_at_once_are_one(scene, in_doubt):
    [event] = scene.events(SUCCEEDED)

    answers = scene.all_at_once(*[lambda: scene.tell(event)] * 50)

    assert {answer.status for answer in answers} <= {200, 503}
    assert scene.tell(event).status == 200
    assert scene.owns(in_doubt)


def test_several_events_about_one_stripe_object_are_one(scene, in_doubt):
    [event] = scene.events(SUCCEEDED)

    answers = scene.all_at_once(*[lambda n=n: scene.tell(event | {"id": f"evt_{n}"}) for n in range(10)])

    assert {answer.status for answer in answers} <= {200, 503}
    assert scene.owns(in_doubt)


def test_every_order_of_events_ends_the_same(scene):
    types = [SUCCEEDED, "charge.refunded", "charge.dispute.created", "charge.dispute.closed"]
    orders = list(permutations(types))
    buyers = scene.buyers[: len(orders)]
    with scene.to_stripe.always(CONFIRM, proxy.drop_answer), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda buyer: buyer.pay(), buyers))
    for charge in scene.stripe.charges:
        scene.stripe.refund(charge["id"], amount=1000)
        dispute = scene.stripe.dispute(charge["id"])
        scene.stripe.close_dispute(dispute["id"], "won")
    told = {}
    for event in scene.events(*types):
        stripe_object = event["data"]["object"]
        told[stripe_object.get("payment_intent") or stripe_object["id"], event["type"]] = event
    intents = {each["metadata"]["order_id"]: each["payment_intent"] for each in scene.stripe.charges}

    def hear(buyer, order):
        [intent] = [intents[key] for key in scene.orders(buyer)]
        return [scene.tell(told[intent, type]).status for type in order]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(hear, buyers, orders))

    assert answers == [[200] * len(types)] * len(orders)
    rows = scene.report()["orders"]
    assert {(row["status"], row["refunded_amount"], row["access"]) for row in rows} == {("paid", 1000, True)}


@pytest.mark.parametrize("secret", [OLD_WEBHOOK_SECRET, WEBHOOK_SECRET])
def test_both_secrets_are_accepted_while_one_replaces_the_other(scene, in_doubt, secret):
    [event] = scene.events(SUCCEEDED)

    assert scene.tell(event, secret=secret).status == 200

    assert scene.owns(in_doubt)


def test_what_stripe_did_not_sign_is_refused_and_leaves_nothing_behind(scene, in_doubt):
    [event] = scene.events(SUCCEEDED)
    body = json.dumps(event).encode()
    now = int(time.time())
    good = signed(body, WEBHOOK_SECRET)
    scene.to_stripe.clear()
    forged = {
        "unsigned": (body, ""),
        "another secret": (body, signed(body, "whsec_somebody_else")),
        "another body": (body.replace(b"3900", b"1"), good),
        "stale": (body, signed(body, WEBHOOK_SECRET, moment=now - 301)),
        "garbled header": (body, "t=,v1=,,;"),
        "no number": (body, good.replace(f"t={now}", "t=now")),
        "not ASCII": (body, f"{good},v1=\xe9"),
        "not UTF-8": (b"\xff\xfe", signed(b"\xff\xfe", WEBHOOK_SECRET)),
        "a list": (b"[]", signed(b"[]", WEBHOOK_SECRET)),
        "null": (b"null", signed(b"null", WEBHOOK_SECRET)),
        "no JSON": (b"{", signed(b"{", WEBHOOK_SECRET)),
        "no event": (b'{"object": "charge"}', signed(b'{"object": "charge"}', WEBHOOK_SECRET)),
        "empty": (b"", signed(b"", WEBHOOK_SECRET)),
    }

    answers = {name: scene.shop.tell(*told).status for name, told in forged.items()}

    assert answers == dict.fromkeys(forged, 400)
    assert scene.shop.tell(b" " * 2_000_000, good).status == 413
    assert scene.to_stripe.requests == []
    assert not scene.owns(in_doubt)


def test_a_flood_of_unsigned_posts_costs_stripe_nothing(scene, in_doubt):
    scene.to_stripe.clear()

    answers = scene.all_at_once(*[lambda: scene.shop.tell(b"{}", "t=1,v1=00")] * 100)

    assert {answer.status for answer in answers} == {400}
    assert scene.to_stripe.requests == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "customer.created"},
        {"type": "charge.made_up_next_year"},
        {"livemode": True},
        {"data": {"object": {"object": "payment_intent", "id": "pi_of_nobody", "metadata": {}}}},
    ],
    ids=["unknown type", "future type", "other mode", "unknown payment"],
)
def test_an_event_about_nothing_of_ours_is_accepted_and_changes_nothing(scene, in_doubt, change):
    [event] = scene.events(SUCCEEDED)

    assert scene.tell(event | change).status == 200

    assert not scene.owns(in_doubt)


def test_an_event_about_an_unknown_order_is_accepted_and_reported_by_the_doctor(scene, in_doubt):
    scene.stripe.charge_again(order_id="11111111-1111-4111-8111-111111111111")

    scene.hear()

    assert {each["status"] for each in scene.stripe.ledger()["deliveries"]} == {200}
    assert scene.owns(in_doubt)
    scene.expected_differences = {"orphan_charge"}


def test_postgresql_away_is_a_5xx_and_the_next_delivery_works(scene, in_doubt):
    [event] = scene.events(SUCCEEDED)
    scene.server.stop_at_once()
    refused = scene.tell(event).status
    scene.server.start()

    assert refused >= 500
    assert scene.tell(event).status == 200
    assert scene.owns(in_doubt)


def test_postgresql_stopped_in_the_middle_is_a_5xx_and_the_next_delivery_works(scene, in_doubt):
    [event] = scene.events(SUCCEEDED)
    held = scene.to_stripe.next("GET /v1/*", proxy.hold_answer())
    hearing = scene.in_background(scene.tell, event)
    held.wait()
    scene.server.stop_at_once()
    held.release()
    refused = hearing.result().status
    scene.server.start()

    assert refused >= 500
    assert scene.tell(event).status == 200
    assert scene.owns(in_doubt)


def test_after_a_worker_was_killed_the_event_is_delivered_again(scene, in_doubt):
    held = scene.to_stripe.next("GET /v1/*", proxy.hold_answer())
    scene.send_events()
    [event] = scene.events(SUCCEEDED)
    scene.stripe.resend(event["id"])
    held.wait()
    scene.shop.kill_workers()
    held.cut()

    scene.wait_for_deliveries()

    assert scene.owns(in_doubt)


@pytest.mark.parametrize("fault", [proxy.answer(503), proxy.drop_request, proxy.garble_answer])
def test_stripe_away_while_an_event_is_handled_is_a_5xx(scene, in_doubt, fault):
    [event] = scene.events(SUCCEEDED)
    with scene.to_stripe.always("GET /v1/*", fault):
        assert scene.tell(event).status >= 500

    assert scene.tell(event).status == 200
    assert scene.owns(in_doubt)


@pytest.mark.parametrize("fault", [proxy.drop_request, proxy.drop_answer, proxy.duplicate, proxy.answer(502)])
def test_deliveries_that_fail_in_the_network(scene, ada, fault):
    scene.send_events()
    scene.to_shop.next("POST *", fault, times=3)
    with scene.to_stripe.always(CONFIRM, proxy.drop_answer):
        ada.pay()

    scene.wait_for_deliveries()

    assert scene.owns(ada)


def test_events_that_no_webhook_delivered_are_recovered(scene, ada):
    ada.pay()
    scene.stripe.refund(scene.charge_of(ada))

    scene.reconcile()

    assert not scene.owns(ada)
    assert scene.statuses(ada) == ["refunded"]


def test_a_second_payment_for_the_same_order_is_refunded_automatically(scene, ada):
    ada.pay()
    scene.stripe.charge_again(order_id=scene.orders(ada)[0])

    scene.hear()

    assert scene.charged(ada) == [3900]
    assert scene.owns(ada)


def test_a_payment_of_another_amount_gives_no_access(scene, ada):
    ada.pay("tok_chargeDeclined")
    scene.stripe.charge_again(order_id=scene.orders(ada)[0], amount=100)

    scene.hear()

    assert not scene.owns(ada)
    scene.expected_differences = {"amount_mismatch", "unsettled"}


def test_events_about_an_erased_account_are_handled(scene, in_doubt):
    assert not scene.erase(in_doubt)
    assert scene.owns(in_doubt)
    assert scene.erase(in_doubt)

    scene.hear()

    assert {each["status"] for each in scene.stripe.ledger()["deliveries"]} == {200}
    assert [row["status"] for row in scene.report()["orders"]] == ["paid"]


def test_money_that_arrives_after_an_account_was_erased_is_refunded_automatically(scene, ada):
    ada.pay("tok_chargeDeclined")
    [order] = scene.orders(ada)
    assert scene.erase(ada)
    scene.stripe.charge_again(order_id=order)

    scene.hear()

    assert {each["status"] for each in scene.stripe.ledger()["deliveries"]} == {200}
    assert [row["status"] for row in scene.report()["orders"]] == ["refunded"]
    assert scene.charged() == []
