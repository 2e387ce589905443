"""How long the shop takes to start, and the memory of its workers, against the floor."""

import time
from collections.abc import Callable, Iterator

from benchmarks.measuring.figures import Figure
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import ask
from benchmarks.shop import Shop
from benchmarks.yardstick import Floor

ROUNDS = 3
VISITS = 30
LATER_VISITS = 270


def starting(shop: Shop, floor: Floor) -> Iterator[Row]:
    """The first page after the start, what a worker weighs once it is warm, and Django's own check."""
    started: dict[str, list[float]] = {"shop": [], "floor": []}
    memory: dict[str, list[float]] = {"shop": [], "floor": []}
    for _ in range(ROUNDS):
        for name, project in (("floor", floor), ("shop", shop)):
            with project.served(workers=2) as server:
                started[name].append(server.seconds_to_start)
                for _ in range(VISITS):
                    ask(server.port, "/books/")
                memory[name] += server.memory()
    checked = {
        "floor": _seconds(lambda: floor.manage("check")),
        "shop": _seconds(lambda: shop.manage("check")),
    }
    yield _against_floor("first page after the start", started, "s", "≤ 1.5 ×")
    yield _against_floor("memory of a worker", memory, "MiB", "≤ 1.2 ×")
    yield _against_floor("check", checked, "s", "≤ 1.5 ×")


def memory_over_time(shop: Shop) -> Row:
    """A worker should not grow with the requests that it has answered."""
    paths = ("/books/", "/books/search/?q=ferry", "/about/")
    taken = []
    with shop.served() as server:
        for requests in (VISITS, LATER_VISITS):
            for number in range(requests):
                ask(server.port, paths[number % len(paths)])
            taken.append(Figure.single(server.memory()[0]))
    before, after = taken
    what = f"memory of a worker after {VISITS + LATER_VISITS} requests"
    return Row(what, after, "MiB", against=f"after {VISITS}", baseline=before)


def _against_floor(what: str, found: dict[str, list[float]], unit: str, goal: str) -> Row:
    baseline, measured = Figure.of(found["floor"]), Figure.of(found["shop"])
    return Row(what, measured, unit, against="the floor", baseline=baseline, goal=goal)


def _seconds(run: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return taken
