"""Orders and payments in the admin: staff read and refund them, and never type them in."""

from . import bundles, buy_links, codes, disputes, events, magnets, orders, refunds, sources

__all__ = ["bundles", "buy_links", "codes", "disputes", "events", "magnets", "orders", "refunds", "sources"]
