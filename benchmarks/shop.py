"""The shops that are measured: gunicorn as in production, on the loopback, each with its own database."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlencode, urlsplit

import psycopg2
from psycopg2 import sql

from tests import programs

ROUNDS = 40
WARM_UP = 5
BEHIND_TLS = {"X_Forwarded_Proto": "https"}
CSRF_TOKEN = "b" * 32


class Shop:
    """A copy of the project with collected static files, on one database."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.variables = {"DATABASE_URL": address, "BEHIND_PROXY": "True"}

    def manage(self, *arguments: str) -> str:
        """Run manage.py and return what it printed."""
        ended = programs.manage(*arguments, folder=self.folder, **self.variables)
        if ended.returncode:
            raise RuntimeError(ended.stderr)
        return ended.stdout

    def ask(self, call: str):
        """Call a function of benchmarks.shelf in this shop and return what it printed, decoded."""
        printed = self.manage("shell", "-v", "0", "-c", f"from benchmarks import shelf; shelf.{call}")
        return json.loads(printed.splitlines()[-1])

    def served(self, *, workers: int = 2, **variables: str | None):
        """Yield the port of this shop under gunicorn."""
        log = self.folder / f"{urlsplit(self.variables['DATABASE_URL']).path[1:]}.log"
        return programs.gunicorn(
            self.folder, log, WEB_CONCURRENCY=str(workers), **self.variables, **variables
        )


@contextmanager
def database(server: str, name: str, *, copy_of: str = "template1") -> Iterator[str]:
    """Yield the address of a new database on this server, which is removed afterwards; touch no other."""
    parts = urlsplit(server)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit("The benchmarks need a PostgreSQL server in DATABASE_URL; `make bench` starts one.")
    new = sql.Identifier(f"bookstore_bench_{os.getpid()}_{name}")
    template = sql.Identifier(urlsplit(copy_of).path.strip("/") or copy_of)
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, template))
            try:
                yield parts._replace(path=f"/{new.string}").geturl()
            finally:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


def visit(port: int, path: str) -> float:
    """Open a page as a visitor without an account and return how many seconds that took."""
    began = perf_counter()
    answer = programs.get(port, path, **BEHIND_TLS)
    _expect(answer, 200)
    return perf_counter() - began


def medians(*pages: tuple[int, str]) -> list[float]:
    """Open these pages (port, path) in turn, many times; return the median seconds of each."""
    rounds = [[visit(*page) for page in pages] for _ in range(WARM_UP + ROUNDS)]
    return [median(seconds) for seconds in zip(*rounds[WARM_UP:], strict=True)]


def buy(port: int, session: str) -> None:
    """Buy All Books as the reader whose session this is."""
    form = {"stripeToken": "tok_visa", "csrfmiddlewaretoken": CSRF_TOKEN}
    answer = programs.get(
        port,
        "/orders/charge/",
        method="POST",
        body=urlencode(form),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=f"__Host-sessionid={session}; __Host-csrftoken={CSRF_TOKEN}",
        Origin="https://books.example",
        **BEHIND_TLS,
    )
    _expect(answer, 302)


def memory_of_workers() -> int:
    """Return the memory, in KiB, of the workers of every gunicorn started here."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="],  # noqa: S607 (wherever the system keeps it)
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    started = {pid for pid, parent, _ in rows if parent == os.getpid()}
    return sum(memory for _, parent, memory in rows if parent in started)


def _expect(answer: HTTPResponse, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(f"{answer.status} instead of {status}: {answer.text[:500]}")
