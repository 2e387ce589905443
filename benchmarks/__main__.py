"""`make bench`: measures, prints a table and writes it to benchmarks/RESULTS.md. Nothing passes or fails.

What is fast on one machine is slow on another. So the shop's pages are compared with those of a minimal
Django project (benchmarks/floor/) in the same rounds, and a large shop with a small one.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from benchmarks.against_floor import (
    BUYERS,
    Pages,
    changes,
    pages_against_floor,
    purchase_against_floor,
    row_of,
)
from benchmarks.by_size import Sized, by_size
from benchmarks.downloads import large_downloads
from benchmarks.importing import importing
from benchmarks.loads import STORM_BUYERS, mixed_load, storm
from benchmarks.measuring import results
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.table import Row, as_text, verdict
from benchmarks.measuring.visiting import Unanswered, Visit, in_rounds
from benchmarks.shop import Shop, cursor_in, database
from benchmarks.starting import memory_over_time, starting
from benchmarks.waiting import PURCHASES, waiting_for_stripe
from benchmarks.yardstick import Floor
from tests import programs
from tests.sandbox import Sandbox

# The books of the shop that is measured, of the one that it is compared with for its size, and after how many
# seconds the run is stopped.
SIZES = {
    "1k": (1_000, 10_000, 15 * 60),
    "100k": (100_000, 10_000, 45 * 60),
    "1m": (1_000_000, 10_000, 4 * 60 * 60),
}
MANY_REVIEWS = 500


def main() -> None:
    size = sys.argv[1] if len(sys.argv) > 1 else "1k"
    if size not in SIZES:
        sys.exit(f"SIZE must be one of {', '.join(SIZES)}.")
    if not Path("/proc/self/schedstat").exists():
        sys.exit("The benchmarks read the processor time of the server from Linux's /proc/PID/schedstat.")
    *_, longest = SIZES[size]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"Stopped after {longest} seconds."))
    signal.alarm(longest)
    run(size)


def run(size: str) -> None:
    """Measure at this size, say what was found, and write it down."""
    began = time.monotonic()
    server = os.environ.get("DATABASE_URL", "")
    rows = []
    with ExitStack() as until_the_end:
        for row in measured(size, server, until_the_end):
            print(f"{time.monotonic() - began:4.0f} s  {row.what}", file=sys.stderr, flush=True)
            rows.append(row)
        with cursor_in(server) as cursor:
            cursor.execute("SHOW server_version")
            postgresql = cursor.fetchone()[0].split()[0]
    results.write(size, rows, postgresql=postgresql)
    print(verdict(rows), "", as_text(rows), sep="\n")
    print(f"\n{len(rows)} rows in {time.monotonic() - began:.0f} seconds, also in benchmarks/RESULTS.md.")


def measured(size: str, server: str, until_the_end: ExitStack) -> Iterator[Row]:
    """Set up the floor and two shops of different sizes, and yield the result of each benchmark."""
    books, other_books, _ = SIZES[size]
    folder = programs.copy_of_project(
        Path(until_the_end.enter_context(TemporaryDirectory(prefix="bookstore-bench-")), "shop")
    )
    shop = Shop(folder, until_the_end.enter_context(database(server, "shop")))
    shop.manage("collectstatic", "--noinput")
    shop.manage("migrate", "--verbosity=0")
    empty = shop.address
    other = Shop(folder, until_the_end.enter_context(database(server, "other", copy_of=empty)))
    demo = Shop(folder, until_the_end.enter_context(database(server, "demo", copy_of=empty)))
    floor = Floor(folder, until_the_end.enter_context(database(server, "floor")))
    yield from filling(shop, books)
    yield from filling(other, other_books)
    known = shop.ask("describe()")
    reader_of_floor = floor.fill(shop.address, known["book_id"])
    parts = {
        "pages against the floor": against_floor(shop, floor, known, reader_of_floor),
        "starting": starting(shop if books < other_books else other, floor),
        "sizes": sizes((shop, books, known), (other, other_books, other.ask("describe()"))),
        "load": under_load(shop, folder, known),
        "demo": on_the_demo(demo),
    }
    for name, rows in parts.items():
        yield from unless_it_fails(name, rows)


def unless_it_fails(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield these rows; if something breaks, a void one instead of those that are missing.

    What was measured before, for an hour perhaps, is not lost.
    """
    try:
        yield from rows
    except (Unanswered, RuntimeError, OSError, psycopg2.Error) as failure:
        yield Row(
            f"{name}, the rest", None, void=f"{type(failure).__name__}: {str(failure).splitlines()[-1]}"
        )


def filling(shop: Shop, books: int) -> Iterator[Row]:
    """Fill a shop, and let PostgreSQL tidy up as it does on its own after a while."""
    began = time.perf_counter()
    shop.manage("load_catalogue", str(books), "--force")
    seconds = time.perf_counter() - began
    with cursor_in(shop.address) as cursor:
        cursor.execute("VACUUM ANALYZE")
    yield Row(f"load_catalogue {books:,}", Figure.single(seconds), "s")


def against_floor(shop: Shop, floor: Floor, known: dict, reader_of_floor: dict) -> Iterator[Row]:
    """Compare pages, and a purchase, with the floor's."""
    buyers = shop.ask(f"add_buyers({BUYERS + 1})")
    with (
        Sandbox.started(shop.folder / "ledger.sqlite3") as sandbox,
        shop.served(STRIPE_API_BASE=sandbox.url) as ours,
        floor.served() as least,
        cursor_in(shop.address) as cursor,
    ):
        change = changes(cursor, known["book_id"])
        yield from pages_against_floor(Pages(ours, least, known, reader_of_floor, change))
        last = buyers["sessions"].pop()
        yield purchase_against_floor(ours, least, buyers, reader_of_floor, known["book_id"])
        sent = shop.ask(f"statements_of_purchase({buyers['form']!r}, {last!r})", STRIPE_API_BASE=sandbox.url)
    yield Row("purchase, statements", Figure.single(sent), "statements", goal="≤ 20 statements")


def sizes(*shops: tuple[Shop, int, dict]) -> Iterator[Row]:
    """Compare the larger of two shops with the smaller, and a book with many reviews with another."""
    (small, few, known_small), (large, many, known_large) = sorted(shops, key=lambda each: each[1])
    busy = small.ask(f"add_many_reviews({MANY_REVIEWS})")
    with (
        small.served() as in_small,
        large.served() as in_large,
        cursor_in(small.address) as cursor,
        cursor_in(large.address) as other_cursor,
    ):
        change = changes(cursor, known_small["book_id"])
        other_change = changes(other_cursor, known_large["book_id"])
        yield from by_size(
            Sized(few, in_small, known_small, change), Sized(many, in_large, known_large, other_change)
        )
        compared = [Visit(in_small, path, before=change) for path in (known_small["book"], busy)]
        quiet, reviewed = in_rounds(compared)
    yield row_of(f"book with {MANY_REVIEWS} reviews", reviewed, quiet, against="a book with 5")


def under_load(shop: Shop, folder: Path, known: dict) -> Iterator[Row]:
    """Measure the shop while many use it at once."""
    with shop.served(workers=2) as server:
        yield mixed_load(server, known)
    yield from storm(shop, folder / "storm.sqlite3", shop.ask(f"add_buyers({STORM_BUYERS})"))
    yield from waiting_for_stripe(shop, folder / "waiting.sqlite3", shop.ask(f"add_buyers({PURCHASES})"))


def on_the_demo(shop: Shop) -> Iterator[Row]:
    """Load the demo books, which `make run` does every time; measure a worker's memory, and an import."""
    first, second = (Figure.single(seconds) for seconds in shop.ask("load_demo_twice()"))
    yield Row("load_demo, all loaded already", second, "s", against="an empty shop", baseline=first)
    yield memory_over_time(shop)
    yield from large_downloads(shop)
    yield from importing(shop)


if __name__ == "__main__":
    main()
