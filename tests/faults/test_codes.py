"""Buying with a discount code while something breaks: it is used as often as it may be, and never lost."""

import pytest

from tests.faults import crashes, proxy
from tests.faults.shop import Stranger
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
# What All Books cost with the code, and without.
CHEAPER, FULL = 2900, 3900


@pytest.fixture
def code(scene):
    """A code that takes ten dollars off and may be used once; answers how often it has been used."""
    return Code(scene, most_uses=1)


class Code:
    """A discount code in the scene's shop."""

    def __init__(self, scene, *, most_uses):
        self._scene = scene
        scene.server.ask(
            "INSERT INTO orders_discountcode (code, key, batch, amount, amounts, most_uses,"
            " first_purchase_only, combines, created_at)"
            " VALUES ('SPRING', 'SPR1NG', '', 1000, '{}', %s, false, false, now())",
            most_uses,
        )

    def shown_to(self, buyer):
        """Return the signed item of a buyer's purchase page with the code."""
        return buyer.shown_item("/orders/?code=spring")

    @property
    def uses(self):
        [(uses,)] = self._scene.server.ask(
            "SELECT count(*) FROM orders_order WHERE discount_code_id IS NOT NULL AND status <> 'expired'"
        )
        return uses


def test_the_last_use_wanted_by_twenty_at_once_goes_to_one(scene, code):
    people = [Stranger.at(scene, f"crowd{number}@example.com") for number in range(20)]
    items = {each.email: code.shown_to(each) for each in people}

    answers = scene.all_at_once(*[lambda each=each: each.pay(item=items[each.email]) for each in people])

    assert {answer.status for answer in answers} == {302}
    assert scene.charged() == [CHEAPER]
    assert code.uses == 1


def test_twenty_tabs_of_one_buyer_use_it_once(scene, ada, code):
    item = code.shown_to(ada)

    scene.all_at_once(*[lambda: ada.pay(item=item)] * 20)

    assert (scene.charged(ada), code.uses) == ([CHEAPER], 1)


def test_a_charge_whose_answer_is_lost_keeps_its_use(scene, ada, bob, code):
    theirs, item = code.shown_to(bob), code.shown_to(ada)
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        ada.pay(item=item)
        bob.pay(item=theirs)

        assert (scene.charged(), code.uses) == ([CHEAPER], 1)

    assert scene.reconcile()["settled"] == 1
    assert (scene.charged(ada), scene.charged(bob), scene.owns(ada)) == ([CHEAPER], [], True)


def test_a_crash_at_each_point_neither_loses_a_use_nor_makes_one(scene):
    code = Code(scene, most_uses=4)
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))
    items = {buyer.email: code.shown_to(buyer) for buyer in buyers.values()}

    crash_at_every_point(
        scene,
        buyers,
        {"before": METHOD, "after": CONFIRM},
        crashes.CRASHES["worker killed"],
        pay=lambda buyer: buyer.pay(item=items[buyer.email]),
    )

    expected = {point: [CHEAPER] if amounts else [] for point, amounts in CHARGED.items()}
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == expected
    scene.reconcile()
    for buyer in buyers.values():
        if not scene.charged(buyer):
            buyer.pay(item=code.shown_to(buyer))
        assert (scene.charged(buyer), scene.owns(buyer)) == ([CHEAPER], True)
    assert code.uses == 4


def test_a_use_comes_back_when_the_order_expires(scene, ada, bob, code):
    ada.pay("tok_chargeDeclined", item=code.shown_to(ada))
    bob.pay(item=ada.shown_item("/orders/?code=spring"))
    assert (scene.charged(), code.uses) == ([], 1)

    scene.let_time_pass(minutes=25 * 60)
    scene.commands.run("run_worker", "--once")
    assert code.uses == 0
    bob.pay(item=code.shown_to(bob))

    assert (scene.charged(bob), code.uses) == ([CHEAPER], 1)


def test_the_webhook_comes_before_the_buyer_of_a_session_with_a_code(scene, ada, bob, code):
    session = ada.open_session(code.shown_to(ada))
    # The use is held while ada may pay.
    assert "This code has been used up." in bob.get("/orders/?code=spring").text
    scene.stripe.pay_session(session)

    scene.hear()
    ada.return_from(session)

    assert (scene.charged(ada), code.uses, scene.owns(ada)) == ([CHEAPER], 1, True)


def test_a_code_that_is_gone_charges_nobody_another_sum(scene, ada, code):
    item = code.shown_to(ada)
    scene.server.ask("UPDATE orders_discountcode SET ends_at = now()")

    ada.pay(item=item)

    assert scene.charged() == []
    ada.pay()
    assert scene.charged() == [FULL]
