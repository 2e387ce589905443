"""The shops that are measured: gunicorn as in production, on the loopback, each with its own database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from benchmarks.measuring.server import served
from tests import programs

# Settings of a shop that tries out payments, without the limits that only get in the way of measuring.
SETTINGS = {
    "BEHIND_PROXY": "True",
    "RATE_LIMITS": "False",
    "STRIPE_LIVE_MODE": "False",
    "STRIPE_LIVE_PUBLISHABLE_KEY": None,
    "STRIPE_LIVE_SECRET_KEY": None,
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
}


class Shop:
    """A copy of the project with collected static files, on one database."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run manage.py and return what it printed; its progress goes to the terminal."""
        ended = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=self._environment(**variables),
            stdout=subprocess.PIPE,
            text=True,
        )
        if ended.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} ended with {ended.returncode}.")
        return ended.stdout

    def ask(self, call: str, **variables: str):
        """Call a function of benchmarks.shelf in this shop and return what it printed, decoded."""
        code = f"from benchmarks import shelf; shelf.{call}"
        return json.loads(self.manage("shell", "-v", "0", "-c", code, **variables).splitlines()[-1])

    def served(self, *, workers: int = 1, **variables: str):
        """Yield the server of this shop."""
        log = self.folder / f"{urlsplit(self.address).path[1:]}.log"
        environment = self._environment(WEB_CONCURRENCY=str(workers), **variables)
        return served(self.folder, "bookstore_project.wsgi", log, environment, page="/")

    def _environment(self, **variables: str) -> dict[str, str]:
        return programs.environment(DATABASE_URL=self.address, **SETTINGS, **variables)


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


@contextmanager
def cursor_in(address: str) -> Iterator:
    """Yield a cursor in this database whose every statement is a transaction of its own."""
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
