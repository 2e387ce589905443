"""The log of API calls: what was asked and answered, without card numbers or tokens."""

import json
import re
import time
from typing import Any

from stripe_sandbox.resources.objects import new_id

from .database import Ledger

SECRET_PARAMETERS = {"number", "cvc"}
TOKEN = re.compile(r"\btok_\w+")


def redacted(value: Any) -> Any:
    """Parameters with card numbers, codes and tokens taken out."""
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
    """Write one call down; ``status`` is empty for one that was dropped unheard."""
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
    """A fresh ``req_…`` id."""
    return new_id("req")


def page(ledger: Ledger, *, limit: int = -1, offset: int = 0) -> list[dict[str, Any]]:
    """Calls, newest first."""
    rows = ledger.execute("SELECT * FROM requests ORDER BY sequence DESC LIMIT ? OFFSET ?", limit, offset)
    return [
        dict(row) | {"replayed": bool(row["replayed"]), "parameters": json.loads(row["parameters"])}
        for row in rows
    ]


def count(ledger: Ledger) -> int:
    """How many calls there were."""
    return ledger.execute("SELECT count(*) FROM requests")[0][0]
