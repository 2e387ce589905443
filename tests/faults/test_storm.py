"""A thousand purchases while a fifth of all calls and deliveries fail and workers are killed."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from http.client import HTTPException
from random import Random
from urllib.error import HTTPError

import pytest

from tests.faults import proxy

pytestmark = pytest.mark.postgresql

SEED = 20261123
BUYERS = 50
TRIES = 1000
AT_ONCE = 12
FRACTION = 0.2
SECONDS_BETWEEN_ROUNDS = 2
ROUNDS_OF_REPAIR = 10
ON_THE_WAY = [proxy.drop_request, proxy.drop_answer, proxy.duplicate, proxy.delay(0.1), proxy.answer(503)]
AT_STRIPE = [
    *ON_THE_WAY,
    proxy.garble_answer,
    proxy.answer(429),
    proxy.answer(500),
    proxy.replace_answer(500),
]


def test_storm(scene):
    """Buyers pay by token and in sessions, in several tabs, are refunded, and come back or do not."""
    print(f"The seed is {SEED}.")
    buyers = scene.buyers[:BUYERS]
    scene.send_events()
    with (
        scene.to_stripe.storm(SEED, fraction=FRACTION, faults=AT_STRIPE),
        scene.to_shop.storm(SEED, fraction=FRACTION, faults=ON_THE_WAY),
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        visits = [pool.submit(visit, scene, buyers, Random(SEED + number)) for number in range(TRIES)]
        # What the worker does all the time, and the crashes that hit it and the web workers.
        while wait(visits, timeout=SECONDS_BETWEEN_ROUNDS).not_done:
            scene.shop.kill_a_worker()
            scene.commands.run("reconcile_orders", "--minutes", "0")
    for each in visits:
        each.result()
    scene.wait_for_deliveries()

    for _ in range(ROUNDS_OF_REPAIR):
        if not any(scene.reconcile().values()):
            break
    else:
        pytest.fail("After so many rounds there was still something to repair.")

    # That nobody was charged twice and everybody has what they paid for is checked after every scenario.
    assert len([charge for charge in scene.stripe.charges if charge["paid"]]) > BUYERS


def visit(scene, buyers, chance):
    """Have one buyer try to buy, sometimes after a refund."""
    buyer = chance.choice(buyers)
    # Connections break, and the other tab closes sessions.
    with suppress(OSError, HTTPError, HTTPException):
        if chance.random() < 0.5:
            refund(scene, buyer, chance)
        if chance.random() < 0.6:
            buyer.pay()
        elif session := buyer.open_session():
            scene.stripe.pay_session(session)
            if chance.random() < 0.5:
                buyer.return_from(session)


def refund(scene, buyer, chance):
    """Refund what the buyer has, mostly in Stripe's dashboard."""
    for charge in scene.charges_of_paid_orders(buyer):
        if chance.random() < 0.1:
            scene.refund_by_staff(buyer).result()
        else:
            scene.stripe.refund(charge)
