"""Finding books by their catalogue entries, and words inside the books."""

from .catalogue import Found, clean, index, search

__all__ = ["Found", "clean", "index", "search"]
