"""Idempotency keys: repeating a call repeats its answer (docs.stripe.com/api/idempotent_requests)."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.http.errors import StripeError, invalid
from stripe_sandbox.ledger.database import Ledger

DAY = 24 * 60 * 60
KEY_LENGTH = 255


@dataclass(frozen=True)
class Answer:
    """An answer that may be given again under its key."""

    request_id: str
    status: int
    body: dict[str, Any]


class Idempotency:
    """Keys and their answers. Keys in use are kept in memory, so that none outlives a killed process.

    ``lifetime`` is how long an answer is kept, in seconds. After that the key can be used for a new call.
    """

    def __init__(self, ledger: Ledger, lifetime: float = DAY) -> None:
        self._ledger = ledger
        self._lifetime = lifetime
        self._lock = threading.Lock()
        self._in_use: set[str] = set()

    @contextmanager
    def claim(self, key: str | None) -> Iterator[None]:
        """Hold a key while its call runs; raise a 409 if another call holds it."""
        if key is None:
            yield
            return
        if len(key) > KEY_LENGTH:
            raise invalid(f"Idempotency keys may have at most {KEY_LENGTH} characters.")
        with self._lock:
            if key in self._in_use:
                raise _in_use(key)
            self._in_use.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_use.remove(key)

    def find(self, key: str | None, fingerprint: str) -> Answer | None:
        """Return the answer kept under a key, if any; raise a 400 if the call's parameters differ."""
        rows = self._ledger.execute(
            "SELECT * FROM answers WHERE idempotency_key = ? AND created > ?",
            key,
            time.time() - self._lifetime,
        )
        if not rows:
            return None
        row = rows[0]
        if row["fingerprint"] != fingerprint:
            raise _other_parameters(str(key))
        return Answer(row["request_id"], row["status"], json.loads(row["body"]))

    def remember(self, key: str | None, fingerprint: str, answer: Answer) -> None:
        """Keep an answer under its key, in the same transaction as the work."""
        if key is None:
            return
        self._ledger.execute(
            "REPLACE INTO answers (idempotency_key, created, fingerprint, request_id, status, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            key,
            time.time(),
            fingerprint,
            answer.request_id,
            answer.status,
            json.dumps(answer.body),
        )


def fingerprint(method: str, path: str, parameters: dict[str, Any]) -> str:
    """Return a hash that is the same for the same call, in whatever order its parameters come."""
    canonical = json.dumps([method, path, parameters], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _in_use(key: str) -> StripeError:
    message = (
        f"There is currently another in-progress request using this Idempotent Key ({key}). This "
        "probably means you submitted twice, and the other request is still going through. Please "
        "try again later."
    )
    return StripeError(409, message, type="idempotency_error", code="idempotency_key_in_use")


def _other_parameters(key: str) -> StripeError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request."
    )
    return StripeError(400, message, type="idempotency_error")
