"""``python -m stripe_sandbox``: start it, say where, stop on Ctrl-C."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from .idempotency import DAY
from .policies import ALLOWED, REFUSED, Policies
from .sandbox import Sandbox
from .server import Server


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--ledger", type=Path, default=Path("sandbox.sqlite3"))
    for policy, words in (
        ("--charges-api", "charges straight from card tokens"),
        ("--card-tokens", "tokens made in the browser by checkout.js"),
    ):
        parser.add_argument(policy, choices=(ALLOWED, REFUSED), default=ALLOWED, help=words)
    parser.add_argument(
        "--idempotency-lifetime",
        type=float,
        default=DAY,
        metavar="SECONDS",
        help="how long an answer is kept under its key",
    )
    return parser.parse_args()


def main() -> None:
    """Serve until interrupted or terminated."""
    arguments = _arguments()
    policies = Policies(arguments.charges_api, arguments.card_tokens)
    sandbox = Sandbox(arguments.ledger, policies, arguments.idempotency_lifetime)
    try:
        server = Server(sandbox, arguments.port)
    except OSError as error:
        sys.exit(f"The Stripe sandbox cannot listen on port {arguments.port}: {error.strerror}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), server:
        sys.stdout.write(f"Stripe sandbox: {server.url}/\n")
        sys.stdout.flush()
        server.serve_forever()
    sandbox.ledger.close()


if __name__ == "__main__":
    main()
