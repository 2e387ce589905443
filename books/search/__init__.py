"""Search: for books in the catalogue, and for words inside the books."""

from .catalogue import Found, index, search
from .words import clean

__all__ = ["Found", "clean", "index", "search"]
