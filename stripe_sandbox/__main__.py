"""``python -m stripe_sandbox``: start it, say where, stop on Ctrl-C."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from .api.idempotency import DAY
from .http.server import Server
from .resources.account import REFUND_SECONDS
from .resources.policies import ALLOWED, REFUSED, Policies
from .sandbox import Sandbox
from .webhooks.outbox import RETRY_SECONDS, Endpoint

SWITCH_SECONDS = 0.0005  # whoever holds the ledger gets the interpreter back soon, however many wait for it


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
    parser.add_argument("--webhook-url", default="", help="where events are posted, on this machine")
    parser.add_argument(
        "--webhook-secret", default="", metavar="whsec_…", help="signs them; two with a comma during a change"
    )
    parser.add_argument(
        "--webhook-retry",
        type=float,
        default=RETRY_SECONDS,
        metavar="SECONDS",
        help="until the second of three tries",
    )
    parser.add_argument(
        "--refund-seconds",
        type=float,
        default=REFUND_SECONDS,
        metavar="SECONDS",
        help="until refunds of cards 7726 and 5126 change",
    )
    return parser.parse_args()


def main() -> None:
    """Serve until interrupted or terminated."""
    arguments = _arguments()
    policies = Policies(arguments.charges_api, arguments.card_tokens)
    try:
        endpoint = Endpoint.read(arguments.webhook_url, arguments.webhook_secret, arguments.webhook_retry)
    except ValueError as error:
        sys.exit(str(error))
    sandbox = Sandbox(
        arguments.ledger, policies, arguments.idempotency_lifetime, endpoint, arguments.refund_seconds
    )
    try:
        server = Server(sandbox, arguments.port)
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


if __name__ == "__main__":
    main()
