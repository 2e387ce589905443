"""What takes long to make and is the same for every worker of a run: the worker that comes first makes it."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing

import psycopg2
from psycopg2 import sql

from tests import programs

TEMPLATE = "migrated_for_tests"


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
    """Copy the project to folder/shop, collect its static files and migrate its SQLite database."""
    shop = programs.copy_of_project(folder / "shop")
    for command in (["collectstatic", "--noinput"], ["migrate", "--verbosity=0"]):
        ended = programs.manage(*command, folder=shop)
        assert ended.returncode == 0, ended.stderr


def make_template(folder):
    """Make a migrated database in PostgreSQL, from which others are copied."""
    remove_template()
    on_postgresql("CREATE DATABASE {}", TEMPLATE)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=programs.PROJECT,
        env=os.environ | {"DATABASE_URL": address(TEMPLATE)},
        check=True,
    )


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
