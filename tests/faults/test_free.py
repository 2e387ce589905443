"""What costs nothing, or what its buyer chooses: taken once, and no other sum is charged than was shown."""

import re
from contextlib import closing

import pytest

from tests.faults import proxy
from tests.faults.shop import Stranger
from tests.faults.test_codes import Code
from tests.faults.test_crashes import CONFIRM

pytestmark = pytest.mark.postgresql

BOTH_TRIES = 2
TABS = 20


@pytest.fixture
def tram(scene):
    """A book that costs nothing."""
    return with_price(scene, price=0)


@pytest.fixture
def carol(scene):
    """Somebody without an account."""
    return scene.strangers[0]


def with_price(scene, *, price=900, lowest=None):
    """Give the second book these prices; return its id. They count as what it has always cost."""
    scene.server.ask(
        "UPDATE books_book SET price = %s, minimum_price = %s WHERE id = %s RETURNING 1",
        price,
        lowest,
        scene.books[1],
    )
    # Time passes for orders alone: otherwise they would be older than this change.
    scene.server.ask("DELETE FROM books_pastprice RETURNING 1")
    return scene.books[1]


def crowd(scene):
    return [Stranger.at(scene, f"crowd{number}@example.com") for number in range(TABS)]


def take(buyer, item):
    """Press the button that takes what costs nothing."""
    return buyer.post("/orders/session/", {"item": item})


def reads(buyer):
    return buyer.scene.reads(buyer)[1]


def amounts(scene):
    return [amount for (amount,) in scene.server.ask("SELECT amount FROM orders_order")]


def test_a_free_book_in_twenty_tabs_is_one_order(scene, carol, tram):
    item = carol.shown_item(f"/orders/?book={tram}")

    answers = scene.all_at_once(*[lambda: take(carol, item)] * TABS)

    assert {answer.status for answer in answers} <= {302, 303}
    assert (amounts(scene), scene.charged(), reads(carol)) == ([0], [], True)


def test_a_worker_killed_amid_a_free_book_leaves_it_to_be_taken_once(scene, ada, tram):
    item = ada.shown_item(f"/orders/?book={tram}")
    with closing(scene.server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE books_grant IN EXCLUSIVE MODE")
        taking = scene.in_background(take, ada, item)
        scene.wait_for_somebody_at_the_lock()
        scene.shop.kill_workers()
        assert isinstance(taking.exception(), OSError)
        connection.rollback()

    take(ada, item)

    assert (amounts(scene), scene.statuses(ada), reads(ada)) == ([0], ["paid"], True)


def test_a_book_that_is_free_no_more_is_not_taken_by_an_old_page(scene, ada, tram):
    item = ada.shown_item(f"/orders/?book={tram}")
    with_price(scene, price=900)

    take(ada, item)

    assert (amounts(scene), reads(ada)) == ([], False)


def test_the_last_use_of_a_code_for_everything_goes_to_one_of_twenty(scene):
    code = Code(scene, most_uses=1)
    scene.server.ask("UPDATE orders_discountcode SET percent = 100, amount = NULL RETURNING 1")
    people = crowd(scene)
    items = {each.email: each.shown_item(f"/orders/?book={scene.books[1]}&code=spring") for each in people}

    scene.all_at_once(*[lambda each=each: take(each, items[each.email]) for each in people])

    assert (amounts(scene), code.uses, scene.charged()) == ([0], 1, [])
    assert sum(map(reads, people)) == 1


def test_a_book_for_the_newsletter_is_given_once_however_often_it_is_confirmed(scene, carol):
    scene.server.ask(
        "INSERT INTO orders_magnet (slug, book_id, sentence, version, is_open)"
        " VALUES ('news', %s, 'Write to me.', 1, true) RETURNING 1",
        scene.books[1],
    )
    carol.post("/newsletter/news/", {"agreed": "on", "version": 1})
    [(letter,)] = scene.server.ask("SELECT message FROM post_office_email")
    link = re.search(r"/newsletter/confirm/\S+", letter)[0]
    carol.get(link)

    scene.all_at_once(*[lambda: carol.post(link, {})] * TABS)

    assert (amounts(scene), scene.charged(), reads(carol)) == ([0], [], True)


def test_a_chosen_amount_whose_answer_is_lost_is_what_was_shown(scene, ada):
    tides = with_price(scene, lowest=300)
    item = ada.shown_item(f"/orders/?book={tides}&amount=12")
    scene.to_stripe.next(CONFIRM, proxy.drop_answer, times=BOTH_TRIES)
    with scene.to_stripe.always("GET /v1/*", proxy.answer(503)):
        ada.pay(item=item)
        with_price(scene, lowest=800)
        ada.pay(item=ada.shown_item(f"/orders/?book={tides}&amount=9") or item)

    scene.reconcile()
    assert (scene.charged(ada), reads(ada)) == ([1200], True)


def test_a_chosen_amount_in_a_session_is_paid_as_shown_and_the_webhook_comes_first(scene, ada):
    tides = with_price(scene, lowest=300)
    session = ada.open_session(ada.shown_item(f"/orders/?book={tides}&amount=12"))
    with_price(scene, lowest=None)
    scene.stripe.pay_session(session)

    scene.hear()
    ada.return_from(session)

    assert (scene.charged(ada), reads(ada)) == ([1200], True)
