"""Gifts and copies for others: whatever breaks, each is charged once, and a link opens it to one reader."""

import re

import pytest

from tests.faults import crashes, proxy
from tests.faults.people import STAFF
from tests.faults.shop import Stranger
from tests.faults.test_codes import Code
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point
from tests.faults.test_sales import begin_sale, end_sale

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
PRICE = 900
# A copy in the sale, with the code, which is limited and so for one copy.
CHEAPER = 450 * 4 // 5
REFUND_A_COPY = """
from orders.models import Order
from orders.payments import refunds
from users.models import CustomUser
order = Order.objects.get(pk={order!r})
staff = CustomUser.objects.get(email={staff!r})
try:
    print(refunds.refund(order, by=staff, reason="Asked.", copies=1).status)
except refunds.NotRefunded as reason:
    print(reason)
"""


@pytest.fixture
def carol(scene):
    """Somebody without an account, who gives."""
    return scene.strangers[0]


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


def wanted(buyer, **typed):
    """Say for whom the first book is; return the signed item of the purchase page."""
    data = {"kind": "gift", "giver": "Carol", "recipient": "Tom"} | typed
    answer = buyer.post(f"/orders/give/?book={buyer.scene.books[0]}", {**data, "email": ""} | typed)
    assert answer.status == 302, answer.text
    return buyer.shown_item(answer.headers["Location"])


def give(buyer, **typed):
    """Buy a gift, or copies; return the link to pass on."""
    assert buyer.pay(item=wanted(buyer, **typed)).status == 302
    return link_of(buyer)


def link_of(buyer, page=""):
    """Return the newest link that the buyer's order shows."""
    order = buyer.scene.orders(buyer)[-1]
    return re.search(r"/gifts/[\w-]+/", buyer.get(f"/orders/{order}/{page}").text)[0]


def people(scene, number):
    """Return so many people at browsers of their own."""
    return [Stranger.at(scene, f"reader{each}@example.com") for each in range(number)]


def take(person, link):
    person.get(link)
    return person.post(link, {})


def reads(person):
    return person.scene.reads(person)[0]


def assert_one_gift(scene, buyer, link):
    """One was paid for; its link opens the book to one person, and never to the buyer."""
    assert scene.charged(buyer) == [PRICE]
    assert scene.statuses(buyer) == ["paid"]
    tom, other = people(scene, 2)
    take(tom, link)
    take(other, link)
    assert [reads(each) for each in (buyer, tom, other)] == [False, True, False]


def test_no_fault(scene, carol):
    assert_one_gift(scene, carol, give(carol))


def test_a_charge_whose_answer_is_lost_is_found(scene, carol):
    item = wanted(carol)
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        carol.pay(item=item)
        carol.pay(item=item)
        # Nor with another form, before Carol can know how the first one ended.
        carol.pay(item=wanted(carol))
        assert scene.charged() == [PRICE]

    assert scene.reconcile()["settled"] == 1
    assert_one_gift(scene, carol, link_of(carol))


def test_crash_at_each_point_of_a_payment(scene, crash):
    buyers = dict(zip(CHARGED, scene.strangers, strict=False))
    items = {buyer.email: wanted(buyer) for buyer in buyers.values()}

    crash_at_every_point(
        scene,
        buyers,
        {"before": METHOD, "after": CONFIRM},
        crash,
        pay=lambda buyer: buyer.pay(item=items[buyer.email]),
    )

    expected = {point: [PRICE] if amounts else [] for point, amounts in CHARGED.items()}
    assert {point: scene.charged(buyer) for point, buyer in buyers.items()} == expected
    scene.reconcile()
    for buyer in buyers.values():
        # Whoever never got an answer has no session, but a browser that is known.
        buyer.get("/orders/")
        buyer.pay(item=items[buyer.email])
        assert scene.charged(buyer) == [PRICE]
        assert scene.statuses(buyer) == ["paid"]


def test_twenty_tabs_of_one_form_are_one_order(scene, carol):
    item = wanted(carol)

    answers = scene.all_at_once(*[lambda: carol.pay(item=item)] * 20)

    assert {answer.status for answer in answers} == {302}
    assert_one_gift(scene, carol, link_of(carol))


def test_the_webhook_comes_first(scene, carol):
    session = carol.open_session(wanted(carol))
    scene.stripe.pay_session(session)

    scene.hear()
    carol.return_from(session)

    assert_one_gift(scene, carol, link_of(carol))


def test_two_people_open_one_link_at_once(scene, carol):
    link = give(carol)
    readers = people(scene, 8)

    answers = scene.all_at_once(*[lambda each=each: take(each, link) for each in readers])

    assert {answer.status for answer in answers} <= {200, 302}
    assert sum(map(reads, readers)) == 1


def test_a_class_opens_its_link_at_once(scene, ada):
    ada.pay(item=wanted(ada, kind="seats", copies=6))
    link = link_of(ada, "seats/")
    readers = people(scene, 10)

    scene.all_at_once(*[lambda each=each: take(each, link) for each in readers])

    assert sum(map(reads, readers)) == 6
    assert scene.charged(ada) == [6 * PRICE]


def test_copies_taken_back_while_a_class_takes_them_are_read_by_who_has_them(scene, ada):
    ada.pay(item=wanted(ada, kind="seats", copies=2))
    link = link_of(ada, "seats/")
    [order] = scene.orders(ada)
    readers = people(scene, 6)
    take(readers[0], link)

    scene.all_at_once(
        *[lambda each=each: take(each, link) for each in readers[1:]],
        *[lambda: ada.post(f"/orders/{order}/seats/1/release/", {})] * 5,
    )

    [(taken,)] = scene.server.ask("SELECT count(*) FROM orders_seat WHERE redeemer_id IS NOT NULL")
    assert sum(map(reads, readers)) == taken
    # By now everybody who was too late can have what was left over.
    for each in readers[1:]:
        take(each, link)
    assert sum(map(reads, readers)) == 2
    assert scene.charged(ada) == [2 * PRICE]


def test_a_gift_in_a_sale_with_a_code_costs_what_was_shown_though_both_end(scene, ada):
    code, item = in_a_sale_with_a_code(scene, ada)
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        ada.pay(item=item)
        end_sale(scene)
        scene.server.ask("UPDATE orders_discountcode SET ends_at = now() RETURNING 1")
        ada.pay(item=item)

    assert scene.reconcile()["settled"] == 1
    assert (scene.charged(ada), code.uses) == ([CHEAPER], 1)


def test_twenty_tabs_of_a_gift_in_a_sale_with_a_code_are_one_order(scene, ada):
    code, item = in_a_sale_with_a_code(scene, ada)

    scene.all_at_once(*[lambda: ada.pay(item=item)] * 20)

    assert (scene.charged(ada), scene.statuses(ada), code.uses) == ([CHEAPER], ["paid"], 1)


def test_when_the_sale_has_ended_the_code_is_kept_and_nothing_is_charged(scene, ada):
    code, item = in_a_sale_with_a_code(scene, ada)
    end_sale(scene)

    answer = ada.pay(item=item)

    assert (scene.charged(), code.uses) == ([], 0)
    ada.pay(item=ada.shown_item(f"{answer.headers['Location']}&code=spring"))
    assert (scene.charged(ada), code.uses) == ([2 * CHEAPER], 1)


def in_a_sale_with_a_code(scene, buyer):
    """Offer a gift at half its price, less a fifth; return the code and what the page shows."""
    begin_sale(scene)
    code = Code(scene, most_uses=1)
    scene.server.ask("UPDATE orders_discountcode SET percent = 20, amount = NULL RETURNING 1")
    data = {"kind": "gift", "giver": "Ada", "recipient": "Tom", "email": ""}
    page = buyer.post(f"/orders/give/?book={scene.books[0]}", data).headers["Location"]
    return code, buyer.shown_item(f"{page}&code=spring")


@pytest.mark.parametrize("share", ["whole", "copy"])
def test_a_refund_while_a_gift_is_taken(scene, carol, share):
    link = give(carol)
    [order] = scene.orders(carol)
    [tom] = people(scene, 1)
    tom.get(link)
    code = REFUND_A_COPY.format(order=order, staff=STAFF)
    with scene.locked_orders(carol):
        taking = scene.in_background(tom.post, link, {})
        scene.wait_for_somebody_at_the_lock()
        refunding = (
            scene.refund_by_staff(carol)
            if share == "whole"
            else scene.commands.start("shell", "-v", "0", "-c", code)
        )
    assert taking.result().status in {200, 302}
    refunding.result()

    scene.reconcile()
    # A copy that is taken is refunded only with the whole order, and then nobody reads.
    assert reads(tom) is bool(scene.charged())
    assert share == "copy" or not reads(tom)


def test_a_dispute_suspends_the_reader_and_a_won_one_restores(scene, carol):
    link = give(carol)
    [tom] = people(scene, 1)
    take(tom, link)
    dispute = scene.stripe.dispute(scene.charge_of(carol))
    scene.hear()
    assert not reads(tom)

    scene.stripe.close_dispute(dispute["id"], "won")
    scene.hear()

    assert reads(tom)


def test_two_workers_send_one_letter(scene, carol):
    item = wanted(carol, email="tom@example.com")
    carol.pay(item=item)
    scene.server.ask("UPDATE orders_gift SET send_at = now() - interval '1 minute'")

    workers = [scene.commands.start("run_worker", "--once") for _ in range(2)]
    for worker in workers:
        worker.result()

    [(letters,)] = scene.server.ask(
        "SELECT count(*) FROM post_office_email WHERE subject = 'Carol has a book for you'"
    )
    assert letters == 1
