"""A thousand visits to the till while a fifth of all calls and deliveries fail and workers are killed."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException
from itertools import cycle
from random import Random
from urllib.error import HTTPError

import pytest

from tests.faults import proxy
from tests.faults.shop import Stranger
from tests.faults.test_codes import Code
from tests.faults.test_sales import begin_sale, end_sale

pytestmark = pytest.mark.postgresql

SEED = 20261123
BUYERS = 50
GUESTS = 10
# Of five buyers one gathers carts. The others buy All Books, which nothing they had paid for makes cheaper.
ONE_GATHERS_OF = 5
# Of the visits by people who come back: how many are for a gift.
SHARE_OF_GIFTS = 0.1
# Of all visits: how many are by people who come once, for one thing. They own nothing that is in their way.
SHARE_OF_NEWCOMERS = 0.7
# Of those who pre-order then: how many take their money back at once.
SHARE_OF_REGRETS = 0.3
# Further things to buy: two books in a bundle, a free book, and one whose price the buyer chooses.
MORE_TO_BUY = """
from books.models import Book
from books.tests.builders import make_book, make_bundle
two = Book.objects.filter(pk__in={two!r})
make_bundle("Two", *two)
print(make_book("Free", price=0).pk, make_book("Tides", minimum_price=300).pk)
"""
CURRENCIES = ["", "", "", "eur"]
TRIES = 1000
# What newcomers buy: a code that takes off all of the price is among them.
KINDS = ["everything", "preorder", "bundle", "free", "chosen", "code", "seats"]
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
    """Buyers pay by token and in sessions, in tabs and currencies, are refunded, and come back or do not.

    Some are guests, who claim what they have bought on another device, some gather carts, some give, and some
    have a discount code. Sales begin and end. One of the books has not opened, and whoever has it may take
    the money back. Newcomers buy everything that the shop sells, once.

    Of the thousand visits, three in ten are by fifty people who own more and more, so most of these end
    without a purchase. Of the others eight in ten end in a paid order; the rest met a fault and gave up. That
    makes some 690 paid orders: about 90 each of a free book, of one at a chosen amount and of one with a code
    for all of its price; about 70 each of All Books, a pre-order, a bundle and three copies; the others by
    those who come back.
    """
    unopened = "UPDATE books_book SET opens_at = now() + interval '1 day' WHERE id = %s"
    scene.server.ask(unopened, scene.books[-1])
    print(f"The seed is {SEED}.")
    people = [[buyer] for buyer in scene.buyers[: BUYERS - GUESTS]]
    people += [guest_with_two_devices(scene, number) for number in range(GUESTS)]
    sales = cycle((False, True))
    code = Code(scene, most_uses=TRIES)
    newcomers = Newcomers(scene)
    scene.send_events()
    with (
        scene.to_stripe.storm(SEED, fraction=FRACTION, faults=AT_STRIPE),
        scene.to_shop.storm(SEED, fraction=FRACTION, faults=ON_THE_WAY),
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        visits = [pool.submit(come, scene, people, newcomers, number) for number in range(TRIES)]
        # What the worker does all the time, and the crashes that hit it and the web workers.
        while wait(visits, timeout=SECONDS_BETWEEN_ROUNDS).not_done:
            end_sale(scene) if next(sales) else begin_sale(scene)
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
    paid = [charge for charge in scene.stripe.charges if charge["paid"]]
    orders = newcomers.count_orders()
    print(f"{sum(orders.values())} paid orders: {orders}")
    assert sum(orders.values()) > TRIES / 2
    assert orders.keys() == {*KINDS, "other"}
    assert {charge["currency"] for charge in paid} == {"usd", "eur"}
    assert {charge["amount"] for charge in paid} >= {3900, 1950}
    [(carts,)] = scene.server.ask(
        "SELECT count(*) FROM orders_order WHERE item = 'cart' AND paid_at IS NOT NULL"
    )
    [(claimed,)] = scene.server.ask("SELECT count(*) FROM users_customuser WHERE moved_to_id IS NOT NULL")
    [(back,)] = scene.server.ask("SELECT count(*) FROM orders_refund WHERE origin = 'buyer'")
    [(taken,)] = scene.server.ask("SELECT count(*) FROM orders_seat WHERE redeemer_id IS NOT NULL")
    print(
        f"{len(paid)} charges, {carts} carts, {claimed} guests who claimed, {back} books taken back, "
        f"{taken} gifts that were taken, {code.uses} uses of a code."
    )
    assert min(carts, claimed, back, taken, code.uses) > 0


class Newcomers:
    """Guests who come once, each for one kind of thing, in turn."""

    def __init__(self, scene):
        self._scene = scene
        made = scene.commands.run("shell", "-v", "0", "-c", MORE_TO_BUY.format(two=scene.books[:2]))
        assert made.returncode == 0, made
        free, tides = made.stdout.split()
        scene.server.ask(
            "INSERT INTO orders_discountcode (code, key, batch, percent, amounts, most_uses,"
            " first_purchase_only, combines, created_at)"
            " VALUES ('TREAT', 'TREAT', '', 100, '{}', %s, false, false, now())",
            TRIES,
        )
        ferry = scene.books[0]
        self._pages = {
            "everything": "/orders/",
            "preorder": f"/orders/?book={scene.books[-1]}",
            "bundle": "/orders/?bundle=two",
            "free": f"/orders/?book={free}",
            "chosen": f"/orders/?book={tides}&amount=12",
            "code": f"/orders/?book={ferry}&code=treat",
        }

    def visit(self, number, chance):
        """Have somebody buy something."""
        kind = KINDS[number % len(KINDS)]
        buyer = Stranger.at(self._scene, f"{kind}{number}@example.com")
        with suppress(OSError, HTTPError, HTTPException):
            if kind == "seats":
                give(self._scene, buyer, f"reader{number}@example.com", kind="seats", copies=3)
                return
            item = buyer.shown_item(self._pages[kind])
            if kind not in {"free", "code"} and chance.random() < 0.6:
                buyer.pay(item=item)
            elif session := buyer.open_session(item):
                self._scene.stripe.pay_session(session)
                buyer.return_from(session)
            if kind == "preorder" and chance.random() < SHARE_OF_REGRETS:
                take_back(self._scene, buyer)

    def count_orders(self):
        """Count the orders that were ever paid, by the kind of newcomer, and those of all others."""
        rows = self._scene.server.ask(
            "SELECT substring(email from '^([a-z]+)[0-9]+@'), count(*) FROM orders_order"
            " WHERE paid_at IS NOT NULL GROUP BY 1"
        )
        found = Counter()
        for kind, orders in rows:
            found[kind if kind in KINDS else "other"] += orders
        return found


def guest_with_two_devices(scene, number):
    """Return a guest's browser and the other device, on which they open their letters."""
    browser = Stranger.at(scene, f"guest{number}@example.com")
    return [browser, Stranger(scene, browser.email, "", {**browser.jar, "__Host-buyer": ""})]


def come(scene, people, newcomers, number):
    """Have a newcomer visit the shop, or somebody who comes back."""
    chance = Random(SEED + number)
    if chance.random() < SHARE_OF_NEWCOMERS:
        newcomers.visit(number, chance)
    else:
        visit(scene, people, chance)


def visit(scene, people, chance):
    """Have one buyer try to buy, sometimes after a refund or a claim."""
    number = chance.randrange(len(people))
    devices = people[number]
    buyer = replace(chance.choice(devices), currency=chance.choice(CURRENCIES))
    # Connections break, and the other tab closes sessions.
    with suppress(OSError, HTTPError, HTTPException):
        if chance.random() < 0.5:
            refund(scene, buyer, chance)
        if len(devices) > 1 and chance.random() < 0.3 and (link := scene.claim_link(buyer)):
            devices[-1].claim(link)
        if chance.random() < SHARE_OF_GIFTS:
            give(scene, buyer, f"reader{chance.random()}@example.com")
            return
        item = None
        if number % ONE_GATHERS_OF == 0:
            item = buyer.gather(*chance.sample(scene.books, 2))
            if not item:
                # They have both; a form without an item would be for All Books.
                return
        elif len(devices) > 1 or buyer.currency:
            item = buyer.shown_item(chance.choice(["/orders/", "/orders/?code=spring"]))
        if chance.random() < 0.6:
            buyer.pay(**({"item": item} if item else {}))
        elif session := buyer.open_session(item):
            scene.stripe.pay_session(session)
            if chance.random() < 0.5:
                buyer.return_from(session)


def give(scene, buyer, reader, **typed):
    """Have the buyer give a book; a reader without an account takes it by the link that the order shows."""
    typed = {"kind": "gift", "giver": "Carol", "recipient": "Tom"} | typed
    page = buyer.post(f"/orders/give/?book={scene.books[0]}", {**typed, "email": ""}).headers["Location"]
    if not page or not (item := buyer.shown_item(page)):
        return
    order = buyer.pay(item=item).headers["Location"]
    page = f"{order}seats/" if "copies" in typed else order
    link = re.search(r"/gifts/[\w-]+/", buyer.get(page).text) if order else None
    if link:
        Stranger.at(scene, reader).post(link[0], {})


def refund(scene, buyer, chance):
    """Refund what the buyer has, mostly in Stripe's dashboard; sometimes they take a book back themselves."""
    if chance.random() < 0.3:
        take_back(scene, buyer)
        return
    for charge in scene.charges_of_paid_orders(buyer):
        if chance.random() < 0.1:
            scene.refund_by_staff(buyer).result()
        else:
            scene.stripe.refund(charge)


def take_back(scene, buyer):
    """Have the buyer take back the book that has not opened, if they have it."""
    lines = scene.server.ask(
        "SELECT o.id::text, l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
        " WHERE o.email = %s AND o.status = 'paid' AND l.is_open AND l.book_id = %s",
        buyer.email,
        scene.books[-1],
    )
    for order, line in lines:
        buyer.post(f"/orders/{order}/take-back/", {"line": line})
