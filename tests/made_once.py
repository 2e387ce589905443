"""What takes long to make and is the same for every worker of a run: the worker that comes first makes it."""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import psycopg2
from psycopg2 import sql

from tests import programs

TEMPLATE = "migrated_for_tests"
# Django's name for its test database in SQLite, which every connection of a process shares while one is open.
IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"


class MadeOnce:
    """The folder that all workers of a run share."""

    def __init__(self, folder):
        self._folder = folder

    def get(self, name, make):
        """Return a folder of this name that `make(folder)` has filled, here or in another worker."""
        folder = self._folder / name
        is_made = self._folder / f"{name}.made"
        with self._folder.joinpath(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                is_made.touch()
        return folder


def make_shop(folder):
    """Copy the project to folder/shop and collect its static files."""
    shop = programs.copy_of_project(folder / "shop")
    ended = programs.manage("collectstatic", "--noinput", folder=shop)
    assert ended.returncode == 0, ended.stderr


def make_migrated(folder):
    """Make a migrated SQLite database, folder/db.sqlite3."""
    _migrate(f"sqlite:///{folder}/db.sqlite3")


def make_template(folder):
    """Make a migrated database in PostgreSQL, from which others are copied."""
    remove_template()
    on_postgresql("CREATE DATABASE {}", TEMPLATE)
    _migrate(address(TEMPLATE))


def _migrate(database):
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=programs.PROJECT,
        env=os.environ | {"DATABASE_URL": database},
        check=True,
    )


@contextmanager
def in_memory(file):
    """Keep a copy of this SQLite database where Django makes its own for tests, during the block."""
    with closing(sqlite3.connect(IN_MEMORY, uri=True)) as copy:
        with closing(sqlite3.connect(file)) as migrated:
            migrated.backup(copy)
        yield


def remove_template():
    """Remove it from a server that stays."""
    on_postgresql("DROP DATABASE IF EXISTS {} WITH (FORCE)", TEMPLATE)


def on_postgresql(statement, *names):
    """Run one statement about databases of these names on the server that the tests use."""
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def address(name):
    """Return the address of another database on that server."""
    return re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"])
