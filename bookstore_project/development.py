"""`make run`: the demo shop, its worker and the Stripe sandbox, started and stopped together.

For development only: DEBUG is on and every Stripe variable points at the sandbox, in these processes.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

STARTING_SECONDS = 60
STOPPING_SECONDS = 10
WEBHOOK_SECRET = "whsec_sandbox"


def main() -> None:
    """Run until Ctrl-C or SIGTERM, or until one of the processes ends on its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--sandbox-port", type=int, default=8100)
    ports = parser.parse_args()
    shop, sandbox = (f"http://127.0.0.1:{port}" for port in (ports.port, ports.sandbox_port))
    _refuse_taken("PORT", ports.port)
    _refuse_taken("SANDBOX_PORT", ports.sandbox_port)
    os.environ.update(_environment(shop, sandbox))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)

    ledger = ["--port", str(ports.sandbox_port), "--ledger", "sandbox.sqlite3"]
    events = ["--webhook-url", f"{shop}/orders/webhook/", "--webhook-secret", WEBHOOK_SECRET]
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for command in (["migrate", "--verbosity=0"], ["load_demo"]):
            if code := _start("manage.py", *command).wait():
                sys.exit(f"manage.py {command[0]} ended with {code}.")
        running["The Stripe sandbox"] = _start("-m", "stripe_sandbox", *ledger, *events)
        running["The worker"] = _start("manage.py", "run_worker")
        running["The site"] = _start("manage.py", "runserver", "--noreload", f"127.0.0.1:{ports.port}")
        _watch(running, shop, sandbox)
    finally:
        _stop(running)


def _refuse_taken(variable: str, port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            sys.exit(f"{variable}={port} cannot be used ({error}); try: make run {variable}=8010")


def _environment(shop: str, sandbox: str) -> dict[str, str]:
    return {
        "DEBUG": "True",
        "SITE_URL": shop,
        "STRIPE_LIVE_MODE": "False",
        "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
        "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "STRIPE_API_BASE": sandbox,
        "STRIPE_CHECKOUT_JS_URL": f"{sandbox}/checkout.js",
        "STRIPE_JS_URL": f"{sandbox}/stripe.js",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    print("\nStopping.", flush=True)
    sys.exit(0)


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    # Ctrl-C reaches every process of the terminal. These ignore it and wait for _stop: a program started
    # while a signal is ignored keeps ignoring it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.Popen([sys.executable, *arguments])  # noqa: S603 (fixed commands of this project)
    finally:
        signal.signal(signal.SIGINT, before)


def _watch(running: dict[str, subprocess.Popen[bytes]], shop: str, sandbox: str) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    announced = False
    make = os.getppid()
    while os.getppid() == make:  # else make was killed, and nobody can press Ctrl-C
        for name, process in running.items():
            if process.poll() is not None:
                sys.exit(f"{name} ended unexpectedly (code {process.returncode}); stopping the rest.")
        if not announced and (announced := _answers(shop)):
            _announce(shop, sandbox)
        if not announced and time.monotonic() > deadline:
            sys.exit(f"The site did not answer within {STARTING_SECONDS} seconds; stopping.")
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/", timeout=STARTING_SECONDS):  # noqa: S310 (an http address of our own)
            return True
    except URLError as error:
        return hasattr(error, "code")  # even an error page is an answer


def _announce(shop: str, sandbox: str) -> None:
    print(
        f"""
  Shop            {shop}/
  Administration  {shop}/admin/
  Stripe sandbox  {sandbox}/

  testuser@email.com   has bought nothing      password of all three: testpass123
  reader@example.com   owns All Books          card to pay with: 4242 4242 4242 4242
  staff@example.com    runs the shop           discount code to type: QUAY10

  Mail, with its codes and links, is printed here.

  Ctrl-C stops everything.
""",
        flush=True,
    )


def _stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        process.terminate()
    deadline = time.monotonic() + STOPPING_SECONDS
    for process in running.values():
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
