"""Orders and payments in the admin: staff read and refund them, and never type them in."""

from . import books, bundles, buy_links, codes, disputes, events, magnets, orders, refunds, sources

__all__ = [
    "books",
    "bundles",
    "buy_links",
    "codes",
    "disputes",
    "events",
    "magnets",
    "orders",
    "refunds",
    "sources",
]
