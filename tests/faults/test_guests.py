"""Buying without an account, and claiming what was bought, while something breaks or happens twice."""

import pytest

from tests.faults import crashes, proxy
from tests.faults.shop import Stranger
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
DO_NOT_PAY_AGAIN = "We are confirming your payment. Do not pay again."


@pytest.fixture
def carol(scene):
    """Somebody without an account."""
    return scene.strangers[0]


@pytest.fixture
def phone(carol):
    """Carol's other device, on which she opens her letter."""
    phone = Stranger.at(carol.scene, carol.email)
    phone.jar["__Host-buyer"] = ""
    return phone


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


def test_twenty_tabs_of_one_browser_are_one_guest_and_one_charge(scene, carol):
    answers = scene.all_at_once(*[carol.pay] * 20)

    assert {answer.status for answer in answers} == {302}
    assert_bought_once(scene, carol)
    assert guests(scene) == 1


def test_a_token_sent_twenty_times_is_one_charge(scene, carol):
    token = scene.stripe.make_token("4242424242424242")

    scene.all_at_once(*[lambda: carol.pay(token)] * 20)

    assert_bought_once(scene, carol)


def test_a_charge_whose_answer_is_lost_is_found_and_readable(scene, carol):
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        page = carol.get(carol.pay().headers["Location"])
        carol.pay()

        assert DO_NOT_PAY_AGAIN in page.text
        assert scene.charged() == [3900]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, carol)


@pytest.mark.parametrize("recovery", ["reconcile_orders", "webhook"])
def test_crash_at_each_point_of_a_guest_s_payment(scene, crash, recovery):
    buyers = dict(zip(CHARGED, scene.strangers, strict=False))

    crash_at_every_point(scene, buyers, {"before": METHOD, "after": CONFIRM}, crash)

    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == CHARGED
    if recovery == "webhook":
        scene.hear()
    scene.reconcile()
    for point, buyer in buyers.items():
        # Whoever never got an answer has no session, but a browser that is known.
        buyer.get("/orders/")
        assert scene.owns(buyer) is bool(CHARGED[point]), point
        buyer.pay()
        assert_bought_once(scene, buyer)


def test_the_webhook_comes_before_the_buyer_comes_back(scene, carol):
    session = carol.open_session()
    scene.stripe.pay_session(session)

    scene.hear()
    carol.return_from(session)

    assert_bought_once(scene, carol)


def test_a_claim_link_opened_ten_times_at_once_makes_one_account(scene, carol, phone):
    carol.pay()
    link = scene.claim_link(carol)
    tabs = [Stranger(scene, phone.email, "", dict(phone.jar)) for _ in range(10)]

    answers = scene.all_at_once(*[lambda tab=tab: tab.claim(link) for tab in tabs])

    assert {answer.status for answer in answers} <= {200, 302}
    assert accounts(scene, carol.email) == 1
    assert sum(scene.owns(tab) for tab in tabs) == 1
    assert carol.get(scene.page).headers["Location"].startswith("/accounts/login/")
    assert not scene.owns(carol)


def test_a_claim_while_the_webhook_comes(scene, carol, phone):
    carol.pay()
    link = scene.claim_link(carol)
    # The second order is being paid while the first is claimed, and with it everything else.
    scene.server.ask("UPDATE books_book SET price = 900")
    book = scene.page.split("/")[2]
    item = carol.shown_item(f"/orders/?book={book}")
    assert item == ""  # they own it: All Books
    charge = scene.charge_of(carol)
    with scene.locked_orders(carol):
        claiming = scene.in_background(phone.claim, link)
        scene.wait_for_somebody_at_the_lock()
        hearing = scene.in_background(scene.hear)
    assert claiming.result().status == 302
    hearing.result()

    assert scene.owns(phone)
    assert scene.charges_of_paid_orders(carol) == [charge]


def test_a_claim_while_staff_refund_the_order(scene, carol, phone):
    carol.pay()
    link = scene.claim_link(carol)
    with scene.locked_orders(carol):
        claiming = scene.in_background(phone.claim, link)
        scene.wait_for_somebody_at_the_lock()
        refunding = scene.refund_by_staff(carol)
    assert claiming.result().status == 302
    assert refunding.result().returncode == 0

    assert scene.charged() == []
    assert not scene.owns(phone)


def test_a_claim_while_a_session_of_the_guest_is_paid(scene, carol, phone):
    book = scene.page.split("/")[2]
    scene.server.ask("UPDATE books_book SET price = 900")
    carol.pay(item=carol.shown_item(f"/orders/?book={book}"))
    link = scene.claim_link(carol)
    session = carol.open_session()
    scene.stripe.pay_session(session)

    scene.all_at_once(lambda: phone.claim(link), lambda: carol.return_from(session), scene.reconcile)

    scene.reconcile()
    assert scene.owns(phone)
    assert sorted(scene.charged()) == [900, scene.stripe.charges[-1]["amount"]]
    assert accounts(scene, carol.email) == 1


def test_the_same_person_as_guest_and_logged_in_pays_for_one(scene, ada):
    guest = Stranger.at(scene, ada.email)
    guest.pay()
    link = scene.claim_link(guest)
    ada.pay()
    assert scene.charged() == [3900, 3900]
    logged_in = Stranger(
        scene, ada.email, "", {"__Host-csrftoken": "b" * 32, "__Host-sessionid": ada.session}
    )

    assert logged_in.claim(link).status == 302

    scene.reconcile()
    assert scene.charged() == [3900]
    assert scene.owns(ada)
    assert sorted(scene.statuses(ada)) == ["paid", "refunded"]


def assert_bought_once(scene, buyer):
    assert scene.charged(buyer) == [3900]
    assert scene.statuses(buyer) == ["paid"]
    assert scene.owns(buyer)


def guests(scene):
    [(number,)] = scene.server.ask("SELECT count(*) FROM users_customuser WHERE is_guest")
    return number


def accounts(scene, email):
    [(number,)] = scene.server.ask("SELECT count(*) FROM users_customuser WHERE email = %s", email)
    return number
