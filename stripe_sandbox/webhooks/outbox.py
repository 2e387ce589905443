"""The outbox: deliveries to the webhook endpoint, kept in the ledger."""

import threading
import time
from typing import Any

from stripe_sandbox.http.faults import WEBHOOK, Faults
from stripe_sandbox.ledger.database import Ledger

from .endpoint import RETRY_SECONDS, Endpoint

TRIES = 3
STATE_OF_FAULT = {"drop": "dropped", "reorder": "held"}


class Outbox:
    """Deliveries in the order they are due.

    Their states are ``waiting``, ``held`` (until the next one has been sent), ``sending``, and in the end
    ``delivered``, ``failed`` or ``dropped``.
    """

    def __init__(self, ledger: Ledger, faults: Faults, endpoint: Endpoint | None = None) -> None:
        self._ledger = ledger
        self._faults = faults
        self.endpoint = endpoint
        self.wake = threading.Event()

    def wants(self, type: str) -> bool:
        """Return whether there is an endpoint that receives events of this type."""
        return self.endpoint is not None and self.endpoint.wants(type)

    def put(self, event: dict[str, Any]) -> None:
        """Queue an event for delivery, with the fault that is waiting for it, if any."""
        if not self.wants(event["type"]):
            return
        fault = self._faults.take(WEBHOOK, event["type"])
        kind = fault.fault if fault else ""
        wait = fault.seconds if fault and kind in ("delay", "reorder") else 0
        for _ in range(2 if kind == "duplicate" else 1):
            self._add(event, STATE_OF_FAULT.get(kind, "waiting"), wait)

    def resend(self, event: dict[str, Any]) -> None:
        """Queue an event for one more delivery; raise ``ValueError`` without an endpoint."""
        if self.endpoint is None:
            raise ValueError("There is no webhook endpoint to send the event to")
        self._add(event, "waiting", 0)

    def _add(self, event: dict[str, Any], state: str, wait: float) -> None:
        now = time.time()
        self._ledger.execute(
            "INSERT INTO deliveries (event, type, created, due, state, tries) VALUES (?, ?, ?, ?, ?, 0)",
            event["id"],
            event["type"],
            now,
            now + wait,
            state,
        )
        self.wake.set()

    def recover(self) -> None:
        """Queue again what a killed process was sending."""
        self._ledger.execute("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")

    def take(self, most: int) -> list[dict[str, Any]]:
        """Return at most ``most`` due deliveries, in order, and mark them as being sent."""
        rows = self._ledger.execute(
            "UPDATE deliveries SET state = 'sending' WHERE sequence IN"
            " (SELECT sequence FROM deliveries WHERE state IN ('waiting', 'held') AND due <= ?"
            " ORDER BY due, sequence LIMIT ?) RETURNING *",
            time.time(),
            most,
        )
        return sorted(map(dict, rows), key=lambda row: (row["due"], row["sequence"]))

    def seconds_to_next(self) -> float | None:
        """Return how long until the next delivery is due, or None if there is none."""
        rows = self._ledger.execute(
            "SELECT min(due) AS due FROM deliveries WHERE state IN ('waiting', 'held')"
        )
        return None if rows[0]["due"] is None else max(0.0, rows[0]["due"] - time.time())

    def finish(self, delivery: dict[str, Any], status: int | None, error: str | None) -> None:
        """Record how one try went. After a failure the next try waits, twice as long each time."""
        tries = delivery["tries"] + 1
        delivered = status is not None and 200 <= status < 300
        state = "delivered" if delivered else "waiting" if tries < TRIES else "failed"
        with self._ledger.transaction():
            self._ledger.execute(
                "UPDATE deliveries SET state = ?, tries = ?, due = ?, status = ?, error = ?"
                " WHERE sequence = ?",
                *(state, tries, time.time() + self._wait_after(tries), status, error, delivery["sequence"]),
            )
            self._release_held(before=delivery["sequence"])
            event = self._ledger.get("event", delivery["event"])
            if delivered and event:
                self._ledger.save(event | {"pending_webhooks": 0})
        self.wake.set()

    def _wait_after(self, tries: int) -> float:
        first = self.endpoint.retry_seconds if self.endpoint else RETRY_SECONDS
        return first * 2 ** (tries - 1)

    def _release_held(self, before: int) -> None:
        self._ledger.execute("UPDATE deliveries SET due = 0 WHERE state = 'held' AND sequence < ?", before)

    def page(self, *, limit: int = -1, offset: int = 0) -> list[dict[str, Any]]:
        """Return one page of deliveries, newest first."""
        rows = self._ledger.execute(
            "SELECT * FROM deliveries ORDER BY sequence DESC LIMIT ? OFFSET ?", limit, offset
        )
        return [dict(row) for row in rows]

    def count(self) -> int:
        """Return how many deliveries there are."""
        return self._ledger.execute("SELECT count(*) FROM deliveries")[0][0]
