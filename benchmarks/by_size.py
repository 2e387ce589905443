"""The same pages in a small shop and in a large one, each made for the request: no kept page is measured."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.against_floor import cookie_of, searches
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import Unanswered, ask

VISITS = 25
# Less of a page that is so slow that its visits would take longer than this, in each shop.
SECONDS_OF_PAGE, LEAST_VISITS = 20, 3
FLAT = "≤ 1.25 ×"
DEEP = "p95 ≤ 100 ms"
GOALS = {
    "home": FLAT,
    "catalogue": FLAT,
    "deep in the catalogue": DEEP,
    "book": FLAT,
    "library of 1,000": FLAT,
    "search, common word": DEEP,
    "search, rare word": FLAT,
    "search, absent word": FLAT,
    "search, two letters": DEEP,
    "sitemap, slowest file": "≤ 1000 ms",
    "admin, search for books": "≤ 500 ms",
    "admin, search for an order": "≤ 200 ms",
}


@dataclass(frozen=True)
class Sized:
    """A shop, with what shelf.describe says of it, and how to change what visitors see."""

    books: int
    server: Server
    known: dict
    change: Callable[[], None]

    def pages(self) -> Iterator[tuple[str, str, str]]:
        """Yield the pages: a name, the address, and whose session asks for it."""
        known = self.known
        yield "home", "/", ""
        yield "catalogue", "/books/", ""
        yield "deep in the catalogue", known["deep"], ""
        yield "book", known["book"], ""
        yield "author", known["author"], ""
        for what, query, _ in searches(known):
            yield f"search, {what}", f"/books/search/?q={query}", ""
        yield "library of 1,000", "/library/", "reader"
        yield "sitemap, slowest file", "", ""
        yield "admin, list of books", "/admin/books/book/", "staff"
        yield "admin, search for books", "/admin/books/book/?q=ferry", "staff"
        yield "admin, list of orders", "/admin/orders/order/", "staff"
        yield "admin, search for an order", f"/admin/orders/order/?q={known['charge']}", "staff"

    def visit(self, page: tuple[str, str, str]) -> float:
        """Open one of the pages, after a change to the catalogue; return how many seconds that took."""
        self.change()
        _, path, who = page
        if not path:
            return slowest_sitemap(self.server.port)
        cookie = cookie_of(self.known[who]) if who else ""
        return _seconds(self.server.port, path, cookie)


def by_size(small: Sized, large: Sized) -> Iterator[Row]:
    """Yield a row for each page: its median time in the large shop against the small one, and its p95."""
    for in_small, in_large in zip(small.pages(), large.pages(), strict=True):
        yield _compared(in_large[0], small, in_small, large, in_large)


def _compared(what: str, small: Sized, in_small: tuple, large: Sized, in_large: tuple) -> Row:
    name, against, goal = f"{what}, {large.books:,} books", f"{small.books:,} books", GOALS.get(what, "")
    times: list[tuple[float, float]] = []
    try:
        # Not measured, but it tells how many visits there is time for.
        slowest = max(small.visit(in_small), large.visit(in_large))
        visits = max(LEAST_VISITS, min(VISITS, int(SECONDS_OF_PAGE / slowest)))
        times += [(small.visit(in_small), large.visit(in_large)) for _ in range(visits)]
    except Unanswered as failure:
        return Row(name, None, against=against, goal=goal, void=str(failure))
    baseline, measured = (Figure.of(seconds, scale=1000) for seconds in zip(*times, strict=True))
    beside = f"p95 {measured.p95:.0f} ms, with {against} {baseline.p95:.0f}"
    return Row(name, measured, against=against, baseline=baseline, goal=goal, beside=beside)


def slowest_sitemap(port: int) -> float:
    """Open the sitemap and three of the files that it may list; return the longest time."""
    began = time.perf_counter()
    text = ask(port, "/sitemap.xml")
    seconds = [time.perf_counter() - began]
    if "<sitemapindex" in text:
        files = re.findall(r"<loc>([^<]+)</loc>", text)
        picked = dict.fromkeys([files[0], files[len(files) // 2], files[-1]])
        seconds += [_seconds(port, _path(address), "") for address in picked]
    return max(seconds)


def _path(address: str) -> str:
    parts = urlsplit(address.replace("&amp;", "&"))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _seconds(port: int, path: str, cookie: str) -> float:
    began = time.perf_counter()
    ask(port, path, cookie=cookie)
    return time.perf_counter() - began
