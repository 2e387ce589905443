"""The log of API calls: what was sent and how it was answered, without card numbers or tokens."""

import json
import re
import time
from typing import Any

from .database import Ledger
from .identifiers import new_id

SECRET_PARAMETERS = {"number", "cvc"}
TOKEN = re.compile(r"\btok_\w+")


def redacted(value: Any) -> Any:
    """Return parameters without card numbers, security codes and tokens."""
    if isinstance(value, dict):
        return {key: "…" if key in SECRET_PARAMETERS else redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return TOKEN.sub("tok_…", value) if isinstance(value, str) else value


def record(
    ledger: Ledger,
    *,
    request_id: str,
    method: str,
    path: str,
    parameters: dict[str, Any],
    idempotency_key: str | None,
    status: int | None,
    error_code: str | None = None,
    replayed: bool = False,
) -> None:
    """Log one call; ``status`` is None if its connection was dropped before anything was done."""
    ledger.execute(
        "INSERT INTO requests (id, created, method, path, status, error_code, idempotency_key,"
        " replayed, parameters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        request_id,
        int(time.time()),
        method,
        redacted(path),
        status,
        error_code,
        idempotency_key,
        replayed,
        json.dumps(redacted(parameters)),
    )


def new_request_id() -> str:
    """Return a fresh ``req_…`` id."""
    return new_id("req")


def page(ledger: Ledger, *, limit: int = -1, offset: int = 0) -> list[dict[str, Any]]:
    """Return one page of calls, newest first."""
    rows = ledger.execute("SELECT * FROM requests ORDER BY sequence DESC LIMIT ? OFFSET ?", limit, offset)
    return [
        dict(row) | {"replayed": bool(row["replayed"]), "parameters": json.loads(row["parameters"])}
        for row in rows
    ]


def count(ledger: Ledger) -> int:
    """Return how many calls the log holds."""
    return ledger.execute("SELECT count(*) FROM requests")[0][0]
