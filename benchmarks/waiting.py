"""How quickly visitors are served while many purchases wait for Stripe, and the memory that it takes."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.loads import buy
from benchmarks.measuring.crowds import Crowd, arrive, p95_row
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import ask
from benchmarks.shop import Shop
from tests.sandbox import Sandbox

PURCHASES = 40
# Ten seconds for each purchase, but no request reaches the gateway's read time-out, so none is sent twice.
DELAYS = {"POST /v1/payment_intents": 3, "POST /v1/payment_intents/*/confirm": 7}
# All visitors arrive before Stripe has answered.
VISITORS_PER_SECOND, VISITING_SECONDS = 25, 8
WARM_UP_SECONDS = 2
GOAL = "≤ 3 ×"


def waiting_for_stripe(shop: Shop, ledger: Path, buyers: dict) -> Iterator[Row]:
    """A purchase occupies a thread while Stripe answers; there should be threads left for everybody else.

    One worker gets every purchase: the worst that can happen to one of two.
    """
    with Sandbox.started(ledger) as sandbox, shop.served(STRIPE_API_BASE=sandbox.url) as server:
        _browse(server, WARM_UP_SECONDS)  # the first visits find nothing cached
        idle, idle_memory = _browse(server, VISITING_SECONDS), server.memory()[0]
        for request, seconds in DELAYS.items():
            sandbox.go_wrong(request, "delay", seconds=seconds, times=PURCHASES)
        with ThreadPoolExecutor(PURCHASES) as pool:
            purchases = [pool.submit(buy, server, session, buyers["form"]) for session in buyers["sessions"]]
            while not (_all_wait(sandbox) or any(purchase.done() for purchase in purchases)):
                time.sleep(0.1)
            busy, busy_memory = _browse(server, VISITING_SECONDS), server.memory()[0]
            hanging = sum(not purchase.done() for purchase in purchases)
        failed = [failure for purchase in purchases if (failure := purchase.exception())]
    what = f"{PURCHASES} purchases hang in one worker"
    void = f"a purchase {failed[0]}" if failed else "" if hanging else "Stripe had answered too early"
    yield _slowed(f"browsing while {what}, p95", idle, busy, void)
    yield Row(
        f"memory while {what}",
        Figure.single(busy_memory),
        "MiB",
        against="nobody buys",
        baseline=Figure.single(idle_memory),
    )


def _slowed(what: str, idle: Crowd, busy: Crowd, void: str) -> Row:
    against = "nobody buys, p95"
    if void := idle.void or busy.void or void:
        return Row(what, None, against=against, goal=GOAL, void=void)
    return p95_row(what, busy, against=against, idle=Figure.of(idle.seconds, scale=1000), goal=GOAL)


def _all_wait(sandbox: Sandbox) -> bool:
    return len(sandbox.ledger()["payment_intents"]) == PURCHASES


def _browse(server: Server, seconds: float) -> Crowd:
    return arrive(lambda _: ask(server.port, "/books/"), rate=VISITORS_PER_SECOND, seconds=seconds)
