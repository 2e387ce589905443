"""The floor (benchmarks/floor/) as a running project: its database, its rows, its server."""

import json
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import psycopg2

from benchmarks.measuring.server import served
from tests import programs

BOOKS = 1_000
SETTINGS = "benchmarks.floor.settings"
# The book whose page is compared and the shop's newest, with the first of their authors; then what goes into
# each of the floor's tables.
CHOSEN = f"""
    CREATE TEMPORARY TABLE chosen AS
    SELECT book.*, (SELECT min(author_id) FROM books_authorship WHERE book_id = book.id) AS author_id
    FROM books_book book WHERE is_published AND identifier LIKE 'made-up:%%'
    ORDER BY id = %s DESC, first_published_at DESC LIMIT {BOOKS}
"""  # noqa: S608 (a constant)
COPIED = {
    "floor_author (id, name)": "SELECT id, name FROM books_author WHERE id IN (SELECT author_id FROM chosen)",
    "floor_book (id, title, subtitle, description, price, first_published_at, author_id)": (
        "SELECT id, title, subtitle, description, price, first_published_at, author_id FROM chosen"
    ),
    "floor_review (book_id, rating, text, created_at)": (
        "SELECT book_id, rating, text, created_at FROM books_review WHERE book_id IN (SELECT id FROM chosen)"
    ),
    "floor_chapter (book_id, title, html)": (
        "SELECT book_id, title, html FROM books_chapter"
        " WHERE number = 1 AND book_id IN (SELECT id FROM chosen)"
    ),
}


class Floor:
    """A copy of the floor on one database, with rows from a shop's."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.variables = programs.environment(DATABASE_URL=address, DJANGO_SETTINGS_MODULE=SETTINGS)

    def fill(self, shop: str, book: str) -> dict:
        """Copy this book and others from the shop; return the reader's session key and the id of an order."""
        # Django's own tables first: those of the floor, which has no migrations, refer to them.
        self.manage("migrate", "--verbosity=0")
        self.manage("migrate", "--run-syncdb", "--verbosity=0")
        copy_rows(shop, self.address, book)
        code = "from benchmarks.floor.reader import add_reader; add_reader()"
        return json.loads(self.manage("shell", "-v", "0", "-c", code).splitlines()[-1])

    def manage(self, *arguments: str) -> str:
        """Run one of Django's commands and return what it printed."""
        ended = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            raise RuntimeError(ended.stderr)
        return ended.stdout

    def served(self, *, workers: int = 1):
        """Yield the server of the floor."""
        variables = self.variables | {"WEB_CONCURRENCY": str(workers)}
        log = self.folder / "floor.log"
        return served(self.folder, "benchmarks.floor.wsgi", log, variables, page="/")


def copy_rows(shop: str, floor: str, book: str) -> None:
    """Copy this book and the newest of a shop, with what belongs to them, into the floor's database."""
    with closing(psycopg2.connect(shop)) as source, closing(psycopg2.connect(floor)) as target:
        with source.cursor() as reading, target.cursor() as writing:
            reading.execute(CHOSEN, [book])
            for columns, query in COPIED.items():
                file = StringIO()
                reading.copy_expert(f"COPY ({query}) TO STDOUT", file)
                file.seek(0)
                writing.copy_expert(f"COPY {columns} FROM STDIN", file)
        target.commit()
