"""The ledger: every object, call, remembered answer and delivery, in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    private TEXT
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (object, sequence);
CREATE INDEX IF NOT EXISTS objects_by_payment_method
    ON objects (json_extract(body, '$.payment_method'));
CREATE INDEX IF NOT EXISTS objects_by_payment_intent
    ON objects (object, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (object, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS objects_by_status
    ON objects (object, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX IF NOT EXISTS objects_undelivered
    ON objects (object, sequence) WHERE json_extract(body, '$.pending_webhooks') > 0;
CREATE INDEX IF NOT EXISTS objects_by_due
    ON objects (json_extract(private, '$.due')) WHERE json_extract(private, '$.due') > 0;
CREATE TABLE IF NOT EXISTS requests (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER,
    error_code TEXT,
    idempotency_key TEXT,
    replayed INTEGER NOT NULL,
    parameters TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY,
    created REAL NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    created REAL NOT NULL,
    due REAL NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, due);
"""


class Ledger:
    """One connection with one writer at a time. Whatever has been answered is on disk, even after a kill."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside, or nothing if it raises; other threads wait."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def execute(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def add(self, body: dict[str, Any], private: dict[str, Any] | None = None) -> dict[str, Any]:
        """Store a new object; ``private`` is what Stripe knows about it but never shows."""
        self.execute(
            "INSERT INTO objects (id, object, created, body, private) VALUES (?, ?, ?, ?, ?)",
            body["id"],
            body["object"],
            body["created"],
            json.dumps(body),
            json.dumps(private),
        )
        return body

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        """Store a changed object."""
        self.execute("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        return body

    def get(self, kind: str, identifier: str) -> dict[str, Any] | None:
        """Return the object of this kind with this id, or None."""
        rows = self.execute("SELECT body FROM objects WHERE object = ? AND id = ?", kind, identifier)
        return json.loads(rows[0]["body"]) if rows else None

    def private(self, identifier: str) -> dict[str, Any]:
        """Return what :meth:`add` or :meth:`set_private` stored beside the object."""
        rows = self.execute("SELECT private FROM objects WHERE id = ?", identifier)
        return json.loads(rows[0]["private"])

    def set_private(self, identifier: str, private: dict[str, Any] | None) -> None:
        """Replace what is stored beside the object."""
        self.execute("UPDATE objects SET private = ? WHERE id = ?", json.dumps(private), identifier)

    def objects(self, kind: str, where: str = "1", *values: Any) -> list[dict[str, Any]]:
        """Return objects of a kind; ``where`` is SQL and may also order and limit."""
        rows = self.execute(
            f"SELECT body FROM objects WHERE object = ? AND {where}",  # noqa: S608 - own text only
            kind,
            *values,
        )
        return [json.loads(row["body"]) for row in rows]

    def sequence(self, kind: str, identifier: str) -> int | None:
        """Return an object's place in the order of creation, or None if there is no such object."""
        rows = self.execute("SELECT sequence FROM objects WHERE object = ? AND id = ?", kind, identifier)
        return rows[0]["sequence"] if rows else None

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        return self.execute("SELECT count(*) FROM objects WHERE object = ?", kind)[0][0]

    def clear(self) -> None:
        """Delete everything."""
        with self.transaction():
            for table in ("objects", "requests", "answers", "deliveries"):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - own text only
