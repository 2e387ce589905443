"""The shop under load: a mix of pages below saturation, and a storm of visitors while others buy."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.against_floor import cookie_of
from benchmarks.measuring.crowds import arrive, p95_row
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import Unanswered, ask
from benchmarks.shop import Shop, cursor_in
from tests.sandbox import Sandbox

MIXED_SECONDS, IDLE_VISITS = 15, 60
# Of what the shop could serve one after the other.
LOAD = 0.4
MOST_MIXED = 50
STORM_PER_SECOND, STORM_SECONDS = 200, 60
STORM_BUYERS = 20


def mixed_load(server: Server, known: dict) -> Row:
    """Browse by visitors and a reader, at less than half of what the shop could serve."""
    reader = cookie_of(known["reader"])
    pages = [
        ("/", ""),
        ("/books/", ""),
        (known["book"], ""),
        ("/books/search/?q=ferry", ""),
        (known["sample"], ""),
        ("/books/", reader),
        (known["book"], reader),
        (known["chapter"], reader),
        ("/library/", reader),
        (f"/books/search/?q={known['surname']}", ""),
    ]

    def visit(number: int) -> None:
        path, cookie = pages[number % len(pages)]
        ask(server.port, path, cookie=cookie)

    try:
        idle = Figure.of([_seconds(visit, number) for number in range(IDLE_VISITS)], scale=1000)
    except Unanswered as failure:
        return Row("mixed load, p95", None, void=str(failure))
    rate = min(MOST_MIXED, LOAD * 1000 / idle.middle)
    crowd = arrive(visit, rate=rate, seconds=MIXED_SECONDS)
    return p95_row(f"mixed load, {rate:.0f} requests/s, p95", crowd, against="one at a time, p95", idle=idle)


def storm(shop: Shop, ledger: Path, buyers: dict) -> Iterator[Row]:
    """A book goes viral: the front page is asked for 200 times a second while others buy."""
    with (
        Sandbox.started(ledger) as sandbox,
        shop.served(workers=2, STRIPE_API_BASE=sandbox.url) as server,
        cursor_in(shop.address) as cursor,
        ThreadPoolExecutor(STORM_BUYERS) as pool,
    ):
        before = _paid(cursor)
        bought = [
            pool.submit(_buy_after, number * STORM_SECONDS / STORM_BUYERS, server, session, buyers["form"])
            for number, session in enumerate(buyers["sessions"][:STORM_BUYERS])
        ]
        crowd = arrive(lambda _: ask(server.port, "/"), rate=STORM_PER_SECOND, seconds=STORM_SECONDS)
        answers = [purchase.result() for purchase in bought]
        paid = _paid(cursor) - before
    name = f"storm on the front page, {STORM_PER_SECOND} requests/s"
    yield p95_row(f"{name}, p95", crowd)
    failures = [answer for answer in answers if answer]
    beside = f"of {STORM_BUYERS}; {failures[0]}" if failures else f"of {STORM_BUYERS}"
    lost = max(STORM_BUYERS - paid, len(failures))
    yield Row(
        f"{name}, purchases lost", Figure.single(lost), "purchases", goal="≤ 0 purchases", beside=beside
    )


def buy(server: Server, session: str, form: dict[str, str]) -> None:
    """Buy what the form is for as the reader whose session this is."""
    ask(server.port, "/orders/charge/", cookie=cookie_of(session), form=form, expected=302)


def _buy_after(seconds: float, server: Server, session: str, form: dict[str, str]) -> str:
    """Wait, then buy; return what went wrong."""
    time.sleep(seconds)
    try:
        buy(server, session, form)
    except (Unanswered, OSError) as failure:
        return str(failure)
    return ""


def _paid(cursor) -> int:
    cursor.execute("SELECT count(*) FROM orders_order WHERE status = 'paid'")
    return cursor.fetchone()[0]


def _seconds(visit, number: int) -> float:
    began = time.perf_counter()
    visit(number)
    return time.perf_counter() - began
