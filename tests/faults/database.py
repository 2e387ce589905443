"""A PostgreSQL that a test can stop in the middle of a transaction, and its databases."""

import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from signal import SIGINT, SIGQUIT

import psycopg2

from tests import postgresql

SECONDS = 60
# A test may stop it at any moment: what was committed must have reached the operating system.
SETTINGS = [*postgresql.HASTE, "-c", "synchronous_commit=on"]
TEMPLATE = "shop_as_new"
SHOP = "shop"
# The next test's database, copied in advance because that takes a quarter of a second.
SPARE = "shop_to_come"


class Server:
    """A separate cluster on a free port of the loopback."""

    def __init__(self, folder):
        self._binaries = postgresql.find_binaries()
        self._port = postgresql.free_port()
        self._log = Path(folder, "log")
        self._prefix = postgresql.unprivileged(self._binaries, folder)
        self._folder = folder
        self._process = None
        self._copying = ThreadPoolExecutor(1)
        self._spare = None

    @classmethod
    @contextmanager
    def running(cls, data=None):
        """Yield a server that runs during the block: a new one, or one with a copy of this folder's data."""
        with tempfile.TemporaryDirectory(prefix="bookstore-faults-") as folder:
            server = cls(folder)
            if data:
                server._copy_from(data)
            else:
                server._initialize()
            server.start()
            try:
                yield server
            finally:
                server._copying.shutdown()
                server._end(SIGINT)  # "fast": it ends every session

    def _initialize(self):
        data = f"{self._folder}/data"
        initdb = [self._binaries / "initdb", "-D", data, "-U", "bookstore", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*self._prefix, *initdb, "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL
        )

    def _copy_from(self, data):
        # With their owner, who is not the one that runs the tests if that is root.
        subprocess.run(["cp", "-a", data, f"{self._folder}/data"], check=True)

    def stop_and_copy_to(self, folder):
        """Stop it for good and leave a copy of its data in folder/data, for other servers."""
        self._end(SIGINT)
        subprocess.run(["cp", "-a", f"{self._folder}/data", folder], check=True)

    def start(self):
        """Start it again, with what was committed when it stopped."""
        where = ["-D", f"{self._folder}/data", "-h", "127.0.0.1", "-p", str(self._port), "-k", self._folder]
        command = [*self._prefix, self._binaries / "postgres", *where, *SETTINGS]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, or_show=self._log.read_text)

    def stop_at_once(self):
        """What `pg_ctl stop -m immediate` does: every session is cut off and nothing finishes."""
        if self._spare:
            self._spare.result()
        self._end(SIGQUIT)

    @property
    def is_running(self):
        return self._process.poll() is None

    def address(self, database):
        return f"postgres://bookstore@127.0.0.1:{self._port}/{database}"

    def connect(self, database=SHOP):
        """Return an open connection without autocommit."""
        return psycopg2.connect(self.address(database))

    def ask(self, sql, *values, database=SHOP):
        """Run and commit one statement; return its rows."""
        with closing(self.connect(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []

    def renew_shop(self):
        """Put the shop's database back into its initial state, ending every connection to it."""
        (self._spare or self._copying.submit(self._copy_template)).result()
        self.ask(f"DROP DATABASE IF EXISTS {SHOP} WITH (FORCE)", database="postgres")
        self.ask(f"ALTER DATABASE {SPARE} RENAME TO {SHOP}", database="postgres")
        self._spare = self._copying.submit(self._copy_template)

    def _copy_template(self):
        self.ask(f"CREATE DATABASE {SPARE} TEMPLATE {TEMPLATE}", database="postgres")

    def _answers(self):
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def _end(self, signal):
        self._process.send_signal(signal)
        self._process.wait(SECONDS)


def wait_until(condition, *, pause=0.02, or_show=lambda: ""):
    """Return the condition's value once it is true, checking again after each pause; fail after too long."""
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"It did not come true. {or_show()}"
        time.sleep(pause)
    return found
