"""`settings.SHOP`: what staff say about the shop, for every room to read.

The settings are one row (pages/models/settings.py); the pages that staff have published and the price lists
belong to them. Each process keeps all of it, so that no visit asks for it: for three seconds, and no longer
than until the first page of a new revision of the catalogue, because what is shared is kept under that
revision.
"""

from threading import Lock
from time import monotonic

from django.db import connection

SECONDS = 3


class Shop:
    """The shop's settings, pages and price lists, `settings.SHOP.name` and every name of ShopSettings."""

    def __init__(self):
        # Held during the query: otherwise the older of two rows could be kept last.
        self._lock = Lock()
        self._kept = None
        self._read_at = 0.0
        self._revision = None

    def __getattr__(self, name):
        if name.startswith("_"):  # asked for by Python itself, not by the shop
            raise AttributeError(name)
        return getattr(self.current(), name)

    def current(self):
        """Return the settings, at most three seconds old."""
        if self._is_recent():
            return self._kept
        # A transaction may see a row that is never committed, so nobody keeps it.
        if connection.in_atomic_block:
            return _row()
        with self._lock:
            if not self._is_recent():
                self._read()
            return self._kept

    def follow(self, revision):
        """Read the settings if that was last done before this revision of the catalogue was known.

        What is rendered afterwards is at least as new as the revision under which it is kept.
        """
        if revision != self._revision and not connection.in_atomic_block:
            with self._lock:
                self._read()
                self._revision = revision

    def _is_recent(self):
        return self._kept is not None and monotonic() - self._read_at <= SECONDS

    def _read(self):
        begun = monotonic()
        self._kept = _row()
        self._read_at = begun


def _row():
    # Here, because settings.py imports this module before apps are loaded.
    from pages.models import stored_settings  # noqa: PLC0415

    return stored_settings()
