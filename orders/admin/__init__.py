"""Orders and payments in the admin: staff read and refund them, and never type them in."""

from . import bundles, disputes, events, orders, refunds, sources

__all__ = ["bundles", "disputes", "events", "orders", "refunds", "sources"]
