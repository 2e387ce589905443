"""``python -m stripe_sandbox``: a local Stripe for development and tests. Ctrl-C stops it."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from .api.idempotency import DAY
from .http.server import Server
from .resources.account import ALLOWED, REFUND_SECONDS, REFUSED, Policies
from .sandbox import Sandbox
from .webhooks.endpoint import RETRY_SECONDS, Endpoint

# The interpreter's own 5 milliseconds make every thread wait long for the one that holds the ledger.
SWITCH_SECONDS = 0.0005
POLICIES = (
    ("--charges-api", "charges straight from card tokens"),
    ("--card-tokens", "tokens made in the browser by checkout.js"),
)
DURATIONS = (
    ("--idempotency-lifetime", DAY, "how long an answer is kept under its key"),
    ("--webhook-retry", RETRY_SECONDS, "wait before the second of three tries"),
    ("--refund-seconds", REFUND_SECONDS, "wait before refunds of cards 7726 and 5126 change"),
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--ledger", type=Path, default=Path("sandbox.sqlite3"), help="the SQLite file to use")
    for flag, words in POLICIES:
        parser.add_argument(flag, choices=(ALLOWED, REFUSED), default=ALLOWED, help=words)
    for flag, default, words in DURATIONS:
        parser.add_argument(flag, type=float, default=default, metavar="SECONDS", help=words)
    parser.add_argument("--webhook-url", default="", help="where events are posted, on this machine")
    parser.add_argument(
        "--webhook-secret",
        default="",
        metavar="whsec_…",
        help="signs events; two with a comma during a change",
    )
    return parser.parse_args()


def main() -> None:
    """Serve until interrupted or terminated."""
    arguments = _arguments()
    sandbox = _sandbox(arguments)
    try:
        server = Server(sandbox.respond, arguments.port)
    except OSError as error:
        sys.exit(f"The Stripe sandbox cannot listen on port {arguments.port}: {error.strerror}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(KeyboardInterrupt), server:
        sandbox.start()
        sys.stdout.write(f"Stripe sandbox: {server.url}/\n")
        sys.stdout.flush()
        server.serve_forever()
    sandbox.close()


def _sandbox(arguments: argparse.Namespace) -> Sandbox:
    policies = Policies(arguments.charges_api, arguments.card_tokens)
    try:
        endpoint = Endpoint.read(arguments.webhook_url, arguments.webhook_secret, arguments.webhook_retry)
    except ValueError as error:
        sys.exit(str(error))
    return Sandbox(
        arguments.ledger, policies, arguments.idempotency_lifetime, endpoint, arguments.refund_seconds
    )


if __name__ == "__main__":
    main()
