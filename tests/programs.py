"""The shop's programs, started by tests in an environment that inherits nothing but PATH."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# How long a program may take, even on a busy machine; collecting static files is the slowest.
SECONDS = 300
# A live shop as .env.example describes it; Stripe never issued these keys.
PRODUCTION = {
    "SECRET_KEY": "made-up-for-tests-and-long-enough-to-be-taken-for-a-real-one-0123456789",
    "SITE_URL": "https://books.example",
    "ALLOWED_HOSTS": "books.example",
    "STRIPE_LIVE_MODE": "True",
    "STRIPE_LIVE_PUBLISHABLE_KEY": "pk_live_made_up",
    "STRIPE_LIVE_SECRET_KEY": "sk_live_made_up",
    "STRIPE_WEBHOOK_SECRET": "whsec_made_up",
}


def environment(**variables):
    """Return the environment of a live shop with some variables changed; those given as None are left out."""
    given = {"PATH": os.environ["PATH"], **PRODUCTION, **variables}
    return {name: value for name, value in given.items() if value is not None}


def manage(*arguments, folder=PROJECT, **variables):
    """Run manage.py and return the finished process."""
    return run("manage.py", *arguments, folder=folder, **variables)


def run(*arguments, folder=PROJECT, **variables):
    """Run Python and return the finished process: returncode, stdout, stderr."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def copy_of_project(folder):
    """Copy the files of a fresh clone, so that nothing a test creates ends up in the working tree."""
    unwanted = shutil.ignore_patterns(
        ".*", "__pycache__", "*.sqlite3*", "media", "staticfiles", "node_modules"
    )
    return Path(shutil.copytree(PROJECT, folder, ignore=unwanted))


@contextmanager
def gunicorn(folder, log, **variables):
    """Yield the port of a shop served from this folder; its output goes into the file `log`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "bookstore_project.wsgi", f"--bind=127.0.0.1:{port}"]
    with Path(log).open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**variables), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: get(port, "/healthz/").status == 200, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS)


def wait_for(condition, process, log):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"It did not start:\n{Path(log).read_text()}")


def get(port, path, *, method="GET", body=None, host="books.example", **headers):
    """Return the answer to one request, its body in `text`. Header names are given with underscores."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(connection):
        connection.request(method, path, body, {"Host": host, **named})
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")
    return answer
