"""A sale that ends while somebody pays: what they are charged is what they were shown, or nothing."""

import pytest

from tests.faults import crashes, proxy
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
REGULAR, IN_SALE = 3900, 1950
PERCENT = 50


def begin_sale(scene):
    """Put everything on sale for an hour, at half its price."""
    scene.server.ask(
        "INSERT INTO books_sale (name, begins, ends, percent, amounts, everything)"
        " VALUES ('Today', now() - interval '1 second', now() + interval '1 hour', %s, '{}', true)",
        PERCENT,
    )


def end_sale(scene):
    """End the sales that run."""
    scene.server.ask("UPDATE books_sale SET ends = now() WHERE ends > now()")


@pytest.fixture(autouse=True)
def _sale(scene):
    begin_sale(scene)


def test_a_page_held_open_past_the_end_charges_nothing_and_the_next_shows_the_regular_price(scene, ada):
    item = ada.shown_item()
    end_sale(scene)

    answer = ada.pay(item=item)

    assert (answer.status, answer.headers["Location"]) == (302, "/orders/")
    assert scene.charged() == []
    assert scene.orders(ada) == []
    page = ada.get("/orders/").text
    assert "$39.00" in page
    assert "$19.50" not in page
    ada.pay(item=ada.shown_item())
    assert_bought_once(scene, ada, REGULAR)


def test_one_that_ends_between_claim_and_call_charges_what_was_shown(scene, ada):
    item = ada.shown_item()
    held = scene.to_stripe.next(METHOD, proxy.hold_answer())
    paying = scene.in_background(lambda: ada.pay(item=item))
    held.wait()

    end_sale(scene)
    held.release()

    assert paying.result().status == 302
    assert_bought_once(scene, ada, IN_SALE)


def test_a_lost_answer_from_the_sale_is_found_and_nobody_pays_the_regular_price_too(scene, ada):
    item = ada.shown_item()
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        ada.pay(item=item)
        end_sale(scene)
        ada.pay()

        assert scene.charged() == [IN_SALE]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, ada, IN_SALE)


@pytest.mark.parametrize("recovery", ["reconcile_orders", "webhook"])
def test_crash_at_each_point_of_a_payment_in_a_sale_that_ends(scene, recovery):
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))
    items = {buyer.email: buyer.shown_item() for buyer in buyers.values()}

    crash_at_every_point(
        scene,
        buyers,
        {"before": METHOD, "after": CONFIRM},
        crashes.CRASHES["worker killed"],
        pay=lambda buyer: buyer.pay(item=items[buyer.email]),
    )
    end_sale(scene)

    before = {point: [IN_SALE] if amounts else [] for point, amounts in CHARGED.items()}
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == before
    if recovery == "webhook":
        scene.hear()
    scene.reconcile()
    for point, buyer in buyers.items():
        buyer.pay()
        assert_bought_once(scene, buyer, IN_SALE if before[point] else REGULAR)


def test_a_session_from_the_sale_is_paid_after_its_end_and_the_webhook_comes_first(scene, ada):
    session = ada.open_session(ada.shown_item())
    end_sale(scene)
    scene.stripe.pay_session(session)

    scene.hear()
    ada.return_from(session)

    assert_bought_once(scene, ada, IN_SALE)


def test_a_session_from_the_sale_is_closed_for_whoever_is_shown_the_regular_price(scene, ada):
    ada.open_session(ada.shown_item())
    end_sale(scene)

    ada.pay(item=ada.shown_item())

    assert_bought_once(scene, ada, REGULAR)
    assert {session["status"] for session in scene.stripe.ledger()["checkout_sessions"]} == {"expired"}


def test_twenty_tabs_from_before_and_after_the_end_are_one_charge(scene, ada):
    in_sale = ada.shown_item()
    end_sale(scene)
    items = [in_sale, ada.shown_item()] * 10

    scene.all_at_once(*[lambda item=item: ada.pay(item=item) for item in items])

    assert_bought_once(scene, ada, REGULAR)


def assert_bought_once(scene, buyer, amount):
    assert scene.charged(buyer) == [amount]
    assert scene.statuses(buyer).count("paid") == 1
    assert scene.owns(buyer)
