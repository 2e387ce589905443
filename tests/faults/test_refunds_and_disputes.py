"""Refunds by staff and in Stripe's dashboard, disputes, and everything that can go wrong with them."""

import pytest

from tests.faults import proxy

pytestmark = pytest.mark.postgresql

REFUND = "POST /v1/refunds"
# Cards whose charges succeed and whose refunds are pending at first, or fail later.
PENDING_REFUND, FAILING_REFUND = "4000000000007726", "4000000000005126"


@pytest.fixture(params=["webhook", "reconcile_orders"])
def hear(request, scene):
    """How the shop learns what happened at Stripe."""
    return scene.hear if request.param == "webhook" else scene.reconcile


@pytest.fixture
def owner(scene, ada):
    """Ada, who has bought All Books."""
    ada.pay()
    assert scene.owns(ada)
    return ada


def test_refunds_in_the_dashboard(scene, owner, hear):
    charge = scene.charge_of(owner)

    scene.stripe.refund(charge, amount=1000)
    hear()
    assert scene.owns(owner)
    assert scene.statuses(owner) == ["paid"]

    scene.stripe.refund(charge, amount=2900)
    hear()
    assert not scene.owns(owner)
    assert scene.statuses(owner) == ["refunded"]


def test_a_refund_that_fails_later_restores_access(scene, ada, hear):
    ada.pay(scene.stripe.make_token(FAILING_REFUND))
    refund = scene.stripe.refund(scene.charge_of(ada))
    hear()
    assert not scene.owns(ada)

    scene.stripe.settle_refund(refund["id"], "fail")
    hear()
    assert scene.owns(ada)
    assert scene.statuses(ada) == ["paid"]


def test_a_pending_refund_ends_access_at_once(scene, ada):
    ada.pay(scene.stripe.make_token(PENDING_REFUND))

    assert scene.refund_by_staff(ada).result().returncode == 0

    assert not scene.owns(ada)
    [refund] = scene.stripe.ledger()["refunds"]
    scene.stripe.settle_refund(refund["id"], "succeed")
    scene.hear()
    assert not scene.owns(ada)


def test_staff_refund_a_part_and_then_the_rest(scene, owner):
    assert scene.refund_by_staff(owner, "--amount", "1000").result().returncode == 0
    assert scene.owns(owner)
    assert scene.charged(owner) == [2900]

    assert scene.refund_by_staff(owner).result().returncode == 0
    assert not scene.owns(owner)
    assert scene.charged(owner) == []


def test_refunds_at_the_same_moment_are_one(scene, owner):
    running = [scene.refund_by_staff(owner) for _ in range(4)]

    codes = sorted(each.result().returncode for each in running)

    assert (codes[0], codes[-1]) == (0, 1)
    assert refunded_amounts(scene) == [3900]
    assert not scene.owns(owner)


def test_staff_and_the_dashboard_refund_at_the_same_moment(scene, owner):
    held = scene.to_stripe.next(REFUND, proxy.hold_request())
    running = scene.refund_by_staff(owner)
    held.wait()
    scene.stripe.refund(scene.charge_of(owner))
    held.release()
    running.result()

    scene.hear()
    assert refunded_amounts(scene) == [3900]
    assert not scene.owns(owner)
    assert scene.statuses(owner) == ["refunded"]


def test_a_refund_that_stripe_refuses_restores_access(scene, owner):
    scene.stripe.dispute(scene.charge_of(owner))

    assert scene.refund_by_staff(owner).result().returncode != 0

    assert refunded_amounts(scene) == []
    scene.hear()
    assert scene.statuses(owner) == ["disputed"]


@pytest.mark.parametrize(
    "fault", [proxy.drop_request, proxy.drop_answer, proxy.garble_answer, proxy.answer(503)]
)
def test_a_refund_whose_answer_is_lost_is_made_once(scene, owner, fault):
    with scene.to_stripe.always(REFUND, fault):
        scene.refund_by_staff(owner).result()
        assert not scene.owns(owner)

    scene.let_time_pass(minutes=3)
    scene.reconcile()

    assert refunded_amounts(scene) == [3900]
    assert scene.statuses(owner) == ["refunded"]


@pytest.mark.parametrize("hold", [proxy.hold_request, proxy.hold_answer])
def test_a_refund_cut_off_by_a_crash_is_made_once(scene, hold):
    """Twice: once the program is killed, once PostgreSQL is stopped."""
    killed, stopped = scene.buyers[:2]
    for buyer in (killed, stopped):
        buyer.pay()
        held = scene.to_stripe.next(REFUND, hold())
        running = scene.refund_by_staff(buyer)
        held.wait()
        if buyer is killed:
            running.kill()
            held.cut()
            assert running.result().returncode is None
        else:
            scene.server.stop_at_once()
            held.release()
            assert running.result().returncode != 0
            scene.server.start()
        assert not scene.owns(buyer)

    scene.let_time_pass(minutes=3)
    scene.reconcile()

    assert refunded_amounts(scene) == [3900, 3900]
    for buyer in (killed, stopped):
        assert scene.statuses(buyer) == ["refunded"]


def test_a_late_event_about_the_refunded_order_leaves_the_next_one_alone(scene, owner):
    scene.refund_by_staff(owner).result()
    owner.pay()
    assert scene.statuses(owner) == ["refunded", "paid"]

    scene.hear()

    assert scene.owns(owner)
    assert scene.statuses(owner) == ["refunded", "paid"]


def test_a_refund_fails_after_the_reader_has_bought_again(scene, ada):
    ada.pay(scene.stripe.make_token(FAILING_REFUND))
    refund = scene.stripe.refund(scene.charge_of(ada))
    scene.hear()
    ada.pay()

    scene.stripe.settle_refund(refund["id"], "fail")
    scene.hear()

    assert scene.charged(ada) == [3900]
    assert scene.owns(ada)


def test_a_refund_races_with_buying_again(scene, owner):
    refunding = scene.refund_by_staff(owner)
    scene.all_at_once(*[owner.pay] * 4)
    refunding.result()

    scene.hear()

    assert len(scene.charged(owner)) <= 1


@pytest.mark.parametrize(
    ("ending", "status", "open_again"),
    [("won", "paid", True), ("lost", "disputed", False), ("prevented", "paid", True)],
)
def test_dispute(scene, owner, hear, ending, status, open_again):
    dispute = scene.stripe.dispute(scene.charge_of(owner))
    hear()
    assert not scene.owns(owner)
    assert scene.statuses(owner) == ["disputed"]
    assert scene.refund_by_staff(owner).result().returncode != 0

    scene.stripe.close_dispute(dispute["id"], ending)
    hear()
    assert scene.owns(owner) is open_again
    assert scene.statuses(owner) == [status]


@pytest.mark.parametrize("ending", ["warning_closed", "prevented"])
def test_an_inquiry_takes_nothing_away(scene, owner, ending):
    inquiry = scene.stripe.inquire(scene.charge_of(owner))
    scene.hear()
    assert scene.owns(owner)

    scene.stripe.close_dispute(inquiry["id"], ending)
    scene.hear()
    assert scene.owns(owner)


def test_a_disputed_book_cannot_be_bought_again(scene, owner):
    scene.stripe.dispute(scene.charge_of(owner))
    scene.hear()

    owner.pay()

    assert len(scene.stripe.charges) == 1
    assert not scene.owns(owner)


def test_a_card_disputed_at_the_moment_of_the_payment(scene, ada):
    scene.send_events()

    ada.pay("tok_createDispute")

    scene.wait_for_deliveries()
    assert scene.statuses(ada) == ["disputed"]
    assert not scene.owns(ada)


def refunded_amounts(scene):
    return [each["amount"] for each in scene.stripe.ledger()["refunds"] if each["status"] != "failed"]
