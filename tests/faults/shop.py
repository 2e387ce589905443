"""The shop under gunicorn: its workers, which tests can kill, its commands, and its buyers."""

import hashlib
import hmac
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests import postgresql, programs
from tests.faults.database import wait_until

# Two secrets, as while one replaces the other.
OLD_WEBHOOK_SECRET = "whsec_made_up_for_faults"
WEBHOOK_SECRET = "whsec_made_up_after_that"
BEHIND_TLS = {"X_Forwarded_Proto": "https"}
CSRF_TOKEN = "b" * 32
FORM = "application/x-www-form-urlencoded"
# Test keys in production, as in a shop that is tried out before it goes live.
TRYING_OUT = {
    "STRIPE_LIVE_MODE": None,
    "STRIPE_LIVE_PUBLISHABLE_KEY": None,
    "STRIPE_LIVE_SECRET_KEY": None,
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_WEBHOOK_SECRET": f"{OLD_WEBHOOK_SECRET},{WEBHOOK_SECRET}",
    "BEHIND_PROXY": "True",
    "RATE_LIMITS": "False",
    "WEB_CONCURRENCY": "2",
}


@dataclass(frozen=True)
class Answered:
    """The result of a command; a killed one has no returncode and no output."""

    returncode: int | None
    stdout: str = ""
    stderr: str = ""


class Shop:
    """A served copy of the project."""

    def __init__(self, port, process, log):
        self.port = port
        self._process = process
        self.log = log

    @classmethod
    @contextmanager
    def served(cls, folder, log, variables):
        """Yield a shop that is served during the block; its output goes into the file `log`."""
        port = postgresql.free_port()
        command = [sys.executable, "-m", "gunicorn", "bookstore_project.wsgi", f"--bind=127.0.0.1:{port}"]
        with Path(log).open("a") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=programs.environment(**variables),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        shop = cls(port, process, Path(log))
        try:
            programs.wait_for(shop._is_up, process, log)
            yield shop
        finally:
            process.send_signal(signal.SIGINT)  # gunicorn's quick end
            process.wait(programs.SECONDS)

    def workers(self):
        """Return the process ids of the workers that are alive."""
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True
        )
        rows = [line.split() for line in listing.stdout.splitlines()]
        return {
            int(pid)
            for pid, parent, state in rows
            if int(parent) == self._process.pid and not state.startswith("Z")
        }

    def kill_workers(self):
        """Kill every worker, as a system short of memory does; return once new ones have started."""
        killed = self.workers()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: (now := self.workers()) and not now & killed and self._is_up())

    def kill_a_worker(self):
        """Kill one worker, whatever it is doing."""
        for pid in list(self.workers())[:1]:
            os.kill(pid, signal.SIGKILL)

    def tell(self, body, signature):
        """Post what claims to be an event to the webhook address; return the answer."""
        return programs.get(
            self.port,
            "/orders/webhook/",
            method="POST",
            body=body,
            Content_Type="application/json",
            Stripe_Signature=signature,
            **BEHIND_TLS,
        )

    def _is_up(self):
        return programs.get(self.port, "/healthz/").status == 200


@dataclass(frozen=True)
class Person:
    """Somebody at a browser, in a scene whose shop may change; `currency` is the one they have chosen."""

    scene: object
    email: str
    session: str
    currency: str = field(default="", kw_only=True)

    def get(self, path, **headers):
        """Open a page; return the answer."""
        return programs.get(self.scene.shop.port, path, Cookie=self._cookies, **BEHIND_TLS, **headers)

    def post(self, path, fields, **headers):
        """Send a form of the shop; return the answer."""
        return programs.get(
            self.scene.shop.port,
            path,
            method="POST",
            body=urlencode({"csrfmiddlewaretoken": CSRF_TOKEN, **fields}, doseq=True),
            Content_Type=FORM,
            Cookie=self._cookies,
            Origin="https://books.example",
            **BEHIND_TLS,
            **headers,
        )

    def pay(self, token="tok_visa", **fields):  # noqa: S107 (one of Stripe's test tokens)
        """Send what Stripe's classic modal sends."""
        return self.post("/orders/charge/", {"stripeToken": token, **fields})

    def open_session(self, item=None):
        """Ask for a Checkout Session for All Books or a signed item, as the page does; return its id.

        None if the shop sends them somewhere else.
        """
        item = self.shown_item() if item is None else item
        # Without anything to buy there is no form: what is sent then names nothing.
        there = self.post("/orders/session/", {"item": item} if item else {}).headers["Location"]
        found = re.search(r"/c/pay/(cs_\w+)", there)
        return found and found[1]

    def shown_item(self, page="/orders/"):
        """Return the signed item in a purchase page; empty if it offers them nothing."""
        found = re.search(r'name="item"[^>]* value="([^"]+)"', self.get(page).text)
        return found[1] if found else ""

    def gather(self, *books):
        """Empty the cart and put these books into it; return the signed item of its purchase page."""
        if found := re.findall(r'name="product" value="([^"]+)"', self.get("/orders/cart/").text):
            self.post("/orders/cart/remove/", {"product": found})
        self.post("/orders/cart/add/", {"product": [f"book:{book}" for book in books]})
        return self.shown_item("/orders/?cart")

    def return_from(self, session_id):
        """Come back from Stripe's page."""
        return self.get(f"/orders/return/?session_id={session_id}")

    @property
    def _cookies(self):
        return self._written({"__Host-sessionid": self.session, "__Host-csrftoken": CSRF_TOKEN})

    def _written(self, cookies):
        kept = {**cookies, "currency": self.currency}
        return "; ".join(f"{name}={value}" for name, value in kept.items() if value)


@dataclass(frozen=True)
class Stranger(Person):
    """Somebody without an account, at the purchase page, whose browser keeps the cookies it gets.

    Not the one that goes with the token in every form.
    """

    jar: dict = field(default_factory=dict)

    @classmethod
    def at(cls, scene, email):
        """Return a stranger who will type this address."""
        name = hashlib.sha256(email.encode()).hexdigest()[:32]
        return cls(scene, email, "", {"__Host-csrftoken": CSRF_TOKEN, "__Host-buyer": name})

    def get(self, path, **headers):
        return self._keep(super().get(path, **headers))

    def post(self, path, fields, **headers):
        return self._keep(super().post(path, {"email": self.email, **fields}, **headers))

    def claim(self, link):
        """Press the button that the page behind a link has; return the answer."""
        found = re.search(r'name="into" value="([^"]+)"', self.get(link).text)
        return self.post(link, {"into": found[1] if found else ""})

    def _keep(self, answer):
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            if name != "__Host-csrftoken":
                self.jar[name] = value.strip('"')
        return answer

    @property
    def _cookies(self):
        return self._written(self.jar)


class Commands:
    """manage.py's commands for one environment, each in a separate process."""

    def __init__(self, port):
        self._port = port
        self._started = []

    @classmethod
    @contextmanager
    def ready(cls, folder, variables: Mapping[str, str | None]):
        """Yield the commands of the shop in this folder."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.commands"],
            cwd=folder,
            env=programs.environment(**variables),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield cls(int(process.stdout.readline()))
        finally:
            process.kill()
            process.wait(programs.SECONDS)
            process.stdout.close()

    def run(self, *arguments):
        """Run a command and return its result."""
        return self.start(*arguments).result()

    def start(self, *arguments):
        """Start a command and return it."""
        running = Running(self._port, arguments)
        self._started.append(running)
        return running

    def end_all(self):
        """Kill the commands that nobody has waited for."""
        while self._started:
            self._started.pop().end()


class Running:
    """A running command."""

    def __init__(self, port, arguments):
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=programs.SECONDS)
        self._connection.sendall(json.dumps(arguments).encode() + b"\n")
        self._answers = self._connection.makefile()
        self.pid = json.loads(self._answers.readline())

        self._answered = None

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def result(self):
        """Wait until it ends and return its result."""
        if self._answered is None:
            with closing(self._connection), self._answers:
                line = self._answers.readline()
            self._answered = Answered(**json.loads(line)) if line else Answered(None)
        return self._answered

    def end(self):
        """Kill it, unless it has already ended."""
        if self._answered is None:
            said_something, _, _ = select.select([self._connection], [], [], 0)
            if not said_something:
                self.kill()
            self.result()


def signed(body, *secrets, moment=None):
    """Return the header with which Stripe signs an event, now or at a given Unix time."""
    moment = int(time.time()) if moment is None else moment
    marks = [hmac.new(secret.encode(), b"%d." % moment + body, "sha256").hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])
