"""Several things in one order: whatever breaks, each is charged once, and what is charged can be read."""

import pytest

from tests.faults import crashes, proxy
from tests.faults.people import STAFF
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

REFUND = "POST /v1/refunds"
BOTH_TRIES = 2
DO_NOT_PAY_AGAIN = "Do not pay again."
# The price of each book.
PRICE = 900
REFUND_A_LINE = """
from orders.models import Order
from orders.payments import refunds
from users.models import CustomUser
order = Order.objects.get(pk={order!r})
staff = CustomUser.objects.get(email={staff!r})
line = order.lines.get(item="book:{book}")
print(refunds.refund(order, by=staff, reason="Asked.", lines=[line]).status)
"""


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


@pytest.fixture
def two(scene):
    """The two books that are bought together."""
    return scene.books[:2]


def pay_for_two(buyer):
    return buyer.pay(item=buyer.gather(*buyer.scene.books[:2]))


def test_no_fault(scene, ada):
    assert pay_for_two(ada).status == 302

    assert_bought_once(scene, ada)


def test_a_charge_whose_answer_is_lost_is_found(scene, ada, two):
    item = ada.gather(*two)
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        page = ada.get(ada.pay(item=item).headers["Location"])
        single = ada.pay(item=ada.shown_item(f"/orders/?book={two[0]}") or item)

        assert DO_NOT_PAY_AGAIN in page.text
        assert single.headers["Location"].startswith("/orders/")
        assert scene.charged() == [2 * PRICE]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, ada)


def test_crash_at_each_point_of_a_payment(scene, crash):
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))
    items = {buyer.email: buyer.gather(*scene.books[:2]) for buyer in buyers.values()}

    crash_at_every_point(
        scene,
        buyers,
        {"before": METHOD, "after": CONFIRM},
        crash,
        pay=lambda buyer: buyer.pay(item=items[buyer.email]),
    )

    expected = {point: [2 * PRICE] if amounts else [] for point, amounts in CHARGED.items()}
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == expected
    scene.reconcile()
    for buyer in buyers.values():
        if not scene.charged(buyer):
            buyer.pay(item=buyer.gather(*scene.books[:2]))
        assert_bought_once(scene, buyer)


def test_twenty_tabs_are_one_charge(scene, ada, two):
    item = ada.gather(*two)

    answers = scene.all_at_once(*[lambda: ada.pay(item=item)] * 20)

    assert {answer.status for answer in answers} == {302}
    assert_bought_once(scene, ada)


def test_webhook_before_the_answer(scene, ada, two):
    item = ada.gather(*two)
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(lambda: ada.pay(item=item))
    held.wait()

    scene.hear()
    assert scene.reads(ada) == [True, True, False]
    held.release()

    assert paying.result().status == 302
    assert_bought_once(scene, ada)


def test_two_carts_that_share_a_book_at_once(scene, ada):
    ferry, tram, pier = scene.books
    items = [ada.gather(ferry, tram), ada.gather(tram, pier), ada.gather(ferry, tram, pier)]
    items.append(ada.shown_item(f"/orders/?book={tram}"))

    scene.all_at_once(*[lambda item=item: ada.pay(item=item) for item in items * 3])

    read = scene.reads(ada)
    assert read[1] or read[2]
    assert sum(scene.charged(ada)) == PRICE * sum(read)


def test_a_session_paid_after_one_of_its_books_was_bought(scene, ada):
    ferry, tram, _ = scene.books
    session = ada.open_session(ada.gather(ferry, tram))
    # Stripe cannot be asked to close the session, and the buyer pays in it.
    single = ada.shown_item(f"/orders/?book={ferry}")
    with scene.to_stripe.always("POST /v1/checkout/sessions/*/expire", proxy.answer(503)):
        ada.pay(item=single)
    assert scene.charged() == []
    scene.stripe.pay_session(session)

    assert ada.pay(item=single).status == 302

    assert_bought_once(scene, ada)


@pytest.mark.parametrize("fault", ["lost", "held"])
def test_a_line_is_refunded_while_the_order_is_settled(scene, ada, fault):
    pay_for_two(ada)
    [order] = scene.orders(ada)
    code = REFUND_A_LINE.format(order=order, staff=STAFF, book=scene.books[0])
    if fault == "lost":
        scene.to_stripe.next(REFUND, proxy.drop_answer, times=BOTH_TRIES)
        refunding = scene.commands.start("shell", "-v", "0", "-c", code)
        refunding.result()
        scene.hear()
    else:
        held = scene.to_stripe.next(REFUND, proxy.hold_answer())
        refunding = scene.commands.start("shell", "-v", "0", "-c", code)
        held.wait()
        scene.hear()
        held.release()
        refunding.result()

    scene.reconcile()
    assert scene.charged(ada) == [PRICE]
    assert scene.reads(ada) == [False, True, False]
    assert scene.statuses(ada) == ["paid"]
    # The book can be bought again.
    ada.pay(item=ada.gather(scene.books[0]))
    assert scene.reads(ada) == [True, True, False]
    assert scene.charged(ada) == [PRICE, PRICE]


def assert_bought_once(scene, buyer):
    assert scene.charged(buyer) == [2 * PRICE]
    assert scene.statuses(buyer) == ["paid"]
    assert scene.reads(buyer) == [True, True, False]
