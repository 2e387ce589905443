"""The shelf in the administration: what Django finds when it looks for a module of this name."""

from . import accounts, catalogue, grants, named, reviews
from .pricing import prices, sales

__all__ = ["accounts", "catalogue", "grants", "named", "prices", "reviews", "sales"]
