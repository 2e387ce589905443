"""Crashes between the claim and the commit: afterwards there is one charge and access, or neither."""

from contextlib import ExitStack

import pytest

from tests.faults import crashes, proxy
from tests.faults.shop import Person

pytestmark = pytest.mark.postgresql

METHOD = "POST /v1/payment_methods"
CONFIRM = "POST /v1/payment_intents/*/confirm"
CHARGE = "POST /v1/charges"
# The commands that settle by hand what is in doubt.
REPAIRING = [("reconcile_orders", "--minutes", "0"), ("money_doctor", "--repair")]
# What Stripe has charged at the moment of the crash, for each of the four points.
CHARGED = {
    "before the call": [],
    "after the call": [3900],
    "before the commit": [3900],
    "after the commit": [3900],
}


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


@pytest.mark.parametrize("recovery", ["reconcile_orders", "webhook"])
def test_crash_at_each_point_of_a_payment(scene, crash, recovery):
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))

    # With PostgreSQL stopped the call goes on, so the first request is held: it charges nothing.
    crash_at_every_point(scene, buyers, {"before": METHOD, "after": CONFIRM}, crash)

    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == CHARGED
    if recovery == "webhook":
        scene.hear()
    else:
        scene.reconcile()
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == CHARGED
    assert {point: scene.owns(buyer) for point, buyer in buyers.items()} == {
        point: bool(amounts) for point, amounts in CHARGED.items()
    }
    # Stripe has no event about a request that never reached it.
    scene.reconcile()
    assert_one_more_try_leaves_it_bought_once(scene, *buyers.values())


def test_crash_at_each_point_of_a_payment_by_the_charges_api(scene, shop_of_charges, crash):
    scene.play_in(shop_of_charges)
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))

    crash_at_every_point(scene, buyers, {"before": CHARGE, "after": CHARGE}, crash)

    charged = {point: scene.charged(buyer) for point, buyer in buyers.items()}
    # A charge may be under way for as long as a call can last; nothing is abandoned before.
    scene.reconcile()
    not_asked = buyers["before the call"]
    assert scene.in_doubt() == (set() if scene.charged(not_asked) else set(scene.orders(not_asked)))
    scene.let_time_pass(minutes=3)
    scene.reconcile()
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == charged
    assert {point: [3900] if scene.owns(buyer) else [] for point, buyer in buyers.items()} == charged
    assert_one_more_try_leaves_it_bought_once(scene, *buyers.values())


def test_postgresql_away_before_the_claim_charges_nobody(scene, ada):
    scene.server.stop_at_once()

    answer = ada.pay()

    assert answer.status == 503
    assert scene.to_stripe.requests == []
    scene.server.start()
    assert_one_more_try_leaves_it_bought_once(scene, ada)


@pytest.mark.parametrize("command", REPAIRING, ids=" ".join)
def test_repairing_three_times_at_once(scene, buyers_in_doubt, command):
    running = [scene.commands.start(*command) for _ in range(3)]

    assert {each.result().returncode for each in running} == {0}

    assert_each_bought_once(scene, buyers_in_doubt)


@pytest.mark.parametrize("command", REPAIRING, ids=" ".join)
def test_repairing_killed_in_the_middle_and_run_again(scene, buyers_in_doubt, command):
    with scene.locked_orders(buyers_in_doubt[1]):
        killed = scene.commands.start(*command)
        scene.wait_for_somebody_at_the_lock()
        killed.kill()
        assert killed.result().returncode is None
    assert len(scene.in_doubt()) == 2

    assert scene.commands.run(*command).returncode == 0

    assert_each_bought_once(scene, buyers_in_doubt)


def test_the_doctor_repairs_what_no_webhook_reported(scene, ada, bob):
    ada.pay()
    bob.pay()
    scene.stripe.refund(scene.charge_of(ada))
    assert scene.owns(ada)

    assert scene.commands.run("money_doctor", "--repair").returncode == 0

    assert scene.statuses(ada) == ["refunded"]
    assert not scene.owns(ada)
    assert scene.statuses(bob) == ["paid"]
    assert scene.owns(bob)


def test_reconcile_orders_while_stripe_is_away_changes_nothing(scene, buyers_in_doubt):
    before = scene.in_doubt()
    with scene.to_stripe.always("*", proxy.drop_request):
        ended = scene.commands.run("reconcile_orders", "--minutes", "0")

    assert ended.returncode == 2
    assert scene.in_doubt() == before


def test_a_key_older_than_a_day_is_never_replayed(scene, buyers_in_doubt):
    scene.let_time_pass(minutes=25 * 60)
    scene.to_stripe.clear()

    scene.reconcile()

    assert [each.path for each in scene.to_stripe.requests if each.method == "POST"] == []
    assert_each_bought_once(scene, buyers_in_doubt)


def test_the_worker_repairs_it_automatically(scene, buyers_in_doubt):
    scene.let_time_pass(minutes=3)

    scene.commands.run("run_worker", "--once")

    assert_each_bought_once(scene, buyers_in_doubt)


@pytest.fixture
def buyers_in_doubt(scene):
    """Three buyers who were charged without the shop's knowledge, oldest order first."""
    buyers = scene.buyers[:3]
    with scene.to_stripe.always(CONFIRM, proxy.drop_answer):
        for buyer in buyers:
            buyer.pay()
    assert scene.charged() == [3900] * len(buyers)
    assert scene.in_doubt() == {order for buyer in buyers for order in scene.orders(buyer)}
    return buyers


def crash_at_every_point(scene, buyers, calls, crash, pay=Person.pay):
    """Bring each buyer's payment to its point, crash, and start everything again."""
    paying = []
    with ExitStack() as stack:

        def pay_and_hold(point, call, hold):
            held = scene.to_stripe.next(call, hold)
            paying.append(scene.in_background(pay, buyers[point]))
            held.wait()
            return held

        before = pay_and_hold("before the call", calls["before"], proxy.hold_request())
        after = pay_and_hold("after the call", calls["after"], proxy.hold_answer())
        later = pay_and_hold("before the commit", calls["after"], proxy.hold_answer())
        stack.enter_context(scene.locked_orders(buyers["before the commit"]))
        later.release()
        scene.wait_for_somebody_at_the_lock()
        paying.append(scene.in_background(pay, buyers["after the commit"]))
        scene.wait_until_paid(buyers["after the commit"])
        crash.strike(scene)
    crash.go_on(after)
    crash.go_on(before)
    for each in paying:
        crash.assert_answered(each)
    crash.repair(scene)


def assert_one_more_try_leaves_it_bought_once(scene, *buyers):
    for buyer in buyers:
        buyer.pay()
    assert_each_bought_once(scene, buyers)


def assert_each_bought_once(scene, buyers):
    for buyer in buyers:
        assert scene.charged(buyer) == [3900]
        assert scene.owns(buyer)
        assert scene.statuses(buyer) == ["paid"]
