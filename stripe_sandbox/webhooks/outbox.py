"""The outbox: what is still to be told to the webhook endpoint, kept in the ledger until it is."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.http.faults import WEBHOOK, Faults
from stripe_sandbox.http.messages import LOOPBACK_NAMES
from stripe_sandbox.ledger.database import Ledger
from stripe_sandbox.resources.objects import API_VERSION

TRIES = 3
RETRY_SECONDS = 1.0
EVERY_EVENT = "*"
STATUSES = ("enabled", "disabled")


@dataclass(frozen=True)
class Endpoint:
    """Where events go and the secrets that sign them: two while one replaces the other.

    ``enabled_events`` are the types it wants, ``*`` all of them; without an ``api_version`` of its own it
    gets events in the account's.
    """

    url: str
    secrets: tuple[str, ...]
    retry_seconds: float = RETRY_SECONDS
    enabled_events: tuple[str, ...] = (EVERY_EVENT,)
    api_version: str | None = API_VERSION
    status: str = "enabled"
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        if address.scheme != "http" or address.hostname not in LOOPBACK_NAMES:
            raise ValueError(f"Webhooks go to http:// addresses of this machine only, not to {self.url}")
        if not self.secrets or not all(secret.startswith("whsec_") for secret in self.secrets):
            raise ValueError("A webhook endpoint needs one or two secrets, each of them whsec_…")
        if not self.enabled_events or not all(isinstance(type, str) for type in self.enabled_events):
            raise ValueError('A webhook endpoint needs the events it is enabled for, "*" for all')
        if self.status not in STATUSES:
            raise ValueError(f"The status of a webhook endpoint is {' or '.join(STATUSES)}")

    @classmethod
    def read(
        cls,
        url: str,
        secrets: Any,
        retry_seconds: float = RETRY_SECONDS,
        enabled_events: Any = EVERY_EVENT,
        **more: Any,
    ) -> "Endpoint | None":
        """One as a flag or a control names it, lists with commas or as such; none without an address."""
        if not url:
            return None
        return cls(url, _listed(secrets), float(retry_seconds), _listed(enabled_events), **more)

    @property
    def id(self) -> str:
        """The same for the same address."""
        return "we_1" + hashlib.sha256(self.url.encode()).hexdigest()[:23]

    def wants(self, type: str) -> bool:
        """Whether events of this type are sent to it."""
        named = EVERY_EVENT in self.enabled_events or type in self.enabled_events
        return self.status == "enabled" and named


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(filter(None, given.split(",") if isinstance(given, str) else given))


class Outbox:
    """Deliveries in the order they are due: ``waiting``, ``held``, ``sending``, then how they ended."""

    def __init__(self, ledger: Ledger, faults: Faults, endpoint: Endpoint | None = None) -> None:
        self._ledger = ledger
        self._faults = faults
        self.endpoint = endpoint
        self.wake = threading.Event()

    def wants(self, type: str) -> bool:
        """Whether there is somebody to tell of events of this type."""
        return self.endpoint is not None and self.endpoint.wants(type)

    def put(self, event: dict[str, Any]) -> None:
        """Have an event delivered, with what was ordered to go wrong with it."""
        if not self.wants(event["type"]):
            return
        fault = self._faults.take(WEBHOOK, event["type"])
        kind = fault.fault if fault else ""
        state = {"drop": "dropped", "reorder": "held"}.get(kind, "waiting")
        wait = fault.seconds if fault and kind in ("delay", "reorder") else 0
        for _ in range(2 if kind == "duplicate" else 1):
            self._add(event, state, wait)

    def resend(self, event: dict[str, Any]) -> None:
        """Deliver an event once more."""
        if self.endpoint is None:
            raise ValueError("There is no webhook endpoint to send it to")
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
        """What a killed process was sending is sent again."""
        self._ledger.execute("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")

    def take(self, most: int) -> list[dict[str, Any]]:
        """Deliveries that are due, the first ones first, marked as being sent."""
        rows = self._ledger.execute(
            "UPDATE deliveries SET state = 'sending' WHERE sequence IN"
            " (SELECT sequence FROM deliveries WHERE state IN ('waiting', 'held') AND due <= ?"
            " ORDER BY due, sequence LIMIT ?) RETURNING *",
            time.time(),
            most,
        )
        return sorted(map(dict, rows), key=lambda row: (row["due"], row["sequence"]))

    def seconds_to_next(self) -> float | None:
        """How long until another delivery is due."""
        rows = self._ledger.execute(
            "SELECT min(due) AS due FROM deliveries WHERE state IN ('waiting', 'held')"
        )
        return None if rows[0]["due"] is None else max(0.0, rows[0]["due"] - time.time())

    def finish(self, delivery: dict[str, Any], status: int | None, error: str | None) -> None:
        """Write down how one try went; a failed one is tried again, later each time."""
        tries = delivery["tries"] + 1
        succeeded = status is not None and 200 <= status < 300
        state = "delivered" if succeeded else "waiting" if tries < TRIES else "failed"
        base = self.endpoint.retry_seconds if self.endpoint else RETRY_SECONDS
        with self._ledger.transaction():
            self._ledger.execute(
                "UPDATE deliveries SET state = ?, tries = ?, due = ?, status = ?, error = ?"
                " WHERE sequence = ?",
                state,
                tries,
                time.time() + base * 2 ** (tries - 1),
                status,
                error,
                delivery["sequence"],
            )
            self._ledger.execute(
                "UPDATE deliveries SET due = 0 WHERE state = 'held' AND sequence < ?", delivery["sequence"]
            )
            event = self._ledger.get("event", delivery["event"])
            if succeeded and event:
                self._ledger.save(event | {"pending_webhooks": 0})
        self.wake.set()

    def page(self, *, limit: int = -1, offset: int = 0) -> list[dict[str, Any]]:
        """The log of deliveries, newest first."""
        rows = self._ledger.execute(
            "SELECT * FROM deliveries ORDER BY sequence DESC LIMIT ? OFFSET ?", limit, offset
        )
        return [dict(row) for row in rows]

    def count(self) -> int:
        """How many deliveries there are."""
        return self._ledger.execute("SELECT count(*) FROM deliveries")[0][0]
