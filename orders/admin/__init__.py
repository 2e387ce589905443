"""Money as staff see it: read here, given back here, never typed in by hand."""

from . import disputes, events, orders, refunds

__all__ = ["disputes", "events", "orders", "refunds"]
