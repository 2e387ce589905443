"""Requests, and how long they take: by the clock, and of the server's processor time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.measuring.figures import Figure

if TYPE_CHECKING:
    from benchmarks.measuring.server import Server

ROUNDS = 7
# Requests of a page in each round; fewer if it is so slow that they would take longer than a second.
REQUESTS = 8
SECONDS_OF_ROUND = 1
# Longer than anybody waits.
PATIENCE_SECONDS = 30
HOST, SITE = "books.example", "https://books.example"
CSRF_TOKEN = "b" * 32


class Unanswered(Exception):
    """A page did not answer as expected, or not in time; the message says which."""


def ask(
    port: int, path: str, *, cookie: str = "", form: dict[str, str] | None = None, expected: int = 200
) -> str:
    """Request a page, or post a form; return its text. Raises Unanswered, and OSError if nobody listens."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookie}
    body = None
    if form is not None:
        body = urlencode({"csrfmiddlewaretoken": CSRF_TOKEN} | form)
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": SITE}
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.request("GET" if form is None else "POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except TimeoutError as error:
            raise Unanswered(f"no answer in {PATIENCE_SECONDS} s") from error
    if answer.status != expected:
        raise Unanswered(f"answered {answer.status} instead of {expected}")
    return text


@dataclass(frozen=True)
class Visit:
    """One kind of request: a page, or a form that is posted for one of `buyers` each time, (cookie, form).

    `before` is called before each request, outside the measured time.
    """

    server: "Server"
    path: str
    cookie: str = ""
    buyers: Iterator[tuple[str, dict[str, str]]] | None = None
    before: Callable[[], None] | None = None

    def __call__(self) -> float:
        """Make the request; return how many seconds it took."""
        if self.before:
            self.before()
        cookie, form = next(self.buyers) if self.buyers else (self.cookie, None)
        began = time.perf_counter()
        ask(self.server.port, self.path, cookie=cookie, form=form, expected=302 if form else 200)
        return time.perf_counter() - began


@dataclass(frozen=True)
class Timed:
    """What one kind of request costs, in milliseconds: processor time of the server, and by the clock."""

    cpu: Figure
    wall: Figure


def in_rounds(visits: Sequence[Visit], *, rounds: int = ROUNDS) -> list[Timed | Unanswered]:
    """Make these requests in turn, several in a round; return what each costs, or why it failed."""
    batches = [_Batch(visit) for visit in visits]
    for _ in range(rounds):
        for batch in batches:
            batch.run()
    return [batch.result() for batch in batches]


class _Batch:
    """The measurements of one kind of request."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self.failure: Unanswered | None = None

    def run(self) -> None:
        if self.failure is not None:
            return
        try:
            # Not measured: the request before it may have changed what the shop keeps of its pages.
            first = self.visit()
            self._measure(max(1, min(REQUESTS, int(SECONDS_OF_ROUND / first))))
        except Unanswered as failure:
            self.failure = failure

    def _measure(self, requests: int) -> None:
        before = self.visit.server.cpu_seconds()
        self.wall += [self.visit() for _ in range(requests)]
        self.cpu.append((self.visit.server.cpu_seconds() - before) / requests)

    def result(self) -> Timed | Unanswered:
        if self.failure is not None:
            return self.failure
        return Timed(Figure.of(self.cpu, scale=1000), Figure.of(self.wall, scale=1000))
