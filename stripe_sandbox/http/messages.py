"""What comes in and what goes out over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole; header names are looked up in any case."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return urlsplit(self.target).query

    @property
    def origin(self) -> str:
        """Where the caller reached this sandbox."""
        return f"http://{self.headers['Host']}"


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON, laid out as Stripe does."""
    return Response(status, json.dumps(body, indent=2).encode(), headers=headers or {})


class DroppedConnection(Exception):
    """The caller gets no answer: its connection is closed."""
