"""Checkout Sessions: the buyer pays at Stripe, and the shop has to learn about it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.faults import crashes, proxy

pytestmark = pytest.mark.postgresql

OPEN = "POST /v1/checkout/sessions"
EXPIRE = "POST /v1/checkout/sessions/*/expire"
LOOK = "GET /v1/checkout/sessions/*"
CONFIRM = "POST /v1/payment_intents/*/confirm"


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


@pytest.fixture(params=["webhook", "reconcile_orders"])
def hear(request, scene):
    """How the shop learns what happened at Stripe."""
    return scene.hear if request.param == "webhook" else scene.reconcile


def test_paid_and_come_back(scene, ada):
    session = ada.open_session()
    scene.stripe.pay_session(session)

    answer = ada.return_from(session)

    assert answer.status == 302
    assert "Thank you for your order!" in ada.get(answer.headers["Location"]).text
    assert_bought_once(scene, ada)


def test_paid_and_never_come_back(scene, ada, hear):
    scene.stripe.pay_session(ada.open_session())

    hear()

    assert_bought_once(scene, ada)


def test_coming_back_without_having_paid_gives_no_access(scene, ada):
    session = ada.open_session()

    assert ada.return_from(session).status == 302

    assert not scene.owns(ada)
    assert ada.open_session() == session


def test_a_session_of_another_reader_does_not_exist(scene, ada, bob):
    session = ada.open_session()
    scene.stripe.pay_session(session)

    assert bob.return_from(session).status == 404
    assert bob.return_from("cs_test_made_up").status == 404
    assert bob.return_from("").status == 404

    assert not scene.owns(bob)
    ada.return_from(session)
    assert_bought_once(scene, ada)


def test_come_back_while_stripe_is_away(scene, ada):
    session = ada.open_session()
    scene.stripe.pay_session(session)
    with scene.to_stripe.always("*", proxy.answer(503)):
        there = ada.return_from(session).headers["Location"]
        page = ada.get(there)

        assert "Do not pay again." in page.text
        assert ada.pay().status == 302
        assert len(scene.stripe.charges) == 1

    assert "Thank you for your order!" in ada.get(there).text
    assert_bought_once(scene, ada)


def test_double_click_opens_one_session(scene, ada):
    opened = set(scene.all_at_once(*[ada.open_session] * 8))

    open_now = {each["id"] for each in scene.stripe.ledger()["checkout_sessions"] if each["status"] == "open"}
    assert len(open_now) == 1
    assert opened <= open_now | {None}
    assert ada.open_session() in open_now


@pytest.mark.parametrize(
    "fault", [proxy.drop_request, proxy.drop_answer, proxy.answer(500), proxy.answer(429)]
)
def test_stripe_falls_silent_while_a_session_is_opened(scene, ada, fault):
    with scene.to_stripe.always(OPEN, fault):
        assert ada.open_session() is None

    session = ada.open_session()
    scene.stripe.pay_session(session)
    ada.return_from(session)
    assert_bought_once(scene, ada)


def test_token_and_session_in_two_tabs_is_one_charge(scene, ada):
    session = ada.open_session()

    ada.pay()

    assert statuses_of_sessions(scene) == ["expired"]
    assert ada.return_from(session).status == 302
    assert_bought_once(scene, ada)


def test_the_session_is_paid_while_the_other_tab_closes_it(scene, ada):
    session = ada.open_session()
    held = scene.to_stripe.next(EXPIRE, proxy.hold_request())
    paying = scene.in_background(ada.pay)
    held.wait()
    scene.stripe.pay_session(session)
    held.release()

    assert paying.result().status == 302
    scene.hear()
    assert_bought_once(scene, ada)


def test_the_session_is_opened_while_the_token_is_charged(scene, ada):
    item = ada.shown_item()
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(ada.pay)
    held.wait()

    answer = ada.post("/orders/session/", {"item": item})
    held.release()

    assert answer.headers["Location"].startswith("/orders/")
    assert paying.result().status == 302
    assert scene.stripe.ledger()["checkout_sessions"] == []
    assert_bought_once(scene, ada)


def test_a_price_that_changed_closes_the_session(scene, ada):
    session = ada.open_session()
    scene.server.ask("UPDATE books_bundle SET price = 4900 WHERE everything")

    dearer = ada.open_session()

    assert dearer not in {session, None}
    scene.stripe.pay_session(dearer)
    ada.return_from(dearer)
    assert statuses_of_sessions(scene) == ["expired", "complete"]
    assert scene.charged(ada) == [4900]


def test_a_session_paid_at_the_old_price_is_honoured(scene, ada):
    session = ada.open_session()
    scene.server.ask("UPDATE books_bundle SET price = 4900 WHERE everything")
    scene.stripe.pay_session(session)

    ada.return_from(session)

    assert_bought_once(scene, ada)


def test_after_an_expired_session_the_book_can_be_bought_again(scene, ada, hear):
    session = ada.open_session()
    scene.stripe.end_session(session, "expire")
    hear()
    assert not scene.owns(ada)

    another = ada.open_session()

    assert another not in {session, None}
    scene.stripe.pay_session(another)
    ada.return_from(another)
    assert_bought_once(scene, ada)


def test_a_payment_that_takes_days(scene, hear):
    fine, refused = scene.buyers[:2]
    sessions = {buyer: buyer.open_session() for buyer in (fine, refused)}
    for buyer, session in sessions.items():
        scene.stripe.end_session(session, "complete_unpaid")
        buyer.return_from(session)
    hear()
    for buyer in sessions:
        assert not scene.owns(buyer)
        # The payment is under way: nothing else may be paid until it ends.
        buyer.pay()
    assert scene.stripe.charges == []

    scene.stripe.end_session(sessions[fine], "async_succeed")
    scene.stripe.end_session(sessions[refused], "async_fail")
    hear()

    assert_bought_once(scene, fine)
    assert not scene.owns(refused)
    refused.pay()
    assert_bought_once(scene, refused)


def test_a_bank_that_is_never_answered(scene, ada):
    session = ada.open_session()
    scene.stripe.pay_session(session, number="4000002500003155")
    scene.hear()
    assert not scene.owns(ada)

    # The buyer abandons it and pays the other way.
    ada.pay()

    scene.hear()
    assert_bought_once(scene, ada)


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_bank_that_asks(scene, ada, confirmed):
    session = ada.open_session()
    scene.stripe.pay_session(session, number="4000002500003155", authenticate=confirmed)

    ada.return_from(session)

    assert scene.owns(ada) is confirmed


def test_crash_while_a_session_is_opened(scene, crash):
    """Nobody saw the session, so nobody can have paid in it; only the next one counts."""
    buyers = scene.buyers[:2]
    opening = []
    holds = [proxy.hold_request(), proxy.hold_answer()]
    items = [buyer.shown_item() for buyer in buyers]
    for buyer, item, hold in zip(buyers, items, holds, strict=True):
        scene.to_stripe.next(OPEN, hold)
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
        session = buyer.open_session()
        scene.stripe.pay_session(session)
        buyer.return_from(session)
        assert_bought_once(scene, buyer)


def test_crash_at_each_point_of_coming_back(scene, crash, hear):
    """At each of them Stripe has taken the money."""
    buyers = scene.buyers[:4]
    with ThreadPoolExecutor(4) as pool:
        sessions = list(pool.map(lambda buyer: buyer.open_session(), buyers))
        list(pool.map(scene.stripe.pay_session, sessions))
    returning = []
    with ExitStack() as stack:

        def come_back(number, hold=None):
            if hold:
                scene.to_stripe.next(LOOK, hold)
            returning.append(scene.in_background(buyers[number].return_from, sessions[number]))
            if hold:
                hold.wait()
            return hold

        holds = [come_back(0, proxy.hold_request()), come_back(1, proxy.hold_answer())]
        later = come_back(2, proxy.hold_answer())
        stack.enter_context(scene.locked_orders(buyers[2]))
        later.release()
        scene.wait_for_somebody_at_the_lock()
        come_back(3)
        scene.wait_until_paid(buyers[3])
        crash.strike(scene)
    for hold in holds:
        crash.go_on(hold)
    for each in returning:
        crash.assert_answered(each)
    crash.repair(scene)

    hear()

    for buyer in buyers:
        assert_bought_once(scene, buyer)
        assert buyer.pay().headers["Location"] == "/books/"


def assert_bought_once(scene, buyer):
    assert scene.charged(buyer) == [3900]
    assert scene.owns(buyer)
    assert scene.statuses(buyer) == ["paid"]


def statuses_of_sessions(scene):
    return [each["status"] for each in scene.stripe.ledger()["checkout_sessions"]]
