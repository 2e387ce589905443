"""How quickly visitors are served while many purchases wait for Stripe, and the memory that it takes."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles

from benchmarks.shop import Shop, buy, memory_of_workers, visit
from benchmarks.table import Row
from tests.sandbox import Sandbox

PURCHASES = 40
# One worker that gets every purchase: the worst that can happen to one of two.
WORKERS = (2, 1)
# Ten seconds for each purchase, but no request reaches the gateway's read time-out, so none is sent twice.
DELAYS = {"POST /v1/payment_intents": 3, "POST /v1/payment_intents/*/confirm": 7}
VISITORS, VISITORS_PER_SECOND = 200, 25  # all of them arrive before Stripe has answered
WARM_UP = 50
TARGET = 3  # times the time in an idle shop, at most
TEST_KEYS = {
    "STRIPE_LIVE_MODE": "False",
    "STRIPE_LIVE_PUBLISHABLE_KEY": None,
    "STRIPE_LIVE_SECRET_KEY": None,
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
}


def waiting_for_stripe(shop: Shop, folder: Path, sessions: list[str]) -> Iterator[Row]:
    """A purchase occupies a thread while Stripe answers; there should be threads left for everybody else."""
    for workers in WORKERS:
        buyers = [sessions.pop() for _ in range(PURCHASES)]
        with (
            Sandbox.started(folder / f"ledger{workers}.sqlite3") as sandbox,
            shop.served(workers=workers, STRIPE_API_BASE=sandbox.url, **TEST_KEYS) as port,
        ):
            _visits(port, WARM_UP)  # the first visits find nothing cached
            idle, idle_memory = _visits(port, VISITORS), memory_of_workers()
            for request, seconds in DELAYS.items():
                sandbox.go_wrong(request, "delay", seconds=seconds, times=PURCHASES)
            with ThreadPoolExecutor(PURCHASES) as pool:
                purchases = [pool.submit(buy, port, buyer) for buyer in buyers]
                while not (_all_wait(sandbox) or any(purchase.done() for purchase in purchases)):
                    time.sleep(0.1)
                busy, busy_memory = _visits(port, VISITORS), memory_of_workers()
                waiting = sum(not purchase.done() for purchase in purchases)
            for purchase in purchases:
                purchase.result()
        where = f"{PURCHASES} purchases hang, workers: {workers}"
        row = Row(f"p95 of browsing, {where}", "nobody buys", _p95(idle) * 1000, _p95(busy) * 1000)
        row.note = (
            f"{waiting} still hung when the last visitor was served, the slowest took {max(busy):.2f} s"
        )
        if row.ratio > TARGET:
            row.note += f"; this is MORE than {TARGET} times as slow as when nobody buys"
        yield row
        yield Row(f"memory, {where}", "nobody buys", idle_memory / 1024, busy_memory / 1024, unit="MiB")


def _all_wait(sandbox: Sandbox) -> bool:
    return len(sandbox.ledger()["payment_intents"]) == PURCHASES


def _visits(port: int, number: int) -> list[float]:
    """Send visitors at a steady pace, even while others wait; return how many seconds each waited."""

    def arrive(visitor: int) -> float:
        time.sleep(visitor / VISITORS_PER_SECOND)
        return visit(port, "/books/")

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(arrive, range(number)))


def _p95(seconds: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(seconds, n=20)[-1]
