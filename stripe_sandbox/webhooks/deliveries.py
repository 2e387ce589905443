"""Deliveries: signed, sent in the background, many at a time."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.ledger.database import Ledger

from .endpoint import Endpoint
from .outbox import Outbox

AT_ONCE = 32
TIMEOUT_SECONDS = 10


class Deliverer:
    """Sends what is in the outbox, from a thread of its own, until it is stopped.

    A receiver that is slow or hangs holds up one of :data:`AT_ONCE` deliveries, and none behind it.
    """

    def __init__(self, ledger: Ledger, outbox: Outbox) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._stopped = False
        self._sending = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        """Start with what the last process left behind."""
        self._outbox.recover()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being sent and leave the rest in the outbox."""
        self._stopped = True
        self._outbox.wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, "delivery") as pool:
            while not self._stopped:
                for delivery in self._outbox.take(AT_ONCE - self._sending):
                    self._count(1)
                    pool.submit(self._deliver, delivery).add_done_callback(lambda _: self._count(-1))
                self._outbox.wake.wait(self._outbox.seconds_to_next() if self._sending < AT_ONCE else None)
                self._outbox.wake.clear()

    def _count(self, change: int) -> None:
        with self._counting:
            self._sending += change
        if change < 0:
            self._outbox.wake.set()

    def _deliver(self, delivery: dict[str, Any]) -> None:
        event = self._ledger.get("event", delivery["event"])
        if event is None:
            return
        status, error = None, None
        try:
            status = self._send(event)
        except (OSError, http.client.HTTPException) as problem:
            error = str(problem) or type(problem).__name__
        self._outbox.finish(delivery, status, error)

    def _send(self, event: dict[str, Any]) -> int:
        endpoint = self._outbox.endpoint
        if endpoint is None:
            raise OSError("no webhook endpoint")
        versioned = event | {"api_version": endpoint.api_version or event["api_version"]}
        return post(endpoint, json.dumps(versioned, indent=2).encode())


def post(endpoint: Endpoint, payload: bytes) -> int:
    """Post one payload and return the status of the answer, a redirect's too: it is not followed."""
    address = urlsplit(endpoint.url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature(endpoint.secrets, payload, int(time.time())),
    }
    host, port = address.hostname or "", address.port or 80
    with closing(http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("POST", target, payload, headers)
        return connection.getresponse().status


def signature(secrets: tuple[str, ...], payload: bytes, moment: int) -> str:
    """Return ``t=…,v1=…``: a ``v1`` for each secret, which signs the moment and the raw payload.

    The scheme is Stripe's (docs.stripe.com/webhooks).
    """
    signed = f"{moment}.".encode() + payload
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])
