"""What Stripe keeps about a reader: one customer each, never in the way of a sale, gone with the account."""

import pytest

from tests.faults import crashes, proxy

pytestmark = pytest.mark.postgresql

CREATE = "POST /v1/customers"
DELETE = "DELETE /v1/customers/*"
OPEN = "POST /v1/checkout/sessions"


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


def test_the_session_is_for_the_readers_customer(scene, ada):
    session = ada.open_session()

    [customer] = customers(scene)
    assert customer_of(scene, session) == customer
    buy_in(scene, ada, session)


@pytest.mark.parametrize(
    "fault",
    [proxy.drop_request, proxy.drop_answer, proxy.answer(500), proxy.answer(429), proxy.garble_answer],
)
def test_stripe_fails_at_the_customer_and_the_purchase_goes_on(scene, ada, fault):
    with scene.to_stripe.always(CREATE, fault):
        session = ada.open_session()

    assert customer_of(scene, session) is None
    buy_in(scene, ada, session)


@pytest.mark.parametrize("fault", [proxy.drop_answer, proxy.replace_answer(500)])
def test_after_a_lost_answer_the_next_session_is_for_the_same_customer(scene, ada, fault):
    with scene.to_stripe.always(CREATE, fault):
        first = ada.open_session()
    [customer] = customers(scene)
    scene.stripe.end_session(first, "expire")

    session = ada.open_session()

    assert customers(scene) == [customer]
    assert customer_of(scene, session) == customer
    buy_in(scene, ada, session)


def test_the_request_arrives_twice(scene, ada):
    scene.to_stripe.next(CREATE, proxy.duplicate)

    session = ada.open_session()

    assert len(customers(scene)) == 1
    buy_in(scene, ada, session)


def test_twenty_tabs_make_one_customer(scene, ada):
    item = ada.shown_item()
    scene.all_at_once(*[lambda: ada.post("/orders/session/", {"item": item})] * 20)

    session = ada.open_session()

    assert len(customers(scene)) == 1
    buy_in(scene, ada, session)


def test_tabs_that_cannot_reach_the_customer_open_one_session_all_the_same(scene, ada):
    """Requests under one key must be the same, whatever each tab has heard of the customer."""
    item = ada.shown_item()
    faults = (proxy.drop_request, proxy.drop_answer, proxy.pass_on, proxy.answer(500))
    for fault in faults * 3:
        scene.to_stripe.next(CREATE, fault)

    scene.all_at_once(*[lambda: ada.post("/orders/session/", {"item": item})] * 8)

    session = ada.open_session()
    open_now = [each for each in sessions(scene) if each["status"] == "open"]
    assert [each["id"] for each in open_now] == [session]
    buy_in(scene, ada, session)


def test_crash_while_the_customer_is_made(scene, crash):
    buyers = scene.buyers[:2]
    holds = [proxy.hold_request(), proxy.hold_answer()]
    items = [buyer.shown_item() for buyer in buyers]
    opening = []
    for buyer, item, hold in zip(buyers, items, holds, strict=True):
        scene.to_stripe.next(CREATE, hold)
        opening.append(scene.in_background(buyer.post, "/orders/session/", {"item": item}))
        hold.wait()
    crash.strike(scene)
    for hold in holds:
        crash.go_on(hold)
    for each in opening:
        crash.assert_answered(each)
    crash.repair(scene)

    scene.let_time_pass(minutes=3)
    scene.reconcile()

    for buyer in buyers:
        buy_in(scene, buyer, buyer.open_session())
    assert len(customers(scene)) == 2


def test_crash_before_the_session_of_a_customer_is_opened(scene, ada, crash):
    item = ada.shown_item()
    held = scene.to_stripe.next(OPEN, proxy.hold_request())
    opening = scene.in_background(ada.post, "/orders/session/", {"item": item})
    held.wait()
    crash.strike(scene)
    crash.go_on(held)
    crash.assert_answered(opening)
    crash.repair(scene)
    scene.let_time_pass(minutes=3)
    scene.reconcile()

    session = ada.open_session()

    assert customers(scene) == [customer_of(scene, session)]
    buy_in(scene, ada, session)


def test_one_deleted_in_the_dashboard_is_replaced_for_the_same_order(scene, ada):
    first = ada.open_session()
    scene.stripe.end_session(first, "expire")
    scene.stripe.delete_customer(customer_of(scene, first))

    answers = scene.all_at_once(*[ada.open_session] * 4)

    session = ada.open_session()
    assert set(answers) <= {session, None}
    assert customers(scene) == [customer_of(scene, session)]
    assert len(scene.orders(ada)) == 1
    buy_in(scene, ada, session)


def test_an_account_erased_while_its_customer_is_made_leaves_nothing_at_stripe(scene, ada):
    item = ada.shown_item()
    held = scene.to_stripe.next(CREATE, proxy.hold_answer())
    opening = scene.in_background(ada.post, "/orders/session/", {"item": item})
    held.wait()
    assert scene.erase(ada)
    held.release()
    opening.result()

    tidy(scene)

    assert customers(scene) == []


def test_an_account_erased_after_the_answer_was_lost_leaves_nothing_at_stripe(scene, ada):
    with scene.to_stripe.always(CREATE, proxy.drop_answer):
        ada.open_session()
    assert scene.erase(ada)
    assert len(customers(scene)) == 1
    scene.let_time_pass(minutes=3)

    tidy(scene)

    assert customers(scene) == []


@pytest.mark.parametrize(
    "fault", [proxy.drop_request, proxy.drop_answer, proxy.answer(500), proxy.answer(429)]
)
def test_stripe_fails_at_deleting_and_the_worker_tries_again(scene, ada, bob, fault):
    bobs = customer_of(scene, bob.open_session())
    ada.open_session()
    assert scene.erase(ada)
    with scene.to_stripe.always(DELETE, fault):
        tidy(scene)
    assert rows(scene) == 2

    tidy(scene)

    assert (customers(scene), rows(scene)) == ([bobs], 1)


def test_the_worker_is_killed_between_stripes_deletion_and_ours(scene, ada):
    ada.open_session()
    assert scene.erase(ada)
    held = scene.to_stripe.next(DELETE, proxy.hold_answer())
    worker = scene.commands.start("run_worker", "--once")
    held.wait()
    worker.kill()
    held.cut()
    assert (customers(scene), rows(scene)) == ([], 1)

    tidy(scene)

    assert rows(scene) == 0


def sessions(scene):
    return scene.stripe.ledger("checkout_sessions")["checkout_sessions"]


def customers(scene):
    """Return the ids of the customers that nobody has deleted."""
    return [each["id"] for each in scene.stripe.customers if "deleted" not in each]


def customer_of(scene, session_id):
    [session] = [each for each in sessions(scene) if each["id"] == session_id]
    return session["customer"]


def rows(scene):
    """Return how many customers the shop knows or has still to delete."""
    [[count]] = scene.server.ask("SELECT count(*) FROM orders_stripecustomer")
    return count


def tidy(scene):
    """Have the worker come round."""
    ended = scene.commands.run("run_worker", "--once")
    assert ended.returncode == 0, ended


def buy_in(scene, buyer, session):
    """Pay in a session and come back; the buyer is charged once and reads."""
    scene.stripe.pay_session(session)
    buyer.return_from(session)
    assert scene.charged(buyer) == [3900]
    assert scene.owns(buyer)
    assert scene.statuses(buyer) == ["paid"]
