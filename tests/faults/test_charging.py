"""The token checkout: everything that can go wrong between the buyer's click and Stripe's answer."""

from contextlib import ExitStack
from fnmatch import fnmatch

import pytest

from tests.faults import proxy

pytestmark = pytest.mark.postgresql

CONFIRM = "POST /v1/payment_intents/*/confirm"
CHARGE = "POST /v1/charges"
APIS = {"payment_intents": CONFIRM, "charges": CHARGE}
# The library asks twice.
BOTH_TRIES = 2
DO_NOT_PAY_AGAIN = "Do not pay again."
WORKED_ON_AND_UNHEARD = {
    "dropped": proxy.drop_answer,
    "garbled": proxy.garble_answer,
    "answered 500": proxy.replace_answer(500),
}


@pytest.fixture(params=APIS)
def taking(request, scene):
    """The request that takes the money, in a shop with each of the two token APIs."""
    if request.param == "charges":
        scene.play_in(request.getfixturevalue("shop_of_charges"))
    return APIS[request.param]


def test_no_fault(scene, ada, taking):
    assert ada.pay().status == 302

    assert_bought_once(scene, ada)


def test_get_on_the_charge_url_buys_nothing(scene, ada):
    assert ada.get("/orders/charge/").status == 405

    assert_nothing_happened(scene, ada)


def test_anonymous_post_buys_nothing(scene, ada):
    answer = scene.visitor.pay()

    assert answer.status == 302
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert_nothing_happened(scene, ada)


def test_csrf_token_is_needed(scene, ada):
    assert ada.pay(csrfmiddlewaretoken="c" * 32).status == 403

    assert_nothing_happened(scene, ada)


def test_decline_grants_nothing_and_the_next_card_pays_the_same_order(scene, ada, taking):
    for number in ("4000000000000002", "4000000000009995", "4000000000000127"):
        assert ada.pay(scene.stripe.make_token(number)).headers["Location"] == "/orders/"
        assert not scene.owns(ada)

    ada.pay()

    assert_bought_once(scene, ada)


def test_double_click_is_one_charge(scene, ada, taking):
    token = scene.stripe.make_token("4242424242424242")

    answers = scene.all_at_once(*[lambda: ada.pay(token)] * 20)

    assert {answer.status for answer in answers} == {302}
    assert_bought_once(scene, ada)


def test_two_tabs_are_one_charge(scene, ada, taking):
    scene.all_at_once(*[ada.pay] * 10)

    assert_bought_once(scene, ada)


@pytest.mark.parametrize("fault", WORKED_ON_AND_UNHEARD)
def test_a_charge_whose_answer_is_lost_is_found(scene, ada, taking, fault):
    scene.to_stripe.next(taking, WORKED_ON_AND_UNHEARD[fault], times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        page = ada.get(ada.pay().headers["Location"])
        again = ada.pay()

        assert DO_NOT_PAY_AGAIN in page.text
        assert again.headers["Location"].startswith("/orders/")
        assert not scene.owns(ada)
        assert scene.charged() == [3900]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, ada)


def test_the_order_page_asks_stripe_automatically(scene, ada):
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)

    page = ada.get(ada.pay().headers["Location"])

    assert "Thank you for your order!" in page.text
    assert_bought_once(scene, ada)


@pytest.mark.parametrize("fault", [proxy.drop_answer, proxy.answer(500)])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(scene, ada, taking, fault):
    scene.to_stripe.next(taking, fault)

    ada.pay()
    ada.get(f"/orders/{scene.orders(ada)[0]}/")

    assert_bought_once(scene, ada)
    first, second = [each for each in scene.to_stripe.requests if fnmatch(f"POST {each.path}", taking)][:2]
    assert first == second


def test_stripe_slow_beyond_every_time_out_is_answered_before_the_worker_is_ended(scene):
    # The last point first: later buyers are stopped before they reach it.
    slow = {
        CONFIRM: proxy.hold_answer(),
        "POST /v1/payment_intents": proxy.hold_request(),
        "POST /v1/payment_methods": proxy.hold_request(),
    }
    buyers = scene.buyers[: len(slow)]
    workers = scene.shop.workers()
    waiting = []
    with ExitStack() as stack:
        for buyer, (point, hold) in zip(buyers, slow.items(), strict=True):
            stack.enter_context(scene.to_stripe.always(point, hold))
            waiting.append(scene.in_background(buyer.pay))
            hold.wait()
        assert [paying.result().status for paying in waiting] == [302] * len(slow)
        for hold in slow.values():
            hold.release()
    assert scene.shop.workers() == workers

    # The stuck requests may have arrived by now, or not: either way nobody pays twice.
    scene.reconcile()
    for buyer in buyers:
        buyer.pay()
        assert_bought_once(scene, buyer)


def test_a_request_stuck_in_the_network_arrives_after_its_attempt_was_abandoned(scene, ada):
    held = scene.to_stripe.next(CONFIRM, proxy.hold_request())
    scene.to_stripe.next(CONFIRM, proxy.drop_request)
    paying = scene.in_background(ada.pay)
    held.wait()
    scene.shop.kill_workers()

    assert scene.reconcile()["ended"] == 1
    held.release()
    paying.exception()

    assert scene.charged() == []
    ada.pay()
    assert_bought_once(scene, ada)


def test_the_network_duplicates_every_request(scene, ada, taking):
    with scene.to_stripe.always("POST *", proxy.duplicate):
        ada.pay()

    # Of two requests at once Stripe may reject one, and that answer may be the one that comes back.
    scene.let_time_pass(minutes=3)
    scene.reconcile()
    ada.pay()
    assert_bought_once(scene, ada)


def test_409_key_in_use_is_taken_as_in_flight(scene, ada, taking):
    scene.stripe.go_wrong(taking, "delay", seconds=1)
    scene.to_stripe.next(taking, proxy.duplicate)

    ada.pay()

    scene.reconcile()
    assert_bought_once(scene, ada)


@pytest.mark.parametrize("status", [429, 503])
def test_stripe_rejects_every_request(scene, ada, taking, status):
    with scene.to_stripe.always("*", proxy.answer(status)):
        answer = ada.pay()
        page = ada.get(answer.headers["Location"])
        waiting = scene.commands.run("reconcile_orders", "--minutes", "0")

        assert (answer.status, page.status) == (302, 200)
        assert waiting.returncode in {0, 2}
    assert scene.charged() == []

    scene.let_time_pass(minutes=3)
    scene.reconcile()
    ada.pay()
    assert_bought_once(scene, ada)


def test_a_wrong_key_charges_nobody_and_the_right_one_does_later(scene, ada):
    with scene.to_stripe.always("*", proxy.answer(401)):
        assert ada.pay().status == 302
    assert_nothing_charged(scene, ada)

    scene.reconcile()
    ada.pay()
    assert_bought_once(scene, ada)


def test_a_token_buys_once(scene, ada, bob, taking):
    token = scene.stripe.make_token("4242424242424242")
    ada.pay(token)

    assert ada.pay(token).headers["Location"] == "/books/"
    assert bob.pay(token).headers["Location"] == "/orders/"

    assert_bought_once(scene, ada)
    assert_nothing_charged(scene, bob)


def test_a_declined_token_is_declined_again(scene, ada):
    token = scene.stripe.make_token("4000000000000002")

    for _ in range(2):
        assert ada.pay(token).headers["Location"] == "/orders/"

    assert_nothing_charged(scene, ada)


def test_a_form_that_names_others_pays_for_its_sender(scene, ada, bob):
    scene.to_stripe.next(CONFIRM, proxy.answer(503), times=BOTH_TRIES)
    bob.pay()
    [order] = scene.orders(bob)

    ada.pay(order=order, order_id=order, user=bob.email, stripeEmail=bob.email)

    assert_bought_once(scene, ada)
    assert not scene.owns(bob)


def test_an_owner_is_not_charged(scene, ada):
    stale_item = ada.shown_item()
    ada.pay(item=stale_item)

    assert ada.pay(item=stale_item).headers["Location"] == "/books/"

    assert_bought_once(scene, ada)


def test_a_changed_price_is_shown_and_not_charged(scene, ada):
    item = ada.shown_item()
    scene.server.ask("UPDATE books_bundle SET price = 4900 WHERE everything")

    assert ada.pay(item=item).headers["Location"] == "/orders/"
    assert_nothing_happened(scene, ada)

    ada.pay(item=ada.shown_item())
    assert scene.charged(ada) == [4900]


def test_tampered_fields_change_nothing(scene, ada):
    assert ada.pay(item=f"{ada.shown_item()}x").status == 400
    assert_nothing_happened(scene, ada)

    ada.pay(amount="1", currency="jpy", stripeAmount="1", **{"data-amount": "1"})
    assert_bought_once(scene, ada)


def test_an_answer_with_another_amount_gives_no_access(scene, ada, taking):
    scene.to_stripe.next(taking, proxy.alter_answer(b'"amount": 3900', b'"amount": 100'))

    ada.pay()

    assert not scene.owns(ada)
    # The answer was wrong; what Stripe has is right.
    scene.reconcile()
    assert_bought_once(scene, ada)


def test_an_account_is_not_erased_until_the_outcome_of_its_payment_is_known(scene, ada):
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(ada.pay)
    held.wait()
    assert not scene.erase(ada)
    held.release()

    assert paying.result().status == 302
    [order] = scene.report()["orders"]
    assert (order["status"], scene.charged()) == ("paid", [3900])
    assert scene.erase(ada)


def test_a_bought_book_can_be_read_in_the_very_next_request(scene, ada):
    page = ada.get(ada.pay().headers["Location"])

    assert "Thank you for your order!" in page.text
    assert scene.owns(ada)


def assert_bought_once(scene, buyer):
    assert scene.charged(buyer) == [3900]
    assert scene.statuses(buyer) == ["paid"]
    assert scene.owns(buyer)


def assert_nothing_charged(scene, buyer):
    assert scene.charged(buyer) == []
    assert not scene.owns(buyer)


def assert_nothing_happened(scene, buyer):
    """No charge, no order, no request to Stripe."""
    assert_nothing_charged(scene, buyer)
    assert scene.statuses(buyer) == []
