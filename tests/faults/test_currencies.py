"""Buying in another currency than the shop's own, and changing it in another tab, while something breaks."""

from dataclasses import replace

import pytest

from tests.faults import crashes, proxy
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
# What All Books cost by the scene's price list.
IN_EUROS = (3599, "eur")
IN_DOLLARS = (3900, "usd")


@pytest.fixture
def euros(ada):
    """Ada's tab in which prices are in euros."""
    return replace(ada, currency="eur")


def test_what_is_in_doubt_is_found_in_its_currency(scene, ada, euros):
    item = euros.shown_item()
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        euros.pay(item=item)
        # The answer is lost: nobody pays again, in whatever currency.
        ada.pay()

        assert charged(scene) == [IN_EUROS]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, ada, IN_EUROS)


@pytest.mark.parametrize("recovery", ["reconcile_orders", "webhook"])
def test_crash_at_each_point_of_a_payment(scene, recovery):
    buyers = dict(zip(CHARGED, (replace(each, currency="eur") for each in scene.buyers), strict=False))
    items = {buyer.email: buyer.shown_item() for buyer in buyers.values()}

    crash_at_every_point(
        scene,
        buyers,
        {"before": METHOD, "after": CONFIRM},
        crashes.CRASHES["worker killed"],
        pay=lambda buyer: buyer.pay(item=items[buyer.email]),
    )

    before = {point: [IN_EUROS] if amounts else [] for point, amounts in CHARGED.items()}
    assert {point: charged(scene, buyer) for point, buyer in buyers.items()} == before
    if recovery == "webhook":
        scene.hear()
    scene.reconcile()
    for point, buyer in buyers.items():
        # Whoever has paid is charged no more; whoever has not, pays in the other currency.
        replace(buyer, currency="").pay()
        assert_bought_once(scene, buyer, IN_EUROS if before[point] else IN_DOLLARS)


def test_the_currency_is_changed_in_another_tab_while_one_pays(scene, ada, euros):
    in_euros, in_dollars = euros.shown_item(), ada.shown_item()
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(lambda: euros.pay(item=in_euros))
    held.wait()

    ada.pay(item=in_dollars)
    held.release()

    assert paying.result().status == 302
    assert_bought_once(scene, ada, IN_EUROS)


def test_a_session_in_euros_is_paid_after_dollars_were_asked_for(scene, ada, euros):
    session = euros.open_session()
    in_dollars = ada.shown_item()
    # Stripe cannot be asked to close the session, and the buyer pays in it.
    with scene.to_stripe.always("POST /v1/checkout/sessions/*/expire", proxy.answer(503)):
        ada.pay(item=in_dollars)
    assert charged(scene) == []
    scene.stripe.pay_session(session)

    ada.pay(item=in_dollars)

    assert_bought_once(scene, ada, IN_EUROS)


def test_both_currencies_in_twenty_tabs_are_one_charge(scene, ada, euros):
    items = [euros.shown_item(), ada.shown_item()] * 10

    scene.all_at_once(*[lambda item=item: ada.pay(item=item) for item in items])

    [paid] = charged(scene, ada)
    assert paid in {IN_EUROS, IN_DOLLARS}
    assert_bought_once(scene, ada, paid)


def charged(scene, buyer=None):
    """Return the amount and currency of each charge for the buyer's orders, of all without a buyer."""
    mine = scene.orders(buyer) if buyer else None
    return [
        (charge["amount"], charge["currency"])
        for charge in scene.stripe.charges
        if charge["status"] == "succeeded" and (mine is None or charge["metadata"].get("order_id") in mine)
    ]


def assert_bought_once(scene, buyer, paid):
    assert charged(scene, buyer) == [paid]
    assert scene.statuses(buyer).count("paid") == 1
    assert scene.owns(buyer)
