"""Money as staff see it: read here, given back here, never typed in by hand."""

from . import bundles, disputes, events, orders, refunds

__all__ = ["bundles", "disputes", "events", "orders", "refunds"]
