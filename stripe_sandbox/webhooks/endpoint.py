"""The webhook endpoint: where the shop receives its events."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.http.messages import API_VERSION, LOOPBACK_NAMES

RETRY_SECONDS = 1.0
EVERY_EVENT = "*"
STATUSES = ("enabled", "disabled")


@dataclass(frozen=True)
class Endpoint:
    """An address and the secrets that sign what is sent there: two while one replaces the other.

    ``enabled_events`` are the event types it receives, ``*`` for all. Without an ``api_version`` of its own
    its events come in the account's version.
    """

    url: str
    secrets: tuple[str, ...]
    retry_seconds: float = RETRY_SECONDS
    enabled_events: tuple[str, ...] = (EVERY_EVENT,)
    api_version: str | None = API_VERSION
    status: str = "enabled"
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        _check_address(self.url)
        if not self.secrets or not all(secret.startswith("whsec_") for secret in self.secrets):
            raise ValueError("A webhook endpoint needs one or two secrets that start with whsec_")
        if not self.enabled_events or not all(isinstance(type, str) for type in self.enabled_events):
            raise ValueError('A webhook endpoint needs the event types it receives, "*" for all')
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
        """Return an endpoint from flags or JSON, or None without an address.

        Lists may be text with commas. Raises ``ValueError`` for a wrong value and ``TypeError`` for an
        unknown name.
        """
        if not url:
            return None
        return cls(url, _listed(secrets), float(retry_seconds), _listed(enabled_events), **more)

    @property
    def id(self) -> str:
        """Always the same for the same address."""
        return "we_1" + hashlib.sha256(self.url.encode()).hexdigest()[:23]

    def wants(self, type: str) -> bool:
        """Return whether events of this type are sent here."""
        named = EVERY_EVENT in self.enabled_events or type in self.enabled_events
        return self.status == "enabled" and named

    def as_object(self) -> dict[str, Any]:
        """Return it as Stripe's API shows it, without the secrets."""
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": None,
            "created": self.created,
            "description": None,
            "enabled_events": list(self.enabled_events),
            "livemode": False,
            "metadata": {},
            "status": self.status,
            "url": self.url,
        }


def _check_address(url: str) -> None:
    address = urlsplit(url)
    if address.scheme != "http" or address.hostname not in LOOPBACK_NAMES:
        raise ValueError(f"Webhooks go only to http:// addresses on this machine, not to {url}")


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(filter(None, given.split(",") if isinstance(given, str) else given))
