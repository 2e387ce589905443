"""`make bench`: measure, then print a table of ratios, each against a baseline from the same run.

Nothing passes or fails here: what is fast on one machine is slow on another.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.downloads import large_downloads
from benchmarks.shop import Shop, database, medians, memory_of_workers, visit
from benchmarks.table import HEADER, Row
from benchmarks.waiting import PURCHASES, WORKERS, waiting_for_stripe
from tests import programs

LONGEST_RUN = 240
FEW_BOOKS, MANY_BOOKS = 100, 10_000
REVIEWS = 500


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"Stopped after {LONGEST_RUN} seconds."))
    signal.alarm(LONGEST_RUN)
    began = time.monotonic()
    print("Setting up and measuring; this takes a minute and a half ...", flush=True)
    rows = list(measured())
    print(f"{len(rows)} comparisons in {time.monotonic() - began:.0f} seconds.")
    for row in rows:
        if row.note:
            print(f"{row.what}: {row.note}.")
    print(f"\n{HEADER}", *rows, sep="\n")


def measured() -> Iterator[Row]:
    """Set up two shops that differ in their number of books, and yield the result of each benchmark."""
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
        people = small.ask(f"add_people(reviewers={REVIEWS}, buyers={PURCHASES * len(WORKERS)})")
        with small.served() as small_port, large.served() as large_port:
            yield from many_books(small_port, in_small, large_port, in_large)
            yield many_reviews(small_port, people)
            yield a_chapter(small_port, people)
        yield from waiting_for_stripe(small, folder, people["sessions"])
        yield memory_over_time(small)
        yield from large_downloads(small)


def loading_the_demo_again(shop: Shop) -> Row:
    """`make run` loads the demo books every time: if they are there already, that should cost little."""
    first, second = shop.ask("load_demo_twice()")
    return Row("load_demo, all loaded already", "an empty shop", first * 1000, second * 1000)


def many_books(small_port: int, in_small: dict, large_port: int, in_large: dict) -> Iterator[Row]:
    """A hundred times as many books should not make a page a hundred times slower."""
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
    """A book's page shows ten reviews, however many the book has."""
    baseline, ours = medians((port, people["one_review"]), (port, people["many_reviews"]))
    return Row(f"a book with {REVIEWS} reviews", "a book with 1", baseline * 1000, ours * 1000)


def a_chapter(port: int, people: dict) -> Row:
    """Turning a page should be as quick as any other page."""
    baseline, ours = medians((port, "/about/"), (port, people["chapter"]))
    return Row("a chapter in the reader", "the about page", baseline * 1000, ours * 1000)


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
