"""The shop's pages beside the same pages of the floor, in the same rounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count, cycle

from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import CSRF_TOKEN, REQUESTS, ROUNDS, Timed, Unanswered, Visit, in_rounds

# Buyers that the rounds of purchases need: in each, one is not measured.
BUYERS = ROUNDS * (REQUESTS + 1)


@dataclass(frozen=True)
class Compared:
    """A page of the shop and the page of the floor that it is compared with."""

    what: str
    ours: Visit
    floor: Visit
    goal: str = ""


@dataclass(frozen=True)
class Pages:
    """Where the shop and the floor answer, who their readers are, and how to change what visitors see."""

    shop: Server
    floor: Server
    known: dict
    reader_of_floor: dict
    change: Callable[[], None]

    def groups(self) -> Iterator[list[Compared]]:
        """Yield the pages, in groups that share their pages of the floor."""
        known, chapter = self.known, self.known["book"] + "read/"
        yield self._of("home", "/", "/", kept="≤ 0.8 ×", reader="≤ 1.5 ×")
        yield self._of("about", "/about/", "/about/")
        yield self._of("catalogue", "/books/", "/books/", kept="≤ 0.6 ×", cold="≤ 2 ×", reader="≤ 1.3 ×")
        yield self._of(
            "book with 5 reviews",
            known["book"],
            known["book"],
            kept="≤ 0.8 ×",
            cold="≤ 2 ×",
            reader="≤ 1.5 ×",
        )
        yield self._of("sample chapter", known["sample"], chapter, kept="≤ 1 ×")
        yield [Compared("chapter, reader", *self._as_reader(known["chapter"], chapter), "≤ 1.5 ×")]
        yield self._searches()
        yield self._of("author", known["author"], "/books/")
        yield self._of_reader()

    def _of(self, what: str, ours: str, floor: str, *, kept="", cold="", reader="") -> list[Compared]:
        """Return a page as visitors see it, kept and after a change, and as a reader sees it."""
        visit, least = Visit(self.shop, ours), Visit(self.floor, floor)
        return [
            Compared(f"{what}, visitor", visit, least, kept),
            Compared(f"{what}, visitor, just changed", replace(visit, before=self.change), least, cold),
            Compared(f"{what}, reader", *self._as_reader(ours, floor), reader),
        ]

    def _searches(self) -> list[Compared]:
        """Return searches that nobody has made since the last change, and the same made again."""
        least = Visit(self.floor, "/books/?q=ferry")
        found = []
        for what, query, goal in searches(self.known):
            visit = Visit(self.shop, f"/books/search/?q={query}")
            found += [
                Compared(f"search, {what}", replace(visit, before=self.change), least, goal),
                Compared(f"search, {what}, made again", visit, least, ""),
            ]
        return found

    def _of_reader(self) -> list[Compared]:
        order = f"/orders/{self.reader_of_floor['order']}/"
        return [
            Compared("library of 1,000", *self._as_reader("/library/", "/library/"), "≤ 1.5 ×"),
            Compared("order page", *self._as_reader(self.known["order"], order), "≤ 1.5 ×"),
            Compared("order history", *self._as_reader("/orders/history/", "/orders/"), "≤ 1.5 ×"),
        ]

    def _as_reader(self, ours: str, floor: str) -> tuple[Visit, Visit]:
        return (
            Visit(self.shop, ours, cookie=cookie_of(self.known["reader"])),
            Visit(self.floor, floor, cookie=f"sessionid={self.reader_of_floor['session']}"),
        )


def searches(known: dict) -> Iterator[tuple[str, str, str]]:
    """Yield what is searched for: a name for it, the query, and the goal against the floor."""
    yield "common word", "ferry", "≤ 1.2 ×"
    yield "rare word", known["surname"], "≤ 1.2 ×"
    yield "absent word", "xylographer", "≤ 1.2 ×"
    yield "two letters", "fe", ""
    yield "misspelt word", "harbuor", ""


def pages_against_floor(pages: Pages) -> Iterator[Row]:
    """Yield a row for each page."""
    for group in pages.groups():
        # A page of the floor is measured once for all that are compared with it.
        visits = list(dict.fromkeys(visit for each in group for visit in (each.floor, each.ours)))
        timed = dict(zip(visits, in_rounds(visits), strict=True))
        for each in group:
            yield row_of(each.what, timed[each.ours], timed[each.floor], goal=each.goal)


def purchase_against_floor(
    shop: Server, floor: Server, buyers: dict, reader_of_floor: dict, book: str
) -> Row:
    """Return the row of a purchase, with its requests to Stripe, against a form that the floor saves."""
    ours = ((cookie_of(session), buyers["form"]) for session in buyers["sessions"])
    cookie = f"sessionid={reader_of_floor['session']}; csrftoken={CSRF_TOKEN}"
    visits = [
        Visit(floor, "/buy/", buyers=cycle([(cookie, {"book": book})])),
        Visit(shop, "/orders/charge/", buyers=ours),
    ]
    least, measured = in_rounds(visits)
    return row_of("purchase", measured, least, goal="≤ 3 ×")


def row_of(
    what: str,
    ours: Timed | Unanswered,
    other: Timed | Unanswered,
    *,
    goal: str = "",
    against: str = "the floor",
) -> Row:
    """Return the row of a page beside another: processor time, and the time by the clock."""
    for each in (ours, other):
        if isinstance(each, Unanswered):
            return Row(what, None, against=against, goal=goal, void=str(each))
    beside = f"by the clock {ours.wall.middle:.1f} ms, {against} {other.wall.middle:.1f}"
    return Row(what, ours.cpu, "CPU ms", against, other.cpu, goal, beside)


def cookie_of(session: str) -> str:
    """Return the cookies of somebody who is logged in at the shop and can post forms."""
    return f"__Host-sessionid={session}; __Host-csrftoken={CSRF_TOKEN}"


def changes(cursor, book: str) -> Callable[[], None]:
    """Return a function that changes this book's subtitle, so that every page is a new one."""
    numbers = count(1)

    def change() -> None:
        subtitle = f"Edition {next(numbers)}"
        cursor.execute("UPDATE books_book SET subtitle = %s WHERE id = %s", [subtitle, book])

    return change
