"""Ids, and the fields that every Stripe object begins with."""

import secrets
import string
import time
from typing import Any

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Return a fresh id such as ``pi_1…``.

    Nobody can guess it: whoever knows a hosted session's id can open its page.
    """
    return f"{prefix}_1" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(23))


def head(kind: str, prefix: str) -> dict[str, Any]:
    """Return the fields that every object begins with, for a kind such as ``payment_intent``."""
    created = int(time.time())
    return {"id": new_id(prefix), "object": kind, "created": created, "livemode": False}
