"""`make bench`: measure, then print a table of ratios against what the same run measured.

Nothing passes or fails here: what is fast on one machine is slow on another.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.shop import Shop, buy, database, medians, memory_of_workers, visit
from tests import programs
from tests.sandbox import Sandbox

LONGEST_RUN = 180
FEW_BOOKS, MANY_BOOKS = 100, 10_000
REVIEWS = 500
THREADS = 8  # of two workers with the four of gunicorn.conf.py
PURCHASES = (THREADS // 2, THREADS, 2 * THREADS)
STRIPE_SECONDS = 3
VISITORS, VISITORS_PER_SECOND = 50, 25
TEST_KEYS = {
    "STRIPE_LIVE_MODE": "False",
    "STRIPE_LIVE_PUBLISHABLE_KEY": None,
    "STRIPE_LIVE_SECRET_KEY": None,
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
}


@dataclass
class Row:
    """One line of the table."""

    what: str
    against: str
    baseline: float
    measured: float
    unit: str = "ms"
    note: str = ""

    def __str__(self) -> str:
        ratio = self.measured / self.baseline
        return (
            f"{self.what:<52} {self.against:<24} {self.baseline:>8.1f} {self.measured:>8.1f}"
            f" {self.unit:<3} {ratio:>7.2f}"
        )


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"Given up after {LONGEST_RUN} seconds."))
    signal.alarm(LONGEST_RUN)
    began = time.monotonic()
    print("Setting up and measuring; this takes about a minute ...", flush=True)
    rows = list(measured())
    print(f"{len(rows)} comparisons in {time.monotonic() - began:.0f} seconds.")
    for row in rows:
        if row.note:
            print(f"{row.what}: {row.note}.")
    print(
        "A worker whose threads are all waiting for Stripe goes on taking visitors in: they wait until\n"
        "one of its purchases is answered, even while another worker has threads to spare."
    )
    print(f"\n{'what':<52} {'against':<24} {'baseline':>8} {'measured':>8}     {'ratio':>7}")
    print(*rows, sep="\n")


def measured() -> Iterator[Row]:
    """Set up two shops that differ in how many books they have, and yield what comes of each benchmark."""
    with ExitStack() as until_the_end:
        folder = programs.copy_of_project(
            Path(until_the_end.enter_context(TemporaryDirectory(prefix="bookstore-bench-")), "shop")
        )
        server = os.environ.get("DATABASE_URL", "")
        small = Shop(folder, until_the_end.enter_context(database(server, "small")))
        small.manage("collectstatic", "--noinput")
        small.manage("migrate")
        yield loading_the_demo_again(small)
        address = small.variables["DATABASE_URL"]
        large = Shop(folder, until_the_end.enter_context(database(server, "large", copy_of=address)))
        in_small, in_large = small.ask(f"add_books({FEW_BOOKS})"), large.ask(f"add_books({MANY_BOOKS})")
        people = small.ask(f"add_people(reviewers={REVIEWS}, buyers={sum(PURCHASES)})")
        with small.served() as small_port, large.served() as large_port:
            yield from many_books(small_port, in_small, large_port, in_large)
            yield many_reviews(small_port, people)
            yield a_chapter(small_port, people)
        yield from waiting_for_stripe(small, folder, people["sessions"])
        yield memory_over_time(small)


def loading_the_demo_again(shop: Shop) -> Row:
    """`make run` loads the demo books every time: with them there already it should cost little."""
    first, second = shop.ask("load_demo_twice()")
    return Row("load_demo, everything there", "an empty shop", first * 1000, second * 1000)


def many_books(small_port: int, in_small: dict, large_port: int, in_large: dict) -> Iterator[Row]:
    """A hundred times as many books should not make a page a hundred times as slow."""
    pages = {
        "the catalogue": ("/books/", "/books/"),
        "its last page": tuple(f"/books/?page={found['last_page']}" for found in (in_small, in_large)),
        "a search that finds one": ("/books/search/?q=00050",) * 2,
        "a search that finds most": ("/books/search/?q=ferry",) * 2,
        "a search with a misspelt word": ("/books/search/?q=harbuor",) * 2,
        "a book": (in_small["book"], in_large["book"]),
    }
    for what, (few, many) in pages.items():
        baseline, ours = medians((small_port, few), (large_port, many))
        yield Row(f"{what}, {MANY_BOOKS:,} books", f"{FEW_BOOKS} books", baseline * 1000, ours * 1000)


def many_reviews(port: int, people: dict) -> Row:
    """A book's page shows ten reviews, however many there are."""
    baseline, ours = medians((port, people["one_review"]), (port, people["many_reviews"]))
    return Row(f"a book with {REVIEWS} reviews", "a book with 1", baseline * 1000, ours * 1000)


def a_chapter(port: int, people: dict) -> Row:
    """Turning a page of a book should feel like any other page: /about/ asks the database for nothing."""
    baseline, ours = medians((port, "/about/"), (port, people["chapter"]))
    return Row("a chapter in the reader", "the about page", baseline * 1000, ours * 1000)


def waiting_for_stripe(shop: Shop, folder: Path, sessions: list[str]) -> Iterator[Row]:
    """A purchase holds a thread while Stripe thinks: too few for all threads, as many, and more than enough.

    The second may leave one worker a thread: which worker gets a purchase is chance.
    """
    with (
        Sandbox.started(folder / "ledger.sqlite3") as sandbox,
        shop.served(STRIPE_API_BASE=sandbox.url, **TEST_KEYS) as port,
    ):
        visits(port)  # the first ones find nothing loaded yet
        idle = visits(port)
        for purchases in PURCHASES:
            buyers = [sessions.pop() for _ in range(purchases)]
            confirm = "POST /v1/payment_intents/*/confirm"
            sandbox.go_wrong(confirm, "delay", seconds=STRIPE_SECONDS, times=purchases)
            with ThreadPoolExecutor(purchases) as pool:
                bought = [pool.submit(buy, port, session) for session in buyers]
                time.sleep(STRIPE_SECONDS / 4)  # until they have all reached Stripe
                busy = visits(port)
            for purchase in bought:
                purchase.result()
            waited = sum(seconds > 1 for seconds in busy)
            note = f"{waited} of {VISITORS} visitors waited longer than a second"
            what = f"p95 of browsing, {purchases} purchases on {THREADS} threads"
            yield Row(what, "nobody buys", p95(idle) * 1000, p95(busy) * 1000, note=note)


def visits(port: int) -> list[float]:
    """Return the seconds that visitors waited who come at a steady pace, whoever is still waiting."""

    def arrive(number: int) -> float:
        time.sleep(number / VISITORS_PER_SECOND)
        return visit(port, "/books/")

    with ThreadPoolExecutor(VISITORS) as pool:
        return list(pool.map(arrive, range(VISITORS)))


def p95(seconds: list[float]) -> float:
    """Return what all but a twentieth stay below."""
    return quantiles(seconds, n=20)[-1]


def memory_over_time(shop: Shop) -> Row:
    """A worker should not grow with the requests it has answered."""
    paths = ("/books/", "/books/search/?q=ferry", "/about/")
    taken = []
    with shop.served(workers=1) as port:
        for requests in (30, 270):
            for number in range(requests):
                visit(port, paths[number % len(paths)])
            taken.append(memory_of_workers() / 1024)
    return Row("memory of a worker after 300 requests", "after 30", *taken, unit="MiB")


if __name__ == "__main__":
    main()
