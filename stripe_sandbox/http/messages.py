"""Requests and responses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

API_VERSION = "2026-10-28.endive"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Request:
    """One HTTP request with its whole body; header names are matched in any case."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The path, without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """The part after the question mark."""
        return urlsplit(self.target).query

    @property
    def origin(self) -> str:
        """The address that the caller reached this sandbox at."""
        return f"http://{self.headers['Host']}"


@dataclass(frozen=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response, indented as Stripe indents it."""
    return Response(status, json.dumps(body, indent=2).encode(), headers=headers or {})


class DroppedConnection(Exception):
    """The connection closes and the caller gets no answer."""
