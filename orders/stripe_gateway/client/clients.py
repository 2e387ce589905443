"""Stripe's library, set up: a client for each key and address, all over the same connections."""

import os
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    import stripe

# The API version that this package is written for; docs/going-live.md names it too.
API_VERSION = "2026-10-28.endive"

# Seconds to connect and to read, for each of two tries. A charge takes three requests, of which the first two
# stop at the first timeout, so all of it stays below gunicorn's timeout of 90 seconds.
TIMEOUT = (3, 8)
RETRIES = 1


def client(*, retries: int = RETRIES) -> "stripe.StripeClient":
    """Return the client for the current keys and address."""
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, retries)


@cache
def _client_for(key: str, address: str, retries: int) -> "stripe.StripeClient":
    # Loaded late: it takes 7 MB, and few requests need it.
    import stripe  # noqa: PLC0415

    stripe.enable_telemetry = False  # it writes a file into the home directory
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": address},
        max_network_retries=retries,
        http_client=_connections_to(address),
    )


@cache
def _connections_to(address: str) -> "stripe.HTTPClient":
    # Loaded late, because it is built on the library.
    from .connections import Connections  # noqa: PLC0415

    return Connections(address, timeout=TIMEOUT)


def _forget_connections() -> None:
    _client_for.cache_clear()
    _connections_to.cache_clear()


# Two processes must not talk over the same connection: each would read answers to the other.
os.register_at_fork(after_in_child=_forget_connections)
