"""Books that are sold before they open: charged once, readable from the moment on, and told to each once."""

from contextlib import closing

import pytest

from tests.faults import crashes, proxy
from tests.faults.test_crashes import CHARGED, CONFIRM, METHOD, crash_at_every_point

pytestmark = pytest.mark.postgresql

REFUND = "POST /v1/refunds"
BOTH_TRIES = 2
PRICE = 900
DO_NOT_PAY_AGAIN = "Do not pay again."
# What the worker does each minute.
ANNOUNCE = "from orders import preorders; preorders.announce()"


@pytest.fixture(params=crashes.CRASHES)
def crash(request):
    return crashes.CRASHES[request.param]


@pytest.fixture
def pier(scene):
    """A book that opens tomorrow."""
    book = scene.books[2]
    scene.server.ask(
        "UPDATE books_book SET opens_at = now() + interval '1 day', epub = 'epubs/pier.epub' WHERE id = %s"
        " RETURNING id",
        book,
    )
    return book


def open_book(scene, book):
    scene.server.ask("UPDATE books_book SET opens_at = now() WHERE id = %s RETURNING id", book)


def item_of(buyer, book):
    return buyer.shown_item(f"/orders/?book={book}")


def take_back(scene, buyer):
    """Post what the button on the page of the buyer's newest order posts."""
    order = scene.orders(buyer)[-1]
    [[line]] = scene.server.ask("SELECT id FROM orders_orderline WHERE order_id = %s", order)
    return buyer.post(f"/orders/{order}/take-back/", {"line": line})


def assert_bought_once(scene, buyer, book):
    """Charged once, closed until the moment, and open from it on."""
    assert scene.charged(buyer) == [PRICE]
    assert scene.statuses(buyer) == ["paid"]
    assert buyer.get(f"/books/{book}/read/2/").status == 403
    open_book(scene, book)
    assert scene.reads(buyer) == [False, False, True]


def test_twenty_tabs_are_one_charge(scene, ada, pier):
    item = item_of(ada, pier)

    answers = scene.all_at_once(*[lambda: ada.pay(item=item)] * 20)

    assert {answer.status for answer in answers} == {302}
    assert_bought_once(scene, ada, pier)


def test_a_charge_whose_answer_is_lost_is_found(scene, ada, pier):
    item = item_of(ada, pier)
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        page = ada.get(ada.pay(item=item).headers["Location"])
        ada.pay(item=item)

        assert DO_NOT_PAY_AGAIN in page.text
        assert scene.charged() == [PRICE]

    assert scene.reconcile()["settled"] == 1
    assert_bought_once(scene, ada, pier)


def test_crash_at_each_point_of_a_payment(scene, crash, pier):
    buyers = dict(zip(CHARGED, scene.buyers, strict=False))
    items = {buyer.email: item_of(buyer, pier) for buyer in buyers.values()}

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
        if not scene.charged(buyer):
            buyer.pay(item=item_of(buyer, pier))
        assert scene.charged(buyer) == [PRICE]
    open_book(scene, pier)
    assert {buyer.get(f"/books/{pier}/read/2/").status for buyer in buyers.values()} == {200}


def test_the_webhook_comes_before_the_answer(scene, ada, pier):
    item = item_of(ada, pier)
    held = scene.to_stripe.next(CONFIRM, proxy.hold_answer())
    paying = scene.in_background(lambda: ada.pay(item=item))
    held.wait()

    scene.hear()
    held.release()

    assert paying.result().status == 302
    assert_bought_once(scene, ada, pier)


def test_taken_back_in_ten_tabs_is_one_refund(scene, ada, pier):
    ada.pay(item=item_of(ada, pier))

    scene.all_at_once(*[lambda: take_back(scene, ada)] * 10)

    assert (scene.charged(ada), scene.statuses(ada)) == ([], ["refunded"])
    open_book(scene, pier)
    assert scene.reads(ada) == [False, False, False]


@pytest.mark.parametrize("fault", [proxy.drop_request, proxy.drop_answer], ids=["request", "answer"])
def test_taken_back_while_stripe_does_not_answer_ends_access_at_once(scene, ada, pier, fault):
    ada.pay(item=item_of(ada, pier))
    scene.to_stripe.next(REFUND, fault, times=BOTH_TRIES)

    take_back(scene, ada)

    open_book(scene, pier)
    assert scene.reads(ada) == [False, False, False]
    scene.let_time_pass(minutes=3)
    scene.reconcile()
    assert (scene.charged(ada), scene.statuses(ada)) == ([], ["refunded"])


def test_taken_back_at_the_moment_it_opens_one_of_both_wins(scene, ada, pier):
    ada.pay(item=item_of(ada, pier))

    scene.all_at_once(lambda: take_back(scene, ada), lambda: open_book(scene, pier))

    kept = scene.charged(ada)
    assert scene.reads(ada) == [False, False, bool(kept)]
    assert scene.statuses(ada) == (["paid"] if kept else ["refunded"])


def test_a_worker_killed_amid_the_letters_writes_to_nobody_twice(scene, ada, bob, pier):
    for buyer in (ada, bob):
        buyer.pay(item=item_of(buyer, pier))
    open_book(scene, pier)
    with closing(scene.server.connect()) as connection, connection.cursor() as cursor:
        # The worker has chosen whom it writes to, and waits before it notes them.
        cursor.execute("LOCK TABLE books_told IN ACCESS EXCLUSIVE MODE")
        killed = scene.commands.start("shell", "-v", "0", "-c", ANNOUNCE)
        scene.wait_for_somebody_at_the_lock()
        killed.kill()
        assert killed.result().returncode is None
        connection.rollback()
    assert letters(scene) == []

    both = [scene.commands.start("shell", "-v", "0", "-c", ANNOUNCE) for _ in range(2)]

    assert {each.result().returncode for each in both} == {0}
    assert letters(scene) == [ada.email, bob.email]


def letters(scene):
    """Return who has had a letter about an opening, each as often as there were letters."""
    rows = scene.server.ask('SELECT "to" FROM post_office_email WHERE subject LIKE %s', "%is open: start%")
    return sorted(address for (address,) in rows)
